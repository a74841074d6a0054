import type { Ctx } from '../ctx.ts'
import type { OutboxRow } from '../store/store.ts'
import { type Transports, UndeliverableError } from './deliver.ts'
import { renderMessage } from './templates.ts'

/** The worker that carries committed messages to their providers. */
export interface Outbox {
  /** A message was committed: look as soon as its request is answered, instead of at the next turn. Returns at once. */
  wake(): void
  /** Takes no more; resolves when what is under way has ended. */
  stop(): Promise<void>
  /** Resolves when nothing that is due now is left; for tests and for shutting down. */
  drain(): Promise<void>
}

export interface OutboxTiming {
  /** How often it looks unasked: for retries, and for messages of other nodes. */
  pollMs: number
  /** After this a provider that does not answer counts as failed. */
  sendTimeoutMs: number
  /** A worker that died gives its messages back after this; longer than a try may take. */
  leaseMs: number
  /** Tries under way at once: some providers may hang without stopping the others. */
  parallel: number
}

const TIMING: OutboxTiming = { pollMs: 1_000, sendTimeoutMs: 30_000, leaseMs: 90_000, parallel: 32 }
/** Long enough for an answer to be written, too short for a person to notice. */
const AFTER_ANSWER_MS = 20
const FIRST_RETRY_MS = 1_000
const MAX_TRIES = 10

/**
 * Starts the worker: it leases due messages, renders and sends them, wipes what was sent, and tries again 1 s·2ⁿ
 * later, ten times in nine minutes. At least once: a crash between sending and its note sends again. A code is in the message and never made anew.
 *
 * @example const outbox = startOutbox(ctx, createTransports(ctx)); ctx.wakeOutbox = outbox.wake
 */
export function startOutbox(ctx: Ctx, transports: Transports, timing: Partial<OutboxTiming> = {}): Outbox {
  const { pollMs, sendTimeoutMs, leaseMs, parallel } = { ...TIMING, ...timing }
  const underWay = new Set<Promise<void>>()
  let stopped = false
  let turn: Promise<number> | null = null
  let again = false

  const start = (row: OutboxRow): void => {
    const work = deliver(ctx, transports, row, sendTimeoutMs).finally(() => {
      underWay.delete(work)
      lookNow()
    })
    underWay.add(work)
  }
  const leaseDue = async (): Promise<number> => {
    const room = parallel - underWay.size
    if (room <= 0) return 0
    const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), leaseMs, room))
    for (const row of rows) start(row)
    return rows.length
  }
  // one lease at a time; who comes meanwhile is served by one more turn
  const look = (): Promise<number> => {
    turn ??= leaseDue().finally(() => {
      turn = null
    })
    return turn
  }
  const lookNow = (): void => {
    if (stopped) return
    if (turn) again = true
    else void look().then(lookAgain, error => ctx.log.error({ event: 'outbox_lease_failed', reason: reasonOf(error) }))
  }
  // the answer to whoever caused the message leaves first: what is rendered and sent must not be seen in its time (INV-16)
  let soon: NodeJS.Timeout | null = null
  const wake = (): void => {
    if (stopped || soon) return
    soon = setTimeout(() => {
      soon = null
      lookNow()
    }, AFTER_ANSWER_MS)
    soon.unref()
  }
  const lookAgain = (): void => {
    if (!again) return
    again = false
    lookNow()
  }
  const timer = setInterval(lookNow, pollMs)
  timer.unref()
  return {
    wake,
    async stop() {
      stopped = true
      clearInterval(timer)
      if (soon) clearTimeout(soon)
      await turn?.catch(() => 0)
      await Promise.all(underWay)
    },
    async drain() {
      await turn?.catch(() => 0)
      while ((await look()) > 0 || underWay.size > 0) await Promise.all(underWay)
    },
  }
}

/** One try. It never throws: whatever happens is written to the row, or the lease runs out. */
async function deliver(ctx: Ctx, transports: Transports, row: OutboxRow, timeoutMs: number): Promise<void> {
  try {
    await within(timeoutMs, send(ctx, transports, row))
    await ctx.store.transaction(tx => tx.outbox.sent(row.id, ctx.now()))
  } catch (error) {
    await failed(ctx, row, error).catch(lost => ctx.log.error({ event: 'outbox_write_failed', id: row.id, reason: reasonOf(lost) }))
  }
}

async function send(ctx: Ctx, transports: Transports, row: OutboxRow): Promise<void> {
  // another master key, or a row that was altered: no retry will open it
  if (row.unreadable) throw new UndeliverableError('sealed under another key, or altered')
  const { id, accountId, channel, to, template, params } = row
  if (template === 'nothing') {
    // rendered as if it were one, and dropped: a request that comes meanwhile waits as long
    renderMessage(ctx.config, 'code', channel, { ...params, code: '000000' })
    return
  }
  if (typeof params.expiresAt === 'number' && params.expiresAt <= ctx.now()) throw new UndeliverableError('expired')
  const transport = transports[channel]
  if (!transport) throw new UndeliverableError('no provider')
  await transport.send({ id, accountId, channel, to, template, params, ...renderMessage(ctx.config, template, channel, params) })
}

async function failed(ctx: Ctx, row: OutboxRow, error: unknown): Promise<void> {
  const tries = row.tries + 1
  const over = tries >= MAX_TRIES || error instanceof UndeliverableError || error instanceof RangeError
  const next = over ? null : ctx.now() + FIRST_RETRY_MS * 2 ** row.tries
  const reason = reasonOf(error)
  ctx.log.warn({
    event: over ? 'outbox_gave_up' : 'outbox_try_failed',
    id: row.id,
    template: row.template,
    channel: row.channel,
    tries,
    reason,
  })
  await ctx.store.transaction(tx => tx.outbox.failed(row.id, next, reason))
}

/** Without the provider's own text: mail servers repeat the address, and whole messages, in theirs. */
function reasonOf(error: unknown): string {
  if (error instanceof UndeliverableError) return error.message
  const { name, code, responseCode } = (error ?? {}) as { name?: unknown; code?: unknown; responseCode?: unknown }
  return (
    [name, code, responseCode]
      .filter(part => part !== undefined)
      .join(' ')
      .slice(0, 100) || 'unknown'
  )
}

/** A provider that hangs is a provider that failed; what it still does then may arrive twice. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('timed out'), { code: 'timeout' })), timeoutMs)
    timer.unref()
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
