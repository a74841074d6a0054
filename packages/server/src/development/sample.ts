import { generateSync } from 'otplib'
import type { Caller, Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountId } from '../domain/types.ts'
import { type SignIn, signInOptions, signInWithCode, signInWithPasskey, signInWithPassword, startSignIn } from '../flows/sign-in.ts'
import type { Tables } from '../store/store.ts'
import { SAMPLE } from './sample-data.ts'
import { type DeviceKey, signAssertion } from './sample-keys.ts'
import { makeSample, writeSample } from './sample-rows.ts'

/** What has to be remembered of the sample customer, because the database keeps only its hash. Sealed, and only ever in development. */
interface Remembered {
  accountId: AccountId
  madeAt: number
  codes: string[]
  key: DeviceKey
}

const META = 'development.sample'

const read = async (tables: Pick<Tables, 'meta'>, ctx: Ctx): Promise<Remembered | null> => {
  const sealed = await tables.meta.get(META)
  return sealed ? (JSON.parse(ctx.keys.seal.decrypt(Buffer.from(sealed, 'base64url'), META)) as Remembered) : null
}

const write = (tables: Tables, ctx: Ctx, remembered: Remembered): Promise<void> =>
  tables.meta.set(META, Buffer.from(ctx.keys.seal.encrypt(JSON.stringify(remembered), META)).toString('base64url'))

/**
 * Makes the sample customer anew: ends the one that was, and writes an account with everything that an account can have, all in one
 * transaction.
 *
 * @returns the new account and the private key of its first passkey
 */
export async function resetSample(ctx: Ctx): Promise<{ accountId: AccountId; key: DeviceKey }> {
  const sample = await makeSample(ctx)
  const { id } = sample.account
  await ctx.store.transaction(async tx => {
    for (const old of await earlierOnes(tx, ctx)) await endAccount(tx, ctx, old)
    await writeSample(tx, ctx, sample)
    await write(tx, ctx, { accountId: id, madeAt: ctx.now(), codes: sample.codes, key: sample.key })
  })
  return { accountId: id, key: sample.key }
}

/** The last sample, and whoever took its addresses since. */
async function earlierOnes(tx: Tables, ctx: Ctx): Promise<Set<AccountId>> {
  const last = await read(tx, ctx)
  const holders = [await tx.identifiers.find('email', SAMPLE.email), await tx.identifiers.find('phone', SAMPLE.phone)]
  return new Set([last, ...holders].flatMap(found => (found ? [found.accountId] : [])))
}

/** Closes an account for good: nothing of it signs in, waits or holds an address any more. */
async function endAccount(tx: Tables, ctx: Ctx, id: AccountId): Promise<void> {
  const facts = await tx.accounts.lock(id)
  if (!facts) return
  const at = ctx.now()
  for (const identifier of facts.identifiers) await tx.identifiers.supersede(identifier.id, at)
  for (const passkey of facts.passkeys) await tx.passkeys.remove(id, passkey.id, at, 'trusted')
  for (const change of facts.pending) await tx.changes.cancel(change.id, at)
  for (const kind of ['password', 'totp', 'recovery_codes', 'email', 'phone'] as const)
    for (const status of ['pending', 'active', 'must_change'] as const) await tx.authenticators.removeAll(id, kind, status)
  await tx.approvals.voidAll(id, null)
  await tx.sessions.endAll(id, null, at, 'account.close')
  await tx.accounts.update(id, { status: 'closed' })
}

/** What the sample customer would type now; whatever was changed or used since is left out. */
export interface SampleSecrets {
  accountId: AccountId
  key: DeviceKey
  password: string | null
  totp: { secret: string; code: string; next: string } | null
  recoveryCodes: string[]
}

/** @returns null until the sample customer was made, and after its account was closed */
export async function findSample(ctx: Ctx): Promise<SampleSecrets | null> {
  const { read: tables } = ctx.store
  const known = await read(tables, ctx)
  const facts = known && (await tables.accounts.facts(known.accountId))
  if (!facts || facts.account.status === 'closed') return null
  const { accountId, key } = known
  const unchanged = facts.password !== null && facts.password.changedAt <= known.madeAt
  const totp = facts.totp && (await tables.authenticators.find(accountId, 'totp', 'active'))
  const left = await Promise.all(known.codes.map(code => isUnused(tables, facts.recoveryCodes?.id, code)))
  return {
    accountId,
    key,
    password: unchanged ? SAMPLE.password : null,
    totp: totp ? totpCodes(ctx, String(totp.data.secret)) : null,
    recoveryCodes: known.codes.filter((_, n) => left[n]),
  }
}

async function isUnused(tables: Tables, setId: string | undefined, code: string): Promise<boolean> {
  const rows = setId ? await tables.authenticators.findRecoveryCodes(setId, code.slice(0, 3)) : []
  return rows.some(row => row.usedAt === null)
}

const STEP_MS = 30_000
const totpAt = (secret: string, at: number): string => generateSync({ secret, epoch: Math.floor(at / 1_000) })

/** A code serves once, so the next one stands beside it: it is accepted half a minute early. */
const totpCodes = (ctx: Ctx, secret: string): NonNullable<SampleSecrets['totp']> => ({
  secret,
  code: totpAt(secret, ctx.now()),
  next: totpAt(secret, ctx.now() + STEP_MS),
})

/**
 * Makes the sample customer anew and signs it in through the flows that everybody uses: by its passkey, whose key signs a real
 * challenge (class T), or by password and authenticator app (class Q).
 */
export async function signInAsSample(ctx: Ctx, caller: Caller, how: 'passkey' | 'password'): Promise<SignIn & { status: 'signed_in' }> {
  const { key } = await resetSample(ctx)
  const result = how === 'passkey' ? await byPasskey(ctx, caller, key) : await byPassword(ctx, caller)
  if (result.status !== 'signed_in') throw new Problem('internal', {}, 'the sample customer needs another step')
  return result
}

const byPasskey = (ctx: Ctx, caller: Caller, key: DeviceKey): Promise<SignIn> =>
  signInWithPasskey(
    ctx,
    caller,
    signAssertion(key, signInOptions(ctx, caller).challenge, ctx.config.rp.origins[0] ?? ctx.config.origin),
    null,
  )

async function byPassword(ctx: Ctx, caller: Caller): Promise<SignIn> {
  await startSignIn(ctx, caller, SAMPLE.email, null)
  await signInWithPassword(ctx, caller, SAMPLE.password)
  const secret = (await findSample(ctx))?.totp?.secret ?? ''
  // the code of the step before, so that the one on the page is still good
  return signInWithCode(ctx, caller, 'totp', totpAt(secret, ctx.now() - STEP_MS))
}
