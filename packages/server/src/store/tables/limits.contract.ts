import { describe, expect, it } from 'vitest'
import { type Stores, T0, uid, write } from '../fixtures.contract.ts'

export function limitsContract(stores: Stores): void {
  const hit = (key: string, now: number, window = 1_000) => write(stores, tx => tx.limits.hit(key, window, now))

  describe('limits', () => {
    it('counts within a fixed window and starts again after it', async () => {
      const key = uid()
      expect(await hit(key, T0)).toEqual({ count: 1, windowStartedAt: T0, blockedUntil: null })
      expect(await hit(key, T0 + 999)).toEqual({ count: 2, windowStartedAt: T0, blockedUntil: null })
      expect(await hit(key, T0 + 1_000)).toEqual({ count: 1, windowStartedAt: T0 + 1_000, blockedUntil: null })
      expect(await stores.two.read.limits.get(key)).toEqual({ count: 1, windowStartedAt: T0 + 1_000, blockedUntil: null })
      expect(await stores.one.read.limits.get(uid())).toBeNull()
    })

    it('loses no hit of forty at once, on two nodes', async () => {
      const key = uid()
      const hits = Array.from({ length: 40 }, (_, i) => (i % 2 ? stores.two : stores.one).transaction(tx => tx.limits.hit(key, 1_000, T0)))
      const counts = (await Promise.all(hits)).map(row => row.count)
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    })

    it('blocks with and without a count, keeps the longer block, and is reset', async () => {
      const key = uid()
      await write(stores, tx => tx.limits.block(key, T0 + 50))
      await write(stores, tx => tx.limits.block(key, T0 + 20))
      expect(await hit(key, T0)).toEqual({ count: 1, windowStartedAt: T0, blockedUntil: T0 + 50 })
      await write(stores, tx => tx.limits.block(key, T0 + 90))
      expect((await stores.one.read.limits.get(key))?.blockedUntil).toBe(T0 + 90)
      await write(stores, tx => tx.limits.reset(key))
      expect(await stores.one.read.limits.get(key)).toBeNull()
    })

    it('purges what is old and blocks nobody', async () => {
      const [old, blocked, young] = [uid(), uid(), uid()]
      await hit(old, 1_000)
      await write(stores, tx => tx.limits.block(blocked, T0))
      await hit(young, T0)
      expect(await write(stores, tx => tx.limits.purge(5_000, 1_000))).toBe(1)
      expect(await stores.one.read.limits.get(blocked)).not.toBeNull()
      expect(await stores.one.read.limits.get(young)).not.toBeNull()
    })
  })

  describe('meta', () => {
    it('keeps values by key', async () => {
      const key = uid()
      expect(await stores.one.read.meta.get(key)).toBeNull()
      await write(stores, tx => tx.meta.set(key, 'a'))
      await write(stores, tx => tx.meta.set(key, 'b'))
      expect(await stores.two.read.meta.get(key)).toBe('b')
    })
  })
}
