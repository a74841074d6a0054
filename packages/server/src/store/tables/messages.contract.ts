import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CredentialId } from '../../domain/types.ts'
import { accountId, event, message, type Stores, T0, uid, write } from '../rows.fixture.ts'
import type { EventRow, InboxMessage, NewEvent, NewMessage } from '../store.ts'

export function messagesContract(stores: Stores): void {
  const lease = (now: number, limit = 100) => stores.one.transaction(tx => tx.outbox.lease(now, 1_000, limit))

  describe('outbox', () => {
    beforeEach(async () => {
      for (const row of await lease(Number.MAX_SAFE_INTEGER - 2_000, 10_000)) await write(stores, tx => tx.outbox.sent(row.id, T0))
    })
    const put = async (over: Partial<NewMessage> = {}): Promise<NewMessage> => {
      const row = message(over)
      await write(stores, tx => tx.outbox.insert(row))
      return row
    }

    it('leases what is due, oldest first, and again when the lease runs out', async () => {
      const [second, first] = [await put({ createdAt: T0 + 1 }), await put({ createdAt: T0, channel: 'sms', accountId: accountId() })]
      expect(await lease(T0 - 1)).toEqual([])
      expect(await lease(T0 + 5)).toEqual([
        { ...first, tries: 0, nextTryAt: T0 + 1_005 },
        { ...second, tries: 0, nextTryAt: T0 + 1_005 },
      ])
      expect(await lease(T0 + 1_004)).toEqual([])
      expect(await lease(T0 + 1_005, 1)).toHaveLength(1)
    })

    it('leases each message to one worker', async () => {
      const rows = await Promise.all(Array.from({ length: 12 }, () => put()))
      const workers = Array.from({ length: 8 }, (_, i) =>
        (i % 2 ? stores.two : stores.one).transaction(tx => tx.outbox.lease(T0, 1_000, 3)),
      )
      const leased = (await Promise.all(workers)).flat().map(row => row.id)
      expect(new Set(leased).size).toBe(leased.length)
      expect(rows.length).toBeGreaterThanOrEqual(leased.length)
    })

    it('is done when sent', async () => {
      const [row, other] = [await put(), await put()]
      expect(await stores.one.read.outbox.pending()).toBe(2)
      await write(stores, tx => tx.outbox.sent(row.id, T0 + 1))
      expect(await stores.one.read.outbox.pending()).toBe(1)
      expect((await lease(T0 + 9_999_999)).map(({ id }) => id)).toEqual([other.id])
    })

    it('comes back after a failure, until it is given up', async () => {
      const row = await put()
      await write(stores, tx => tx.outbox.failed(row.id, T0 + 50, 'smtp 451'))
      expect(await lease(T0 + 49)).toEqual([])
      expect(await lease(T0 + 50)).toMatchObject([{ id: row.id, tries: 1, params: row.params }])
      const other = await put()
      await write(stores, tx => tx.outbox.failed(row.id, null, 'smtp 550'))
      expect(await stores.one.read.outbox.pending()).toBe(1)
      await write(stores, tx => tx.outbox.sent(other.id, T0))
      await write(stores, tx => tx.outbox.failed(other.id, T0, 'told too late'))
      expect(await lease(T0 + 9_999_999)).toEqual([])
    })
  })

  describe('development inbox', () => {
    it('shows the newest first and can be cleared', async () => {
      await write(stores, tx => tx.inbox.clear())
      const rows: InboxMessage[] = [1, 2, 3].map(i => ({
        ...{ id: uid(), channel: 'email', to: 'a@example.com', subject: `Code ${i}`, text: 'Your code', html: i === 1 ? '<p>' : null },
        sentAt: T0 + i,
      }))
      for (const row of rows) await write(stores, tx => tx.inbox.insert(row))
      expect(await stores.two.read.inbox.list(2)).toEqual([rows[2], rows[1]])
      await write(stores, tx => tx.inbox.clear())
      expect(await stores.one.read.inbox.list(2)).toEqual([])
    })
  })

  describe('events', () => {
    it('gives back the event, its detail, and the hash that commits to it', async () => {
      const row = event({ accountId: accountId(), detail: { ip: '2001:db8::1', userAgent: 'UA', label: 'Läptop' } })
      const bare = event({ accountId: row.accountId!, detail: null, at: T0 - 1 })
      await write(stores, tx => tx.events.insert(row))
      await write(stores, tx => tx.events.insert(bare))
      const [first, second] = await stores.one.read.events.list(row.accountId!, null, 10)
      expect(first).toEqual({ ...row, body: { ...row.body, detail_hash: expect.any(String) } })
      expect(first!.body.detail_hash).toHaveLength(createHash('sha256').update('').digest('base64url').length)
      expect(second).toEqual(bare)
    })

    it('is listed newest first, page by page, for its account', async () => {
      const owner = accountId()
      const rows = [1, 2, 3, 4].map(i => event({ accountId: owner, at: T0 + i, detail: null }))
      for (const row of [...rows, event()]) await write(stores, tx => tx.events.insert(row))
      const page = async (before: NewEvent | null) => (await stores.two.read.events.list(owner, before, 2)).map(e => e.at - T0)
      expect(await page(null)).toEqual([4, 3])
      expect(await page(rows[2]!)).toEqual([2, 1])
      expect(await page(rows[0]!)).toEqual([])
    })

    it('N7: says how often each passkey did something of a kind, and when last', async () => {
      const owner = accountId()
      const [one, other] = [uid(), uid()] as CredentialId[]
      const done = (credentialId: CredentialId | null, at: number, kind = 'approval.approve', of = owner) =>
        write(stores, tx => tx.events.insert(event({ accountId: of, credentialId, kind, at: T0 + at, detail: null })))
      await done(one!, 5)
      await done(one!, 3)
      await done(other!, 4)
      await done(other!, 9, 'approval.reject')
      await done(null, 8)
      await done(one!, 7, 'approval.approve', accountId())
      const uses = await stores.two.read.events.uses(owner, 'approval.approve')
      expect(uses.sort((a, b) => a.lastAt - b.lastAt)).toEqual([
        { credentialId: other, count: 1, lastAt: T0 + 4 },
        { credentialId: one, count: 2, lastAt: T0 + 5 },
      ])
    })

    it('pages lose and double nothing where several share a millisecond', async () => {
      const owner = accountId()
      // ids that run against the time: neither decides alone
      const ids = ['f', 'a', 'b', 'c', 'd', 'e', '0'].map(first => first + uid())
      const rows = [1, 2, 2, 2, 2, 2, 3].map((at, i) => event({ id: ids[i]!, accountId: owner, at: T0 + at, detail: null }))
      for (const row of rows) await write(stores, tx => tx.events.insert(row))
      const seen: string[] = []
      for (let last: EventRow | undefined, page: EventRow[] = []; seen.length <= rows.length; ) {
        page = await stores.two.read.events.list(owner, last ?? null, 2)
        last = page.at(-1)
        if (!last) break
        seen.push(...page.map(row => row.id))
      }
      expect(seen).toEqual(rows.map(row => row.id).toReversed())
    })
  })
}
