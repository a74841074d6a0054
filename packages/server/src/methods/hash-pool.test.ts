import { availableParallelism } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { createHashPool, type HashPool } from './hash-pool.ts'

/** Runs `n` works that end when told. */
function load(
  pool: HashPool,
  n: number,
  who: (i: number) => string,
): { most(): number; refused(): number; end(): void; results: Promise<PromiseSettledResult<void>[]> } {
  let running = 0
  let busy = 0
  let most = 0
  let open = (): void => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await gate
    running--
  }
  const noted = (i: number): Promise<void> =>
    pool.run(who(i), work).catch(error => {
      busy++
      throw error
    })
  const results = Promise.allSettled(Array.from({ length: n }, (_, i) => noted(i)))
  return { most: () => most, refused: () => busy, end: () => open(), results }
}
const refused = (results: PromiseSettledResult<void>[]): number =>
  results.filter(r => r.status === 'rejected' && r.reason.code === 'busy').length
const bounds = { inFlight: 2, queue: 6, waitMs: 60, share: 1 }

afterEach(() => vi.useRealTimers())

test('so many at once, so many waiting, the rest is refused at once', async () => {
  const running = load(createHashPool(bounds), 20, i => `${i}`)
  running.end()
  expect(refused(await running.results)).toBe(12)
  expect(running.most()).toBe(2)
})

test('nobody waits longer than the wait, and a place that was given up is free again', async () => {
  vi.useFakeTimers()
  const pool = createHashPool(bounds)
  const running = load(pool, 5, i => `${i}`)
  vi.advanceTimersByTime(bounds.waitMs)
  running.end()
  expect(refused(await running.results)).toBe(3)
  const later = pool.run('later', async () => 'done')
  await vi.advanceTimersByTimeAsync(bounds.waitMs)
  await expect(later).resolves.toBe('done')
})

test('who gave up waiting has its share again', async () => {
  vi.useFakeTimers()
  const pool = createHashPool({ ...bounds, inFlight: 1, share: 0.25 })
  const [other, mine] = [load(pool, 1, () => 'other'), load(pool, 1, () => 'mine')]
  await vi.advanceTimersByTimeAsync(bounds.waitMs)
  expect(mine.refused()).toBe(1)
  other.end()
  await other.results
  await expect(pool.run('mine', async () => 'done')).resolves.toBe('done')
})

test('who got a place waits for no end of the wait any more', async () => {
  vi.useFakeTimers()
  const running = load(createHashPool(bounds), 4, i => `${i}`)
  expect(vi.getTimerCount()).toBe(2)
  running.end()
  expect(refused(await running.results)).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('a process hashes one a core, 64 wait two seconds at most, and one prefix has a quarter of it', async () => {
  vi.useFakeTimers()
  const cores = availableParallelism()
  const many = load(createHashPool(), 300, i => `${i}`)
  const greedy = load(createHashPool(), 300, () => 'greedy')
  await vi.advanceTimersByTimeAsync(1_999)
  expect([many.refused(), greedy.refused()]).toEqual([300 - cores - 64, 300 - Math.floor((cores + 64) / 4)])
  await vi.advanceTimersByTimeAsync(1)
  expect([many.refused(), greedy.refused()]).toEqual([300 - cores, 300 - cores])
  many.end()
  greedy.end()
  await Promise.all([many.results, greedy.results])
})

test('one client prefix holds no more than its share', async () => {
  const pool = createHashPool({ ...bounds, share: 0.25 })
  const greedy = load(pool, 10, () => 'greedy')
  await expect(
    load(pool, 1, () => 'other')
      .results.then(refused)
      .catch(() => 1),
  ).resolves.toBe(1)
  greedy.end()
  expect(refused(await greedy.results)).toBe(8)
})

test('a share can be widened to all places', async () => {
  const pool = createHashPool({ ...bounds, share: 0.25 })
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => pool.run('dev', async () => 1, 100)))
  expect(results.every(r => r.status === 'fulfilled')).toBe(true)
})

test('a work that throws gives its place back', async () => {
  const pool = createHashPool({ ...bounds, inFlight: 1, queue: 1 })
  await expect(pool.run('a', async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  for (let n = 0; n < 3; n++) await expect(pool.run('a', async () => 2)).resolves.toBe(2)
})
