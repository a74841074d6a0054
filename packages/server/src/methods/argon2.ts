import { channel } from 'node:diagnostics_channel'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { hashPool } from './hash-pool.ts'

/** Cost of an argon2id hash (RFC 9106): memory in KiB, passes; always one lane, a 16-byte salt and a PHC string. */
export interface HashCost {
  memoryKiB: number
  passes: number
}

/** The floor for what people choose. */
export const PASSWORD_COST: HashCost = { memoryKiB: 19_456, passes: 2 }

/** Who makes us hash, for the share that one client may take of the pool. */
export interface HashClient {
  /** client prefix */
  who: string
  /** `ctx.config.limitFactor` */
  widen: number
}

/** What a subscriber of `latchkey.hash` (node:diagnostics_channel) is told: each hash as it begins. */
export interface HashBegun extends HashCost {
  kind: 'hash' | 'verify'
}

const begun = channel('latchkey.hash')

/** @throws Problem `busy` */
export function argon2Hash(secret: string, cost: HashCost, client: HashClient): Promise<string> {
  if (begun.hasSubscribers) begun.publish({ kind: 'hash', ...cost } satisfies HashBegun)
  return hashPool.run(client.who, () => hash(secret, { memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: 1 }), client.widen)
}

/** @throws Problem `busy` */
export function argon2Verify(phc: string, secret: string, client: HashClient): Promise<boolean> {
  if (begun.hasSubscribers) begun.publish({ kind: 'verify', ...costOf(phc) } satisfies HashBegun)
  return hashPool.run(client.who, () => verify(phc, secret), client.widen)
}

function costOf(phc: string): HashCost {
  const { memoryCost, timeCost } = parseOptions(phc)
  return { memoryKiB: memoryCost, passes: timeCost }
}

/** Whether a stored hash is cheaper than the cost that we ask for today. */
export function isCheaper(phc: string, cost: HashCost): boolean {
  const { memoryKiB, passes } = costOf(phc)
  return memoryKiB < cost.memoryKiB || passes < cost.passes
}

const dummies = new Map<HashCost, Promise<string>>()

/** A hash of nothing that anybody knows, checked where there is no stored one, so that both take the same time (INV-16). */
export function dummyHash(cost: HashCost): Promise<string> {
  const known = dummies.get(cost) ?? hash(crypto.randomUUID(), { memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: 1 })
  dummies.set(cost, known)
  return known
}
