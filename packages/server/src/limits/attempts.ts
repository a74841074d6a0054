import type { Ctx } from '../ctx.ts'
import { Problem, type ProblemExtras } from '../domain/problems.ts'
import type { AccountFacts } from '../domain/types.ts'
import type { LimitRow, Tables } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import { type Bucket, type Buckets, bucketsOf, hidden, rowOf } from './buckets.ts'
import { ipPrefixes, UNKNOWN_ADDRESS } from './ip-prefix.ts'
import { type CountedKind, LIMITS, type LimitKind, type MemoryKind } from './limits.ts'
import { memoryCounters } from './memory.ts'
import { countSharer, learnSharing, learntFactor, sharedFactor } from './shared-address.ts'

/** What an attempt was counted in; `giveBack` takes it. */
export interface Counted {
  readonly counts: readonly { key: string; row: LimitRow; waitsUntil: number | null; free: number }[]
}

/**
 * Counts one attempt before its secret is compared, committed on its own, so that two hundred at once find each other. Call it outside
 * any transaction, and give back what turned out not to be a wrong guess.
 *
 * @throws Problem `rate_limited` with `retryAfterSeconds`; the refused attempt itself is not counted
 * @example await countAttempt(ctx, 'approval_create', { stage: 'session', accountId, ip: client.ip })
 */
export async function countAttempt(ctx: Ctx, kind: CountedKind, attempt: Attempt): Promise<Counted> {
  const { row, windows, reserves } = bucketsOf(ctx, kind, attempt)
  const ways = waysOn(kind, attempt)
  return ctx.store.transaction(async tx => {
    const failures = row ? [await countRow(tx, ctx, row, ways)] : []
    return { counts: [...failures, ...(await countWindows(tx, ctx, windows, reserves, ways))] }
  })
}

/** What works now, where strangers may have spent what was refused: said to everybody alike. */
function waysOn(kind: CountedKind, { stage }: Attempt): ProblemExtras {
  if (stage !== 'door') return {}
  return { methods: kind === 'recovery_code' ? ['passkey'] : ['passkey', 'recovery_code'] }
}

/** As `countAttempt`, for the kinds that only this process counts. @throws Problem `rate_limited` */
export function countRequest(ctx: Ctx, kind: MemoryKind, attempt: Attempt): void {
  countInMemory(ctx, bucketsOf(ctx, kind, attempt).windows)
}

/**
 * Counts any request by its client prefix, before anything is looked up for it: a flood costs no more than this. An IPv4 address that
 * many share has a wider limit. Where a host hands requests over without their address, one counter would be everybody's: none is kept.
 *
 * @throws Problem `rate_limited`
 */
export async function countArrival(ctx: Ctx, ip: string): Promise<void> {
  if (ip === UNKNOWN_ADDRESS) return
  const attempt: Attempt = { stage: 'door', ip }
  try {
    countRequest(ctx, 'request', attempt)
  } catch (refusal) {
    if (!(await learnSharing(ctx, hidden(ctx, ipPrefixes(ip).narrow)))) throw refusal
    countRequest(ctx, 'request', attempt)
  }
}

/** Takes an attempt back out of everything that it was counted in; a wait that only it had caused ends. */
export async function giveBack(ctx: Ctx, { counts }: Counted): Promise<void> {
  await ctx.store.transaction(async tx => {
    for (const count of counts) await giveBackOne(tx, count)
  })
}

const giveBackOne = (tx: Tables, { key, row, waitsUntil, free }: Counted['counts'][number]): Promise<void> =>
  tx.limits.giveBack(key, { windowStartedAt: row.windowStartedAt, blockedUntil: waitsUntil, free })

/** What a comparison found. A guess that was not compared with anything, and one that was right, cost nothing. */
export type Guess<T> = { fits: T } | { wrong: Problem } | { notCompared: Problem }

/**
 * Compares a guess that is counted before: of parallel ones no more are compared than may be wrong. Only a wrong one stays counted; a
 * server that was too busy to compare costs nobody a try. A process that dies in between leaves it counted, the safe side.
 *
 * @throws Problem `rate_limited`, and whatever `compare` throws or finds
 */
export async function countedGuess<T>(ctx: Ctx, kind: CountedKind, attempt: Attempt, compare: () => Promise<Guess<T>>): Promise<T> {
  const counted = await countAttempt(ctx, kind, attempt)
  const guess = await compare().catch(async error => {
    await giveBack(ctx, counted)
    throw error
  })
  if ('wrong' in guess) throw guess.wrong
  await giveBack(ctx, counted)
  if ('notCompared' in guess) throw guess.notCompared
  return guess.fits
}

/** Ends the row of failures, inside the transaction that takes the proof. */
export async function resetAttempts(tx: Tables, ctx: Ctx, kind: LimitKind, attempt: Attempt): Promise<void> {
  const key = rowOf(ctx, kind, attempt)
  if (key !== null) await tx.limits.reset(key)
  if (attempt.accountId) await countSharer(tx, ctx, ipPrefixes(attempt.ip).narrow, value => hidden(ctx, value), attempt.accountId)
}

/** Methods whose failures in a row are counted. */
const GUESSED = (Object.keys(LIMITS) as LimitKind[]).filter(kind => LIMITS[kind].stages.door.row !== undefined)

/**
 * Opens again what a hundred failures closed to strangers, at the door and behind it, after the owner proved another way: a recovery, a
 * new password, or any change with the account's best proof. Inside the caller's transaction.
 *
 * @param kinds after a proof with less than the account's best only what was proven or is new: else whoever has some of the
 *   account's methods would guess at the others without end
 */
export async function reopenMethods(
  tx: Tables,
  ctx: Ctx,
  { account, identifiers }: AccountFacts,
  kinds: readonly LimitKind[] = GUESSED,
): Promise<void> {
  const own: Attempt = { stage: 'proven', ip: '', accountId: account.id }
  const doors = identifiers.filter(i => i.supersededAt === null)
  const attempts = [own, ...doors.map(({ value }): Attempt => ({ stage: 'door', ip: '', identifier: value }))]
  for (const kind of kinds)
    for (const attempt of attempts) {
      const key = rowOf(ctx, kind, attempt)
      if (key !== null) await tx.limits.reset(key)
    }
}

/** A throw takes this attempt back out of every bucket of the transaction: waiting out a refusal never makes it longer. */
async function countRow(
  tx: Tables,
  ctx: Ctx,
  bucket: NonNullable<Buckets['row']>,
  ways: ProblemExtras,
): Promise<Counted['counts'][number]> {
  const { wait } = bucket.row
  const now = ctx.now()
  const row = await tx.limits.hit(bucket.key, bucket.windowMs, now)
  if (wait && row.blockedUntil !== null && row.blockedUntil > now) throw refused(row.blockedUntil - now, ways)
  if (row.count > bucket.limit) throw refused(CLOSED_MS, ways)
  // every attempt counts as a failure until it is known to be none, so the wait is set now: parallel guesses find it
  const free = Math.min(MOST, Math.floor((wait?.free ?? 0) * ctx.config.limitFactor))
  const over = row.count - free
  if (!wait || over < 0) return { key: bucket.key, row, waitsUntil: null, free }
  const waitsUntil = now + Math.min(wait.maxMs, wait.firstMs * 2 ** Math.min(over, 30))
  await tx.limits.block(bucket.key, waitsUntil)
  return { key: bucket.key, row, waitsUntil, free }
}

/** PostgreSQL's integers end there, and have no fractions. */
const MOST = 2 ** 31 - 1

/** What a closed method answers: nobody knows when its owner opens it again. */
const CLOSED_MS = 3_600_000

/** All windows, or, where one is full, the first reserve that has room. */
async function countWindows(
  tx: Tables,
  ctx: Ctx,
  windows: Bucket[],
  reserves: Bucket[],
  ways: ProblemExtras,
): Promise<Counted['counts'][number][]> {
  const tried = []
  for (const bucket of windows) tried.push(await countOne(tx, ctx, bucket))
  const waitMs = Math.max(0, ...tried.map(one => one.waitMs))
  if (waitMs === 0) return tried
  const waits = [waitMs]
  for (const one of reserves.length > 0 ? tried : []) await giveBackOne(tx, one)
  for (const bucket of reserves) {
    const one = await countOne(tx, ctx, bucket)
    if (one.waitMs === 0) return [one]
    waits.push(one.waitMs)
  }
  throw refused(Math.min(...waits), ways)
}

async function countOne(tx: Tables, ctx: Ctx, bucket: Bucket): Promise<Counted['counts'][number] & { waitMs: number }> {
  const row = await tx.limits.hit(bucket.key, bucket.windowMs, ctx.now())
  const factor = bucket.address && row.count > bucket.limit ? await sharedFactor(tx, ctx, bucket.address) : 1
  const full = row.count > bucket.limit * factor
  return {
    key: bucket.key,
    row,
    waitsUntil: null,
    free: 0,
    waitMs: full ? Math.max(1, row.windowStartedAt + bucket.windowMs - ctx.now()) : 0,
  }
}

function countInMemory(ctx: Ctx, buckets: Bucket[]): void {
  const now = ctx.now()
  for (const bucket of buckets) {
    const limit = bucket.limit * (bucket.address ? learntFactor(ctx, bucket.address) : 1)
    const waitMs = memoryCounters(ctx.store).hit(bucket.key, limit, bucket.windowMs, now)
    if (waitMs > 0) throw refused(waitMs)
  }
}

const refused = (waitMs: number, ways: ProblemExtras = {}): Problem =>
  new Problem('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)), ...ways })
