import { describe, expect, it } from 'vitest'
import type { Passkey } from '../../domain/types.ts'
import {
  account,
  accountsWithPasskeys,
  accountWithPasskeys,
  change,
  credentialId,
  passkey,
  type Stores,
  T0,
  use,
  winners,
  write,
} from '../rows.fixture.ts'

export function passkeysContract(stores: Stores): void {
  const find = (one: Passkey) => stores.one.read.passkeys.find(one.id)

  describe('passkeys', () => {
    it('gives back the record as it was put in', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const row = passkey(id, { flags: ['counter', 'needs_first_use'], label: 'Läptop 🔑', attachment: null, createdVia: 'lesser' })
      await write(stores, tx => tx.passkeys.insert(row))
      expect(await find(row)).toEqual(row)
      expect(await stores.one.read.passkeys.find(credentialId())).toBeNull()
    })

    it('gives a sign-in the record, its account, and whether a change waits', async () => {
      const owner = await accountWithPasskeys(stores, 0)
      const row = passkey(owner.id, { flags: ['counter'], label: 'Läptop 🔑', lastUsedAt: T0, lastUsedIn: 'Safari', createdVia: 'lesser' })
      const [waiting, over] = [change(owner.id, { effectiveAt: T0 - 1 }), change(owner.id)]
      await write(stores, tx => tx.passkeys.insert(row))
      const { account: known } = (await stores.one.read.accounts.facts(owner.id))!
      const { id, userHandle, status, createdAt } = known
      const expected = { passkey: row, account: { id, userHandle, status, createdAt }, changeWaits: false }
      expect(await stores.two.read.passkeys.forSignIn(row.id)).toEqual(expected)
      await write(stores, async tx => {
        for (const one of [waiting, over]) await tx.changes.insert(one)
        await tx.changes.cancel(over.id, T0)
        await tx.accounts.update(owner.id, { status: 'frozen' })
      })
      const frozen = { ...expected.account, status: 'frozen' }
      expect(await stores.two.read.passkeys.forSignIn(row.id)).toEqual({ passkey: row, account: frozen, changeWaits: true })
      await write(stores, tx => tx.changes.markApplied(waiting.id, T0))
      expect((await stores.two.read.passkeys.forSignIn(row.id))?.changeWaits).toBe(false)
      expect(await stores.two.read.passkeys.forSignIn(credentialId())).toBeNull()
    })

    it('lists them oldest first', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 3)
      expect((await stores.one.read.accounts.facts(id))?.passkeys).toEqual(passkeys)
    })

    it('refuses an id that is known, whosever it is, removed ones included (INV-4)', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 1)
      const other = await accountWithPasskeys(stores, 0)
      await write(stores, tx => tx.passkeys.remove(id, passkeys[0]!.id, T0, 'trusted'))
      await write(stores, async tx => {
        await expect(tx.passkeys.insert(passkey(other.id, { id: passkeys[0]!.id }))).rejects.toMatchObject({ code: 'passkey_exists' })
        await tx.passkeys.insert(passkey(other.id))
      })
      expect((await stores.one.read.accounts.facts(other.id))?.passkeys).toHaveLength(1)
    })

    it('records a use', async () => {
      const { passkeys } = await accountWithPasskeys(stores, 2)
      expect(await write(stores, tx => tx.passkeys.recordUse(use(passkeys[0]!.id)))).toBe(true)
      const used = { signCount: 4_000_000_001, backupState: true, uvInitialized: true, lastUsedAt: T0 + 1, lastUsedIn: 'Chrome on Windows' }
      expect(await find(passkeys[0]!)).toEqual({ ...passkeys[0], ...used })
      expect(await find(passkeys[1]!)).toEqual(passkeys[1])
    })

    it('adds each flag once; a use of itself takes none away', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const row = passkey(id, { flags: ['needs_first_use'] })
      const record = (over: object) => write(stores, tx => tx.passkeys.recordUse(use(row.id, over)))
      await write(stores, tx => tx.passkeys.insert(row))
      await record({ userVerified: false, addFlags: ['counter'] })
      expect(await find(row)).toMatchObject({ flags: ['needs_first_use', 'counter'], uvInitialized: false })
      await record({ addFlags: ['counter'] })
      expect(await find(row)).toMatchObject({ flags: ['needs_first_use', 'counter'], uvInitialized: true })
      await record({ userVerified: false })
      expect(await find(row)).toMatchObject({ flags: ['needs_first_use', 'counter'], uvInitialized: true })
    })

    it('F9 begins the trust of one that was made silently once, of no other, and of none that is stopped', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const other = await accountWithPasskeys(stores, 0)
      const silent = passkey(id, { flags: ['counter', 'needs_first_use'], trustedAt: T0 })
      const plain = passkey(id, { flags: ['counter'], trustedAt: T0 })
      const stopped = passkey(id, { flags: ['needs_first_use'], trustedAt: T0, status: 'suspended', suspendedAt: T0 })
      for (const row of [silent, plain, stopped]) await write(stores, tx => tx.passkeys.insert(row))
      const first = (row: Passkey, owner = id) => write(stores, tx => tx.passkeys.firstUsed(owner, row.id, T0 + 99))
      expect(await first(silent, other.id)).toBe(false)
      expect(await winners(stores, tx => tx.passkeys.firstUsed(id, silent.id, T0 + 99))).toBe(1)
      expect([await first(plain), await first(stopped)]).toEqual([false, false])
      expect(await find(silent)).toEqual({ ...silent, flags: ['counter'], trustedAt: T0 + 99 })
      expect([await find(plain), await find(stopped)]).toEqual([plain, stopped])
    })

    it('goes from active to suspended and back, each step once', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 1)
      const key = passkeys[0]!
      expect(await winners(stores, tx => tx.passkeys.suspend(id, key.id, T0 + 1, 'lesser'))).toBe(1)
      expect(await find(key)).toMatchObject({ status: 'suspended', suspendedAt: T0 + 1, endedVia: 'lesser' })
      expect(await write(stores, tx => tx.passkeys.recordUse(use(key.id)))).toBe(false)
      expect(await winners(stores, tx => tx.passkeys.reactivate(id, key.id, T0 + 99))).toBe(1)
      expect(await find(key)).toEqual({ ...key, trustedAt: T0 + 99 })
    })

    it('has a clock that stands still while it is young, and goes on', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 4)
      const [young, ripe, suspended, foreign] = passkeys as [Passkey, Passkey, Passkey, Passkey]
      const other = (await accountWithPasskeys(stores, 1)).passkeys[0]!
      await write(stores, async tx => {
        for (const key of [young, suspended]) await tx.passkeys.startClock(id, key.id, T0 + 50)
        await tx.passkeys.startClock(id, ripe.id, T0 + 10)
        await tx.passkeys.startClock(id, foreign.id, T0 + 11)
        await tx.passkeys.startClock(other.accountId, other.id, T0 + 50)
        await tx.passkeys.suspend(id, suspended.id, T0, 'trusted')
        await tx.passkeys.stopClocks(id, T0 + 10)
      })
      const lefts = await Promise.all([young, ripe, suspended, foreign, other].map(async key => (await find(key))?.trustLeftMs))
      expect(lefts).toEqual([40, null, null, 1, null])
      expect((await stores.two.read.passkeys.forSignIn(young.id))?.passkey.trustLeftMs).toBe(40)
      expect(await write(stores, tx => tx.passkeys.startClock(other.accountId, young.id, T0 + 99))).toBe(false)
      expect(await write(stores, tx => tx.passkeys.startClock(id, young.id, T0 + 99))).toBe(true)
      expect(await find(young)).toEqual({ ...young, trustedAt: T0 + 99 })
    })

    it('has a clock that runs out later while it is young', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 4)
      const [young, ripe, suspended, still] = passkeys as [Passkey, Passkey, Passkey, Passkey]
      const other = (await accountWithPasskeys(stores, 1)).passkeys[0]!
      await write(stores, async tx => {
        await tx.passkeys.startClock(id, still.id, T0 + 50)
        await tx.passkeys.stopClocks(id, T0 + 10)
        for (const key of [young, suspended]) await tx.passkeys.startClock(id, key.id, T0 + 50)
        await tx.passkeys.startClock(id, ripe.id, T0 + 10)
        await tx.passkeys.startClock(other.accountId, other.id, T0 + 50)
        await tx.passkeys.suspend(id, suspended.id, T0, 'trusted')
        await tx.passkeys.delayClocks(id, 7, T0 + 10)
      })
      const times = await Promise.all([young, ripe, suspended, still, other].map(async key => (await find(key))?.trustedAt))
      expect(times).toEqual([T0 + 57, T0 + 10, T0 + 50, T0 + 50, T0 + 50])
    })

    it('is removed once, from active or suspended, and stays so', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 2)
      const [first, second] = passkeys as [Passkey, Passkey]
      await write(stores, tx => tx.passkeys.suspend(id, second.id, T0 + 1, 'two_steps'))
      expect(await winners(stores, tx => tx.passkeys.remove(id, first.id, T0 + 2, 'trusted'))).toBe(1)
      expect(await write(stores, tx => tx.passkeys.remove(id, second.id, T0 + 2, 'lesser'))).toBe(true)
      expect(await find(second)).toMatchObject({ status: 'removed', removedAt: T0 + 2, suspendedAt: T0 + 1, endedVia: 'lesser' })
      const late = await write(stores, async tx => [
        await tx.passkeys.rename(id, first.id, 'x'),
        await tx.passkeys.reviewed(id, first.id, T0),
        await tx.passkeys.suspend(id, first.id, T0, 'trusted'),
        await tx.passkeys.reactivate(id, first.id, T0),
        await tx.passkeys.recordUse(use(first.id)),
      ])
      expect(late).toEqual([false, false, false, false, false])
    })

    it('is renamed and reviewed', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 1)
      const key = passkeys[0]!
      expect(await write(stores, tx => tx.passkeys.rename(id, key.id, 'Work laptop'))).toBe(true)
      expect(await write(stores, tx => tx.passkeys.reviewed(id, key.id, T0 + 3))).toBe(true)
      expect(await find(key)).toEqual({ ...key, label: 'Work laptop', reviewedAt: T0 + 3 })
      await write(stores, tx => tx.passkeys.rename(id, key.id, null))
      expect(await find(key)).toMatchObject({ label: null })
    })

    it('obeys its own account only', async () => {
      const { passkeys } = await accountWithPasskeys(stores, 1)
      const [key, stranger] = [passkeys[0]!, account().id]
      const tries = await write(stores, async tx => [
        await tx.passkeys.rename(stranger, key.id, 'x'),
        await tx.passkeys.reviewed(stranger, key.id, T0),
        await tx.passkeys.suspend(stranger, key.id, T0, 'trusted'),
        await tx.passkeys.remove(stranger, key.id, T0, 'trusted'),
      ])
      expect(tries).toEqual([false, false, false, false])
      expect(await find(key)).toEqual(key)
    })

    it('counts those not removed and names the rp ids of active ones', async () => {
      const before = await stores.one.read.passkeys.countAll()
      const { id } = await accountWithPasskeys(stores, 2)
      const gone = passkey(id, { rpId: 'gone.example', status: 'removed' })
      await write(stores, tx => tx.passkeys.insert(gone))
      await write(stores, tx => tx.passkeys.insert(passkey(id, { rpId: 'other.example' })))
      expect(await stores.one.read.passkeys.countAll()).toBe(before + 3)
      const ids = await stores.one.read.passkeys.rpIds()
      expect(ids).toEqual(expect.arrayContaining(['example.com', 'other.example']))
      expect(ids).not.toContain('gone.example')
    })

    it('never falls below one in 300 races, where the rule is checked again under the lock', async () => {
      const left: number[] = []
      for (let round = 0; round < 15; round++) {
        const accounts = await accountsWithPasskeys(stores, 20, 2)
        await Promise.all(accounts.flatMap(one => one.passkeys.map((key, i) => removeUnlessLast(i ? stores.two : stores.one, key))))
        for (const one of accounts)
          left.push((await stores.one.read.accounts.facts(one.id))!.passkeys.filter(p => p.status === 'active').length)
      }
      expect(left).toEqual(Array.from({ length: 300 }, () => 1))
    })
  })
}

const removeUnlessLast = (store: Stores['one'], key: Passkey): Promise<boolean> =>
  store.transaction(async tx => {
    const facts = await tx.accounts.lock(key.accountId)
    if (facts!.passkeys.filter(p => p.status === 'active').length < 2) return false
    return tx.passkeys.remove(key.accountId, key.id, T0, 'trusted')
  })
