import { describe, expect, it } from 'vitest'
import { accountId, freezeLink, message, type Stores, T0, uid, winners, write } from '../rows.fixture.ts'

export function freezeLinksContract(stores: Stores): void {
  const find = (id: string) => stores.two.read.freezeLinks.find(id)

  describe('links that freeze', () => {
    it('are found by their name, with and without what they told', async () => {
      const rows = [freezeLink(accountId()), freezeLink(accountId(), { identifierId: null, notice: null })]
      await write(stores, async tx => {
        for (const row of rows) await tx.freezeLinks.insert(row)
      })
      for (const row of rows) expect(await find(row.id)).toEqual(row)
      expect(await find(uid())).toBeNull()
    })

    it('are written with the message that carries them', async () => {
      const link = freezeLink(accountId())
      await write(stores, tx => tx.outbox.insert(message({ link })))
      await write(stores, tx => tx.outbox.insert(message({ link: null })))
      expect(await find(link.id)).toEqual(link)
    })

    it('are used once, before their end', async () => {
      const row = freezeLink(accountId())
      await write(stores, tx => tx.freezeLinks.insert(row))
      expect(await write(stores, tx => tx.freezeLinks.use(row.id, row.expiresAt))).toBe(false)
      expect(await winners(stores, tx => tx.freezeLinks.use(row.id, row.expiresAt - 1))).toBe(1)
      expect(await find(row.id)).toEqual({ ...row, usedAt: row.expiresAt - 1 })
    })

    it('tell when their address was used last, of this account alone', async () => {
      const owner = accountId()
      const row = freezeLink(owner)
      await write(stores, async tx => {
        await tx.freezeLinks.insert(row)
        await tx.freezeLinks.use(row.id, T0 + 5)
      })
      const since = (who: typeof owner, address: string, at: number) => stores.one.read.freezeLinks.usedSince(who, address, at)
      expect(await since(owner, row.identifierId!, T0 + 4)).toBe(true)
      expect(await since(owner, row.identifierId!, T0 + 5)).toBe(false)
      expect(await since(owner, uid(), T0)).toBe(false)
      expect(await since(accountId(), row.identifierId!, T0)).toBe(false)
      expect(await since(owner, freezeLink(owner).identifierId!, T0)).toBe(false)
    })

    it('end together, and none of them gets more time by it', async () => {
      const owner = accountId()
      const [live, over, foreign] = [freezeLink(owner), freezeLink(owner, { expiresAt: T0 + 1 }), freezeLink(accountId())]
      await write(stores, async tx => {
        for (const row of [live, over, foreign]) await tx.freezeLinks.insert(row)
        await tx.freezeLinks.endAll(owner, T0 + 7)
      })
      expect(await Promise.all([live, over, foreign].map(async row => (await find(row.id))?.expiresAt))).toEqual([T0 + 7, T0 + 1, T0 + 100])
    })
  })
}
