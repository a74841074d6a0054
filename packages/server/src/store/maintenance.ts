import { setTimeout as sleep } from 'node:timers/promises'
import type { Ctx } from '../ctx.ts'
import type { Purge, Tables } from './store.ts'

/** The worker that deletes what no rule needs any more, seals what an earlier release wrote in the clear, and does what it is given. */
export interface Maintenance {
  /** One whole turn now. @returns how many rows went, by table group, and how many were `sealed`; what is nothing is left out */
  run(): Promise<Record<string, number>>
  /** Begins no further batch; resolves when the one under way has ended. */
  stop(): Promise<void>
}

type Purgeable = { [Name in keyof Tables]: Tables[Name] extends { purge: Purge } ? Name : never }[keyof Tables]

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

/**
 * How long each kind of row is kept after it is over. What proves or forbids something stays as long as a rule asks
 * for it: events, decided approvals, removed passkeys (their ids never come back), counters of failures for their 90 days.
 */
const KEPT_MS: Record<Purgeable, number> = {
  // a challenge that expired is refused for that; the minute is for clocks that differ
  challenges: MINUTE,
  codes: DAY,
  grants: DAY,
  preSessions: DAY,
  signUps: DAY,
  authenticators: DAY,
  inbox: 7 * DAY,
  outbox: 30 * DAY,
  // an address freezes by its link once in 30 days, and what was used up to three days before still counts
  freezeLinks: 33 * DAY,
  sessions: 30 * DAY,
  changes: 30 * DAY,
  identifiers: 30 * DAY,
  approvals: 30 * DAY,
  limits: 90 * DAY,
}

export interface MaintenanceTiming {
  /** Between two turns, on average: each pause is between half and one and a half of it, so that nodes spread out. */
  everyMs: number
  /** Rows of one transaction; small, since SQLite has one writer and sign-ins wait behind it. */
  batch: number
  /** Between two batches, for everybody else. */
  pauseMs: number
  /** Of one group in one turn; what is left waits for the next. */
  maxBatches: number
}

/** What else is done in each turn, by name, in batches too. */
export type Chores = Readonly<Record<string, (limit: number) => Promise<number>>>

const TIMING: MaintenanceTiming = { everyMs: 5 * MINUTE, batch: 200, pauseMs: 20, maxBatches: 50 }

/**
 * Starts the worker. Every node runs one; two that meet take different rows.
 *
 * @example const maintenance = startMaintenance(ctx); await maintenance.stop()
 */
export function startMaintenance(ctx: Ctx, timing: Partial<MaintenanceTiming> = {}, chores: Chores = {}): Maintenance {
  const settings = { ...TIMING, ...timing }
  const stopping = new AbortController()
  let turn: Promise<Record<string, number>> | null = null
  let timer: NodeJS.Timeout | undefined

  const run = (): Promise<Record<string, number>> => {
    turn ??= wholeTurn(ctx, settings, chores, stopping.signal).finally(() => {
      turn = null
    })
    return turn
  }
  const plan = (): void => {
    if (stopping.signal.aborted) return
    timer = setTimeout(() => void run().then(plan), settings.everyMs * (0.5 + Math.random()))
    timer.unref()
  }
  plan()
  return {
    run,
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await turn
    },
  }
}

/** A group that fails, because the database is away for one, is tried again in the next turn and keeps no other from its own. */
async function wholeTurn(ctx: Ctx, timing: MaintenanceTiming, chores: Chores, signal: AbortSignal): Promise<Record<string, number>> {
  const done: Record<string, number> = {}
  const work = async (name: string, batch: (limit: number) => Promise<number>): Promise<void> => {
    try {
      const count = await inBatches(batch, timing, signal)
      if (count > 0) done[name] = count
    } catch (error) {
      ctx.log.error({ event: 'maintenance_failed', group: name, err: error })
    }
  }
  for (const name of Object.keys(KEPT_MS) as Purgeable[]) {
    const before = ctx.now() - KEPT_MS[name]
    await work(name, limit => ctx.store.transaction(tx => tx[name].purge(before, limit)))
  }
  for (const [name, batch] of Object.entries(chores)) await work(name, batch)
  await work('sealed', limit => ctx.store.transaction(tx => tx.clearRows.seal(limit)))
  if (Object.keys(done).length > 0) ctx.log.info({ event: 'maintenance', ...done })
  return done
}

async function inBatches(work: (limit: number) => Promise<number>, timing: MaintenanceTiming, signal: AbortSignal): Promise<number> {
  let done = 0
  for (let batch = 0; batch < timing.maxBatches && !signal.aborted; batch++) {
    const count = await work(timing.batch)
    done += count
    if (count < timing.batch) break
    await sleep(timing.pauseMs, undefined, { signal }).catch(() => {})
  }
  return done
}
