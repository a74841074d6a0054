import { describe, expect, it } from 'vitest'
import { type Stores, T0, uid, write } from '../rows.fixture.ts'

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
      const other = uid()
      await hit(other, T0)
      await write(stores, tx => tx.limits.reset(key))
      expect(await stores.one.read.limits.get(key)).toBeNull()
      expect(await stores.one.read.limits.get(other)).not.toBeNull()
    })

    it('H12 gives a hit back: out of its own window only, with its own block only, never below none', async () => {
      const [key, other] = [uid(), uid()]
      await hit(other, T0)
      await hit(key, T0)
      await hit(key, T0 + 1)
      await write(stores, tx => tx.limits.block(key, T0 + 500))
      await write(stores, tx => tx.limits.giveBack(key, { windowStartedAt: T0 + 7, blockedUntil: T0 + 500, free: 0 }))
      expect(await stores.two.read.limits.get(key)).toEqual({ count: 2, windowStartedAt: T0, blockedUntil: T0 + 500 })
      await write(stores, tx => tx.limits.giveBack(key, { windowStartedAt: T0, blockedUntil: T0 + 400, free: 1 }))
      expect(await stores.two.read.limits.get(key)).toEqual({ count: 1, windowStartedAt: T0, blockedUntil: T0 + 500 })
      await write(stores, tx => tx.limits.giveBack(key, { windowStartedAt: T0, blockedUntil: T0 + 500, free: 0 }))
      expect(await stores.two.read.limits.get(key)).toEqual({ count: 0, windowStartedAt: T0, blockedUntil: null })
      await write(stores, tx => tx.limits.giveBack(key, { windowStartedAt: T0, blockedUntil: null, free: 0 }))
      expect((await stores.two.read.limits.get(key))?.count).toBe(0)
      for (let i = 0; i < 3; i++) await hit(key, T0)
      await write(stores, tx => tx.limits.block(key, T0 + 600))
      await write(stores, tx => tx.limits.giveBack(key, { windowStartedAt: T0, blockedUntil: null, free: 2 }))
      expect((await stores.two.read.limits.get(key))?.blockedUntil).toBe(T0 + 600)
      await write(stores, tx => tx.limits.giveBack(key, { windowStartedAt: T0, blockedUntil: null, free: 2 }))
      expect(await stores.two.read.limits.get(key)).toEqual({ count: 1, windowStartedAt: T0, blockedUntil: null })
      await write(stores, tx => tx.limits.giveBack(uid(), { windowStartedAt: T0, blockedUntil: null, free: 0 }))
      expect((await stores.two.read.limits.get(other))?.count).toBe(1)
    })

    it('H12 loses none of forty that are given back at once, on two nodes', async () => {
      const key = uid()
      for (let i = 0; i < 41; i++) await hit(key, T0)
      await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          (i % 2 ? stores.two : stores.one).transaction(tx =>
            tx.limits.giveBack(key, { windowStartedAt: T0, blockedUntil: null, free: 0 }),
          ),
        ),
      )
      expect((await stores.one.read.limits.get(key))?.count).toBe(1)
    })

    it('purges what is old and blocks nobody', async () => {
      const [old, blocked, young, free] = [uid(), uid(), uid(), uid()]
      const purge = (before: number) => write(stores, tx => tx.limits.purge(before, 1_000))
      await hit(old, 1_000)
      await write(stores, tx => tx.limits.block(blocked, T0))
      await hit(young, T0)
      await write(stores, tx => tx.limits.block(free, 5_000))
      expect([await purge(1_000), await purge(1_001), await purge(5_000), await purge(5_001)]).toEqual([0, 1, 0, 1])
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
      const other = uid()
      expect(await write(stores, tx => tx.meta.add(other, 'c'))).toBe(true)
      expect(await write(stores, tx => tx.meta.add(other, 'd'))).toBe(false)
      expect(await stores.one.read.meta.list(other)).toEqual([{ key: other, value: 'c' }])
      await write(stores, tx => tx.meta.remove(key))
      expect([await stores.one.read.meta.get(key), await stores.one.read.meta.get(other)]).toEqual([null, 'c'])
    })
  })
}
