import { describe, expect, it } from 'vitest'
import type { AccountId } from '../../domain/types.ts'
import {
  accountId,
  accountWithPasskeys,
  approval,
  change,
  credentialId,
  payoutAddress,
  type Stores,
  sha256,
  T0,
  uid,
  winners,
  write,
} from '../rows.fixture.ts'
import type { ApprovalRow, PayoutAddressRow } from '../store.ts'

export function changesContract(stores: Stores): void {
  describe('pending changes', () => {
    it('is kept for its account', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const rows = [change(id), change(id, { payload: null, remainingMs: 5, target: 'x' })]
      await write(stores, async tx => {
        for (const row of rows) await tx.changes.insert(row)
      })
      for (const row of rows) expect(await stores.one.read.changes.get(id, row.id)).toEqual(row)
      expect(await stores.one.read.changes.get(accountId(), rows[0]!.id)).toBeNull()
    })

    it('is either applied or cancelled, once', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const [first, second] = [change(id), change(id)]
      await write(stores, tx => tx.changes.insert(first))
      await write(stores, tx => tx.changes.insert(second))
      expect(await winners(stores, tx => tx.changes.markApplied(first.id, T0 + 1))).toBe(1)
      expect(await write(stores, tx => tx.changes.cancel(first.id, T0 + 2))).toBe(false)
      expect(await winners(stores, tx => tx.changes.cancel(second.id, T0 + 1))).toBe(1)
      expect(await write(stores, tx => tx.changes.markApplied(second.id, T0 + 2))).toBe(false)
      expect(await stores.one.read.changes.get(id, first.id)).toEqual({ ...first, appliedAt: T0 + 1 })
    })
  })

  describe('waits that are over', () => {
    it('are named by operation: not done, not cancelled, not standing still', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const over = { effectiveAt: T0 + 10 }
      const rows = [
        change(id, { ...over, operation: 'password.change' }),
        change(id, { ...over, operation: 'recovery' }),
        change(id, { ...over, cancelledAt: T0 }),
        change(id, { ...over, appliedAt: T0 }),
        change(id, { ...over, remainingMs: 0 }),
        change(id, { effectiveAt: T0 + 11 }),
      ]
      await write(stores, async tx => {
        for (const row of rows) await tx.changes.insert(row)
      })
      expect(await stores.one.read.changes.due(id, T0 + 9)).toEqual([])
      expect((await stores.two.read.changes.due(id, T0 + 10)).toSorted()).toEqual(['password.change', 'recovery'])
      expect(await stores.one.read.changes.due(accountId(), T0 + 10)).toEqual([])
    })

    it('name the accounts in which one for these operations is over, the longest over first', async () => {
      const owners = await Promise.all([0, 1, 2, 3, 4, 5].map(async () => (await accountWithPasskeys(stores, 0)).id))
      const [early, late, young, other, stopped, still] = owners.map(String)
      const leaving = (id: string | undefined, more: object) => change(id as AccountId, { operation: 'leaving', ...more })
      await write(stores, async tx => {
        for (const row of [
          leaving(late, { effectiveAt: T0 + 9 }),
          leaving(early, { effectiveAt: T0 + 2 }),
          leaving(early, { effectiveAt: T0 + 8 }),
          leaving(young, { effectiveAt: T0 + 10 }),
          leaving(other, { operation: 'staying', effectiveAt: T0 }),
          leaving(stopped, { effectiveAt: T0, cancelledAt: T0 }),
          leaving(stopped, { effectiveAt: T0, appliedAt: T0 }),
          leaving(still, { effectiveAt: T0, remainingMs: 1 }),
        ])
          await tx.changes.insert(row)
      })
      expect(await stores.one.read.changes.dueAccounts(['leaving'], T0 + 9, 9)).toEqual([early, late])
      expect(await stores.two.read.changes.dueAccounts(['leaving'], T0 + 9, 1)).toEqual([early])
    })

    it('stand still, all but those that may not, and go on once', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const other = (await accountWithPasskeys(stores, 0)).id
      const rows = {
        waits: change(id, { effectiveAt: T0 + 10 }),
        over: change(id, { effectiveAt: T0 - 1 }),
        goesOn: change(id, { operation: 'account.unfreeze', effectiveAt: T0 + 10 }),
        still: change(id, { effectiveAt: T0 + 10, remainingMs: 7 }),
        cancelled: change(id, { effectiveAt: T0 + 10, cancelledAt: T0 }),
        applied: change(id, { effectiveAt: T0 + 10, appliedAt: T0 }),
        foreign: change(other, { effectiveAt: T0 + 10 }),
      }
      await write(stores, async tx => {
        for (const row of Object.values(rows)) await tx.changes.insert(row)
        await tx.changes.stopAll(id, T0, ['account.unfreeze'])
      })
      const left = async () => {
        const found = Object.entries(rows).map(async ([name, { accountId: owner, id: row }]) => {
          const change = await stores.two.read.changes.get(owner, row)
          return [name, change?.remainingMs]
        })
        return Object.fromEntries(await Promise.all(found))
      }
      expect(await left()).toEqual({ waits: 10, over: 0, goesOn: null, still: 7, cancelled: null, applied: null, foreign: null })
      expect(await stores.one.read.changes.due(id, T0 + 99)).toEqual(['account.unfreeze'])
      expect(await winners(stores, tx => tx.changes.goOn(rows.waits.id, T0 + 50))).toBe(1)
      expect(await stores.one.read.changes.get(id, rows.waits.id)).toEqual({ ...rows.waits, effectiveAt: T0 + 50 })
      for (const row of [rows.goesOn, rows.cancelled, rows.applied])
        expect(await write(stores, tx => tx.changes.goOn(row.id, T0 + 50))).toBe(false)
      await write(stores, tx => tx.changes.stopAll(id, T0, []))
      expect((await left()).goesOn).toBe(10)
    })

    it('take effect later together, all but those that may not wait and those that stand still', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const other = (await accountWithPasskeys(stores, 0)).id
      const rows = {
        waits: change(id, { effectiveAt: T0 + 10 }),
        goesOn: change(id, { operation: 'recovery', effectiveAt: T0 + 10 }),
        still: change(id, { effectiveAt: T0 + 10, remainingMs: 7 }),
        cancelled: change(id, { effectiveAt: T0 + 10, cancelledAt: T0 }),
        applied: change(id, { effectiveAt: T0 + 10, appliedAt: T0 }),
        foreign: change(other, { effectiveAt: T0 + 10 }),
      }
      await write(stores, async tx => {
        for (const row of Object.values(rows)) await tx.changes.insert(row)
        await tx.changes.delayAll(id, 5, ['recovery'])
      })
      for (const [name, row] of Object.entries(rows)) {
        const now = await stores.two.read.changes.get(row.accountId, row.id)
        expect([name, now?.effectiveAt]).toEqual([name, T0 + (name === 'waits' ? 15 : 10)])
      }
    })
  })

  describe('approvals', () => {
    const create = async (over: Partial<ApprovalRow> = {}): Promise<ApprovalRow> => {
      const row = approval((await accountWithPasskeys(stores, 0)).id, over)
      await write(stores, tx => tx.approvals.insert(row))
      return row
    }
    const verdict = {
      status: 'approved' as const,
      at: T0 + 1,
      decidedIn: 'Safari on iPhone',
      method: 'passkey',
      credentialId: credentialId(),
      proof: '{"signature":"x"}',
    }

    it('gives back what was put in', async () => {
      const row = await create()
      expect(await stores.two.read.approvals.get(row.id)).toEqual(row)
      expect(await stores.one.read.approvals.get(uid())).toBeNull()
    })

    it('is decided once, and keeps the proof', async () => {
      const row = await create()
      expect(await winners(stores, tx => tx.approvals.decide(row.id, row.detailsHash, verdict))).toBe(1)
      const { at, ...set } = verdict
      expect(await stores.one.read.approvals.get(row.id)).toEqual({ ...row, ...set, decidedAt: at })
    })

    it('is not decided for other details or after it expired (INV-7)', async () => {
      const row = await create()
      const decide = (hash: Uint8Array, at: number) => write(stores, tx => tx.approvals.decide(row.id, hash, { ...verdict, at }))
      expect(await decide(sha256('other details'), T0)).toBe(false)
      expect(await decide(row.detailsHash, row.expiresAt)).toBe(false)
      expect(await stores.one.read.approvals.get(row.id)).toEqual(row)
    })

    it('is consumed once, by its account, with its details, when approved', async () => {
      const row = await create()
      const consume = (id = row.accountId, hash = row.detailsHash) => write(stores, tx => tx.approvals.consume(row.id, id, hash, T0 + 2))
      expect(await consume()).toBe(false)
      await write(stores, tx => tx.approvals.decide(row.id, row.detailsHash, verdict))
      expect(await consume(accountId())).toBe(false)
      expect(await consume(row.accountId, sha256('x'))).toBe(false)
      expect(await winners(stores, tx => tx.approvals.consume(row.id, row.accountId, row.detailsHash, T0 + 2))).toBe(1)
      expect(await stores.one.read.approvals.get(row.id)).toMatchObject({ status: 'consumed', consumedAt: T0 + 2 })
    })

    it('is voided with the passkey that gave it, or with the account', async () => {
      const by = credentialId()
      const row = await create({ status: 'approved', credentialId: by })
      const rest = [approval(row.accountId), approval(row.accountId, { status: 'approved', credentialId: credentialId() })]
      const done = approval(row.accountId, { status: 'consumed', credentialId: by })
      await write(stores, async tx => {
        for (const one of [...rest, done]) await tx.approvals.insert(one)
      })
      expect(await write(stores, tx => tx.approvals.voidAll(row.accountId, by))).toBe(1)
      expect((await stores.one.read.approvals.get(row.id))?.status).toBe('voided')
      expect(await write(stores, tx => tx.approvals.voidAll(row.accountId, null))).toBe(2)
      expect((await stores.one.read.approvals.get(done.id))?.status).toBe('consumed')
      expect(await write(stores, tx => tx.approvals.consume(row.id, row.accountId, row.detailsHash, T0))).toBe(false)
    })

    it('lists the newest of an account', async () => {
      const row = await create()
      const newer = approval(row.accountId, { createdAt: T0 + 1 })
      await write(stores, tx => tx.approvals.insert(newer))
      expect(await stores.one.read.approvals.list(row.accountId, 10)).toEqual([newer, row])
      expect(await stores.one.read.approvals.list(row.accountId, 1)).toEqual([newer])
    })
  })

  describe('payout addresses', () => {
    const find = (row: PayoutAddressRow, memo = row.memo) =>
      stores.one.read.payoutAddresses.find(row.accountId, row.asset, row.network, row.address, memo)

    it('is found by every part of it, the memo included', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const [plain, tagged] = [payoutAddress(id), payoutAddress(id, { memo: '42', createdAt: T0 + 1 })]
      await write(stores, tx => tx.payoutAddresses.insert(plain))
      expect(await find(plain, '42')).toBeNull()
      await write(stores, tx => tx.payoutAddresses.insert(tagged))
      expect(await find(plain)).toEqual(plain)
      expect(await find(tagged)).toEqual(tagged)
      expect(await find({ ...plain, network: 'lightning' })).toBeNull()
      expect(await find({ ...plain, accountId: accountId() })).toBeNull()
      expect(await stores.one.read.payoutAddresses.list(id)).toEqual([plain, tagged])
    })

    it('is removed once, by its own account', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const [row, kept] = [payoutAddress(id), payoutAddress(id, { address: 'bc1qother' })]
      for (const one of [row, kept]) await write(stores, tx => tx.payoutAddresses.insert(one))
      expect(await write(stores, tx => tx.payoutAddresses.remove(accountId(), row.id, T0))).toBe(false)
      expect(await winners(stores, tx => tx.payoutAddresses.remove(id, row.id, T0))).toBe(1)
      expect(await find(row)).toBeNull()
      expect(await stores.one.read.payoutAddresses.list(id)).toEqual([kept])
    })
  })
}
