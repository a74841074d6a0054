import type { Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import type { Tables } from '../store/store.ts'
import { ipPrefixes } from './ip-prefix.ts'
import { type BackOff, FAILURE_MEMORY_MS, LIMITS, type LimitKind, type LimitRule, WIDE_PREFIX_FACTOR, type WindowLimit } from './limits.ts'
import { memoryCounters } from './memory.ts'
import { countSharer, sharedFactor } from './shared-address.ts'

/** Who tries. */
export interface Attempt {
  /** null where the identifier belongs to nobody; then `address` takes its place in every bucket, so that the answers are the same. */
  accountId: string | null
  ip: string
  /** Canonical address: the identifier as typed, or the recipient of a message. */
  address?: string | null
  /** This browser signed in to this account before, by its signed device cookie. */
  knownDevice: boolean
  /** Its random id, so that one known device cannot use up another's tries. */
  deviceId?: string | null
}

/** One counter of an attempt: a database key, how much it holds and for how long. */
interface Bucket {
  key: string
  limit: number
  windowMs: number
  backOff: BackOff | null
  /** The client address, hidden, where that is what is counted: one that many share has a wider limit. */
  address?: string
}

/**
 * Counts one attempt before its secret is checked, committed on its own: whatever happens next, it was counted. Call it outside
 * any transaction.
 *
 * @throws Problem `rate_limited` with `retryAfterSeconds`; the refused attempt itself is not counted
 * @example await countAttempt(ctx, 'password', { accountId: facts.account.id, ip: client.ip, knownDevice: false })
 */
export async function countAttempt(ctx: Ctx, kind: LimitKind, attempt: Attempt): Promise<void> {
  const rule: LimitRule = LIMITS[kind]
  const buckets = bucketsOf(ctx, kind, rule, attempt)
  if (rule.where === 'memory') return countInMemory(ctx, buckets)
  await ctx.store.transaction(async tx => {
    for (const bucket of buckets) await countOne(tx, ctx, bucket)
  })
}

/**
 * Ends the row of failures after a proof held, in a transaction of its own. Windows are not given back.
 *
 * @example await attemptSucceeded(ctx, 'password', attempt)
 */
export async function attemptSucceeded(ctx: Ctx, kind: LimitKind, attempt: Attempt): Promise<void> {
  const rule: LimitRule = LIMITS[kind]
  if (bucketsOf(ctx, kind, rule, attempt).some(bucket => bucket.backOff))
    await ctx.store.transaction(tx => resetAttempts(tx, ctx, kind, attempt))
}

/** As `attemptSucceeded`, inside the transaction that takes the proof. */
export async function resetAttempts(tx: Tables, ctx: Ctx, kind: LimitKind, attempt: Attempt): Promise<void> {
  for (const bucket of bucketsOf(ctx, kind, LIMITS[kind], attempt)) if (bucket.backOff) await tx.limits.reset(bucket.key)
  if (attempt.accountId !== null) await countSharer(tx, ctx, ipPrefixes(attempt.ip).narrow, value => hidden(ctx, value), attempt.accountId)
}

/**
 * Opens again what a hundred failures closed to strangers, after the owner proved another way: a recovery, a new password, or any change
 * with the account's best proof. Inside the caller's transaction.
 */
export async function reopenMethods(tx: Tables, ctx: Ctx, accountId: string): Promise<void> {
  const stranger: Attempt = { accountId, ip: '', knownDevice: false }
  for (const kind of GUESSED) await resetAttempts(tx, ctx, kind, stranger)
}

const GUESSED = (Object.keys(LIMITS) as LimitKind[]).filter(kind => LIMITS[kind].backOff !== null)

/** A throw takes this attempt back out of every bucket of the transaction: waiting out a refusal never makes it longer. */
async function countOne(tx: Tables, ctx: Ctx, bucket: Bucket): Promise<void> {
  const now = ctx.now()
  const row = await tx.limits.hit(bucket.key, bucket.windowMs, now)
  if (row.blockedUntil !== null && row.blockedUntil > now) throw refused(row.blockedUntil - now)
  if (row.count > bucket.limit && row.count > bucket.limit * (await factorOf(tx, ctx, bucket)))
    throw refused(bucket.backOff ? bucket.backOff.maxMs : row.windowStartedAt + bucket.windowMs - now)
  if (bucket.backOff) await backOffAfter(tx, bucket, bucket.backOff, row.count, now, ctx.config.limitFactor)
}

const factorOf = async (tx: Tables, ctx: Ctx, { address }: Bucket): Promise<number> => (address ? sharedFactor(tx, ctx, address) : 1)

/** Every attempt counts as a failure until it succeeds, so the wait is set now: parallel guesses find it. */
async function backOffAfter(tx: Tables, bucket: Bucket, backOff: BackOff, count: number, now: number, factor: number): Promise<void> {
  const over = count - backOff.free * factor
  if (over >= 0) await tx.limits.block(bucket.key, now + Math.min(backOff.maxMs, backOff.firstMs * 2 ** Math.min(over, 30)))
}

function countInMemory(ctx: Ctx, buckets: Bucket[]): void {
  const now = ctx.now()
  for (const bucket of buckets) {
    const waitMs = memoryCounters(ctx.store).hit(bucket.key, bucket.limit, bucket.windowMs, now)
    if (waitMs > 0) throw refused(waitMs)
  }
}

const refused = (waitMs: number): Problem => new Problem('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) })

/** A known device of an account counts in its own buckets only: neither strangers nor its neighbours can use them up (INV-15). */
function bucketsOf(ctx: Ctx, kind: LimitKind, rule: LimitRule, attempt: Attempt): Bucket[] {
  const own = attempt.knownDevice && attempt.accountId !== null ? rule.knownDevice : null
  const { windows, backOff } = own ?? rule
  const scope = own ? 'device' : 'account'
  const waits: Bucket[] = backOff
    ? [{ ...keyed(ctx, kind, scope, attempt), windowMs: FAILURE_MEMORY_MS, limit: backOff.closeAt * ctx.config.limitFactor, backOff }]
    : []
  return [...waits, ...windows.flatMap(window => windowBuckets(ctx, kind, window, attempt))]
}

function windowBuckets(ctx: Ctx, kind: LimitKind, window: WindowLimit, attempt: Attempt): Bucket[] {
  const limit = window.limit * ctx.config.limitFactor
  const bucket = { limit, windowMs: window.windowMs, backOff: null }
  if (window.per !== 'ip') return [{ ...bucket, key: `${keyed(ctx, kind, window.per, attempt).key}:${window.windowMs}` }]
  const { narrow, wide } = ipPrefixes(attempt.ip)
  const key = (prefix: string): string => `${kind}:ip:${hidden(ctx, prefix)}:${window.windowMs}`
  return [
    { ...bucket, key: key(narrow), address: hidden(ctx, narrow) },
    ...(wide ? [{ ...bucket, key: key(wide), limit: limit * WIDE_PREFIX_FACTOR }] : []),
  ]
}

function keyed(ctx: Ctx, kind: LimitKind, scope: 'account' | 'address' | 'device', attempt: Attempt): { key: string } {
  const account = attempt.accountId ?? hidden(ctx, attempt.address ?? attempt.ip)
  if (scope === 'address') return { key: `${kind}:address:${hidden(ctx, attempt.address ?? account)}` }
  if (scope === 'device') return { key: `${kind}:device:${account}:${attempt.deviceId ?? 'any'}` }
  return { key: `${kind}:account:${account}` }
}

/** Addresses, of mail and of clients, stand in no key in the clear: the counters are kept unencrypted. */
const hidden = (ctx: Ctx, value: string): string => Buffer.from(ctx.keys.seal.blindIndex(`limit·${value}`)).toString('base64url')
