import { describe, expect, it } from 'vitest'
import { code, grant, type Stores, sessionId, T0, uid, winners, write } from '../rows.fixture.ts'
import type { CodeRow } from '../store.ts'

export function proofsContract(stores: Stores): void {
  describe('grants', () => {
    it('is found for its session, operation and target, and no other', async () => {
      const row = grant({ target: 'c1' })
      await write(stores, tx => tx.grants.insert(row))
      const find = (session = row.sessionId, operation = row.operation, target: string | null = 'c1', now = T0) =>
        stores.one.read.grants.find(session, operation, target, now)
      expect(await find()).toEqual(row)
      expect(await find(sessionId())).toBeNull()
      expect(await find(row.sessionId, 'passkey.suspend')).toBeNull()
      expect(await find(row.sessionId, row.operation, 'c2')).toBeNull()
      expect(await find(row.sessionId, row.operation, null)).toBeNull()
      expect(await find(row.sessionId, row.operation, 'c1', row.expiresAt)).toBeNull()
    })

    it('H1: serves no operation but its own, whatever it is called; the newest comes first', async () => {
      const any = grant({ operation: '*', createdAt: T0 - 1 })
      const old = grant({ sessionId: any.sessionId, createdAt: T0 - 1, proofClass: 'trusted' })
      const own = grant({ sessionId: any.sessionId })
      const find = () => stores.one.read.grants.find(any.sessionId, own.operation, null, T0)
      await write(stores, tx => tx.grants.insert(any))
      expect(await find()).toBeNull()
      await write(stores, tx => tx.grants.insert(old))
      expect(await find()).toEqual(old)
      await write(stores, tx => tx.grants.insert(own))
      expect(await find()).toEqual(own)
    })

    it('is consumed once', async () => {
      const [row, other] = [grant(), grant()]
      await write(stores, tx => tx.grants.insert(row))
      await write(stores, tx => tx.grants.insert(other))
      expect(await winners(stores, tx => tx.grants.consume(row.id, T0 + 1))).toBe(1)
      expect(await stores.one.read.grants.find(row.sessionId, row.operation, null, T0)).toBeNull()
      expect(await stores.one.read.grants.find(other.sessionId, other.operation, null, T0)).toEqual(other)
    })

    it('is not consumed when expired', async () => {
      const row = grant()
      await write(stores, tx => tx.grants.insert(row))
      expect(await write(stores, tx => tx.grants.consume(row.id, row.expiresAt))).toBe(false)
    })
  })

  describe('codes', () => {
    const issue = async (over: Partial<CodeRow> = {}): Promise<CodeRow> => {
      const row = code(over)
      await write(stores, tx => tx.codes.issue(row))
      return row
    }
    const live = (row: CodeRow, now = T0) => stores.one.read.codes.findLive(row.owner, row.purpose, now)

    it('is live for its owner and purpose until it expires', async () => {
      const row = await issue({ operation: 'o', target: 't', method: 'sms', address: '+4915112345678' })
      expect(await live(row)).toEqual(row)
      expect(await live(row, row.expiresAt)).toBeNull()
      expect(await live({ ...row, purpose: 'recovery' })).toBeNull()
      const decoy = await issue({ mac: null })
      expect(await live(decoy)).toEqual(decoy)
    })

    it('is void once the next one is issued, which carries its failures (INV-5)', async () => {
      const first = await issue()
      await write(stores, tx => tx.codes.fail(first.id))
      await write(stores, tx => tx.codes.fail(first.id))
      const second = await issue({ owner: first.owner })
      expect(await live(second)).toEqual({ ...second, failures: 2 })
      expect(await write(stores, tx => tx.codes.consume(first.id, T0))).toBe(false)
      const other = await issue({ owner: first.owner, purpose: 'recovery' })
      expect(await live(other)).toEqual(other)
      expect(await live(second)).not.toBeNull()
    })

    it('leaves one live code where eight are issued at once', async () => {
      const { owner } = code()
      const rows = Array.from({ length: 8 }, () => code({ owner }))
      await Promise.all(rows.map((row, i) => (i % 2 ? stores.two : stores.one).transaction(tx => tx.codes.issue(row))))
      const taken = await Promise.all(rows.map(row => write(stores, tx => tx.codes.consume(row.id, T0))))
      expect(taken.filter(Boolean)).toHaveLength(1)
    })

    it('is void after five wrong tries', async () => {
      const row = await issue()
      const counts = await Promise.all(Array.from({ length: 5 }, () => write(stores, tx => tx.codes.fail(row.id))))
      expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5])
      expect(await live(row)).toBeNull()
      expect(await write(stores, tx => tx.codes.consume(row.id, T0))).toBe(false)
      expect(await write(stores, tx => tx.codes.fail(uid()))).toBe(5)
    })

    it('is consumed once, and the next one starts without failures', async () => {
      const row = await issue({ failures: 3 })
      expect(await winners(stores, tx => tx.codes.consume(row.id, T0 + 1))).toBe(1)
      expect(await live(row)).toBeNull()
      const next = await issue({ owner: row.owner })
      expect(await live(next)).toEqual(next)
    })

    it('is not consumed when expired', async () => {
      const row = await issue()
      expect(await write(stores, tx => tx.codes.consume(row.id, row.expiresAt))).toBe(false)
    })
  })

  describe('challenges', () => {
    it('is spent once by eight who try at once, on two nodes', async () => {
      const id = uid()
      expect(await winners(stores, tx => tx.challenges.spend(id, T0))).toBe(1)
      expect(await stores.two.transaction(tx => tx.challenges.spend(id, T0))).toBe(false)
    })

    it('is forgotten only when nobody can take it for valid any more', async () => {
      const [old, young] = [uid(), uid()]
      await write(stores, async tx => {
        await tx.challenges.spend(old, 1_000)
        await tx.challenges.spend(young, T0)
      })
      expect(await write(stores, tx => tx.challenges.purge(1_000, 9))).toBe(0)
      expect(await write(stores, tx => tx.challenges.purge(1_001, 9))).toBe(1)
      expect(await write(stores, tx => tx.challenges.spend(young, T0))).toBe(false)
    })
  })
}
