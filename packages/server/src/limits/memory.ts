/** Counters of one process, for limits so high that they only guard its CPU. */
export interface MemoryCounters {
  /** @returns 0 when counted, else the milliseconds until the window ends */
  hit(key: string, limit: number, windowMs: number, now: number): number
  readonly size: number
  /** What is counted now; for tests. */
  keys(): string[]
}

/** More prefixes than this within one window is a flood that the limits of the proxy must meet; our memory stays bounded. */
const MAX_KEYS = 50_000

export function createMemoryCounters(maxKeys: number = MAX_KEYS): MemoryCounters {
  const windows = new Map<string, { count: number; endsAt: number }>()
  // a tenth at once: looking through all of them for each new key would be a flood's best friend
  const makeRoom = (now: number): void => {
    for (const [key, window] of windows) if (window.endsAt <= now) windows.delete(key)
    for (const key of windows.keys()) {
      if (windows.size <= maxKeys * 0.9) return
      windows.delete(key)
    }
  }
  return {
    hit(key, limit, windowMs, now) {
      const found = windows.get(key)
      // a clock that went back must not keep a window open for longer than its length
      const live = found && found.endsAt > now && found.endsAt <= now + windowMs ? found : null
      if (!live && windows.size >= maxKeys) makeRoom(now)
      const window = live ?? { count: 0, endsAt: now + windowMs }
      if (window.count >= limit) return window.endsAt - now
      window.count++
      if (!live) windows.set(key, window)
      return 0
    },
    keys: () => [...windows.keys()],
    get size() {
      return windows.size
    },
  }
}

const counters = new WeakMap<object, MemoryCounters>()

/** The counters that belong to one open store, so that two servers in one process do not share their limits. */
export function memoryCounters(owner: object): MemoryCounters {
  const known = counters.get(owner) ?? createMemoryCounters()
  counters.set(owner, known)
  return known
}
