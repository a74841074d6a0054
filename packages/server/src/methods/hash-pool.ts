import { availableParallelism } from 'node:os'
import { Problem } from '../domain/problems.ts'

/** Bounds of the hashing of one process. */
export interface PoolBounds {
  inFlight: number
  queue: number
  waitMs: number
  /** The part of all places that one client prefix may hold, 0 to 1. */
  share: number
}

export interface HashPool {
  /**
   * Runs `work` when a place is free.
   *
   * @param who client prefix, whose share is bounded
   * @param widen multiplies the share, up to all places; for development and tests
   * @throws Problem `busy` when the queue or the share is full, or the wait was too long
   */
  run<T>(who: string, work: () => Promise<T>, widen?: number): Promise<T>
}

interface Waiting {
  start(): void
}

/** One hash takes 19 MiB and about 30 ms of a core: the bound is on how many there are, not on how fast they come. */
export const POOL_BOUNDS: PoolBounds = { inFlight: availableParallelism(), queue: 64, waitMs: 2_000, share: 0.25 }

export function createHashPool(bounds: PoolBounds = POOL_BOUNDS): HashPool {
  const waiting: Waiting[] = []
  /** Who holds each place. */
  const held: string[] = []
  let running = 0
  const letGo = (who: string): void => {
    held.splice(held.indexOf(who), 1)
  }
  const admit = (who: string, widen: number): void => {
    const places = bounds.inFlight + bounds.queue
    const share = Math.max(1, Math.floor(places * Math.min(1, bounds.share * widen)))
    const mine = held.filter(one => one === who).length
    if (mine >= share || waiting.length >= bounds.queue) throw new Problem('busy', { retryAfterSeconds: 2 })
  }
  const turn = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(entry), 1)
        reject(new Problem('busy', { retryAfterSeconds: 2 }))
      }
      const timer = setTimeout(giveUp, bounds.waitMs)
      const entry: Waiting = {
        start() {
          clearTimeout(timer)
          resolve()
        },
      }
      waiting.push(entry)
    })
  // the place is handed over, not given back and taken again: nobody may slip in before who waits
  const leave = (who: string): void => {
    letGo(who)
    const next = waiting.shift()
    if (next) next.start()
    else running--
  }
  const enter = async (): Promise<void> => {
    if (running < bounds.inFlight) running++
    else await turn()
  }
  return {
    async run(who, work, widen = 1) {
      admit(who, widen)
      held.push(who)
      await enter().catch(refusal => {
        letGo(who)
        throw refusal
      })
      try {
        return await work()
      } finally {
        leave(who)
      }
    },
  }
}

/** One for the process: the cores that hashing takes belong to all servers in it. */
export const hashPool: HashPool = createHashPool()
