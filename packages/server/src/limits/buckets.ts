import type { Ctx } from '../ctx.ts'
import type { Attempt } from './attempt.ts'
import { ipPrefix, ipPrefixes } from './ip-prefix.ts'
import {
  type Budget,
  FAILURE_MEMORY_MS,
  LIMITS,
  type LimitKind,
  type RowLimit,
  type Subject,
  WIDE_PREFIX_FACTOR,
  type WindowLimit,
} from './limits.ts'

/** One counter of an attempt: a database key, how much it holds and for how long. */
export interface Bucket {
  key: string
  limit: number
  windowMs: number
  /** The client address, hidden, where that is what is counted: one that many share has a wider limit. */
  address?: string
}

export interface Buckets {
  row: (Bucket & { row: RowLimit }) | null
  windows: Bucket[]
  reserves: Bucket[]
}

/** Which counters an attempt touches: the one place that decides it. */
export function bucketsOf(ctx: Ctx, kind: LimitKind, attempt: Attempt): Buckets {
  const { row, windows, reserves = [] }: Budget = LIMITS[kind].stages[attempt.stage]
  const limit = (row?.closeAt ?? 0) * ctx.config.limitFactor
  return {
    row: row ? { key: rowKey(ctx, kind, row, attempt), limit, windowMs: FAILURE_MEMORY_MS, row } : null,
    windows: windows.flatMap(window => windowBuckets(ctx, kind, window, attempt)),
    reserves: reserves.filter(isFor(attempt)).flatMap(window => windowBuckets(ctx, kind, window, attempt)),
  }
}

/** The key of its row of failures, or null. */
export function rowOf(ctx: Ctx, kind: LimitKind, attempt: Attempt): string | null {
  const { row }: Budget = LIMITS[kind].stages[attempt.stage]
  return row ? rowKey(ctx, kind, row, attempt) : null
}

const rowKey = (ctx: Ctx, kind: LimitKind, row: RowLimit, attempt: Attempt): string => `${kind}:${subjectKey(ctx, row.per, attempt)}`

const isFor =
  (attempt: Attempt) =>
  ({ only }: WindowLimit): boolean =>
    only === undefined || only === attempt.operation

function windowBuckets(ctx: Ctx, kind: LimitKind, window: WindowLimit, attempt: Attempt): Bucket[] {
  const name = window.across ?? kind
  const limit = window.limit * ctx.config.limitFactor
  const bucket = (key: string): Bucket => ({ key: `${name}:${key}:${window.windowMs}`, limit, windowMs: window.windowMs })
  if (window.per !== 'ip') return [bucket(subjectKey(ctx, window.per, attempt))]
  const { narrow, wide } = ipPrefixes(attempt.ip)
  const key = (prefix: string): string => `ip:${hidden(ctx, prefix)}`
  return [
    { ...bucket(key(narrow)), address: hidden(ctx, narrow) },
    ...(wide ? [{ ...bucket(key(wide)), limit: limit * WIDE_PREFIX_FACTOR }] : []),
  ]
}

/** `nobody` where there is none: an attempt without the thing that is counted shares one budget, and is not let through. */
const SUBJECTS: Record<Subject, (ctx: Ctx, attempt: Attempt) => string> = {
  identifier: (ctx, { identifier }) => hidden(ctx, identifier ?? 'nobody'),
  ip: (ctx, { ip }) => hidden(ctx, ipPrefix(ip)),
  identifier_ip: (ctx, { identifier, ip }) => hidden(ctx, `${identifier ?? 'nobody'}·${ipPrefix(ip)}`),
  account: (_, { accountId }) => accountId ?? 'nobody',
  account_ip: (ctx, { accountId, ip }) => `${accountId ?? 'nobody'}:${hidden(ctx, ipPrefix(ip))}`,
  device: (_, { accountId, deviceId }) => `${accountId ?? 'nobody'}:${deviceId ?? 'any'}`,
  session: (_, { sessionId }) => sessionId ?? 'nobody',
  proof: (_, { accountId, provenBy }) => `${accountId ?? 'nobody'}:${provenBy ?? 'any'}`,
}

const subjectKey = (ctx: Ctx, subject: Subject, attempt: Attempt): string => `${subject}:${SUBJECTS[subject](ctx, attempt)}`

/** Addresses, of mail and of clients, stand in no key in the clear: the counters are kept unencrypted. */
export const hidden = (ctx: Ctx, value: string): string => Buffer.from(ctx.keys.seal.blindIndex(`limit·${value}`)).toString('base64url')
