import { describe, expect, it } from 'vitest'
import type { AccountId } from '../../domain/types.ts'
import { accountWithPasskeys, authenticator, recoveryCode, type Stores, T0, uid, winners, write } from '../rows.fixture.ts'
import type { AuthenticatorRow } from '../store.ts'

export function authenticatorsContract(stores: Stores): void {
  const insert = async (over: Partial<AuthenticatorRow> = {}): Promise<AuthenticatorRow> => {
    const { id } = await accountWithPasskeys(stores, 0)
    const row = authenticator(id, over)
    await write(stores, tx => tx.authenticators.insert(row))
    return row
  }
  const find = (id: AccountId, kind: AuthenticatorRow['kind'], status: AuthenticatorRow['status'] = 'active') =>
    stores.one.read.authenticators.find(id, kind, status)

  describe('authenticators', () => {
    it('gives back the row, its data included', async () => {
      await insert({ createdAt: T0 + 1 })
      const row = await insert({ data: { secret: 'JBSW', nested: { list: [1, 'ü'] } }, sessionId: null, expiresAt: T0 + 5 })
      expect(await find(row.accountId, 'totp')).toEqual(row)
      expect(await find(row.accountId, 'password')).toBeNull()
      expect(await find(row.accountId, 'totp', 'pending')).toBeNull()
    })

    it('finds the newest of a kind', async () => {
      const row = await insert({ status: 'pending' })
      const newer = { ...row, id: uid(), createdAt: T0 + 1 }
      await write(stores, tx => tx.authenticators.insert(newer))
      expect((await find(row.accountId, 'totp', 'pending'))?.id).toBe(newer.id)
    })

    it('changes status and data, of its own row', async () => {
      const [row, other] = [await insert({ status: 'pending' }), await insert({ status: 'pending' })]
      await write(stores, tx => tx.authenticators.setStatus(row.id, 'active'))
      await write(stores, tx => tx.authenticators.setData(row.id, { other: true }))
      expect(await find(row.accountId, 'totp')).toEqual({ ...row, status: 'active', data: { other: true } })
      expect(await find(other.accountId, 'totp', 'pending')).toEqual(other)
    })

    it('drops unfinished set-ups and keeps the rest until they can be given back no more, and nobody else’s', async () => {
      const [theirs, pending] = [await insert(), await insert({ status: 'pending' })]
      const active = authenticator(pending.accountId)
      await write(stores, tx => tx.authenticators.insert(active))
      await write(stores, tx => tx.authenticators.removeAll(pending.accountId, 'totp', 'pending'))
      expect(await find(pending.accountId, 'totp', 'pending')).toBeNull()
      expect((await find(pending.accountId, 'totp'))?.id).toBe(active.id)
      await write(stores, tx => tx.authenticators.removeAll(pending.accountId, 'totp', 'active', T0 + 8))
      expect(await find(pending.accountId, 'totp', 'removed')).toEqual({ ...active, status: 'removed', expiresAt: T0 + 8 })
      expect(await find(theirs.accountId, 'totp')).toEqual(theirs)
    })

    it('gives a removed one back, of its own account, once', async () => {
      const row = await insert()
      const restore = (id: string): Promise<boolean> => write(stores, tx => tx.authenticators.restore(id, 'must_change'))
      expect(await restore(row.id)).toBe(false)
      await write(stores, tx => tx.authenticators.removeAll(row.accountId, 'totp', 'active', T0 + 9))
      expect(await stores.one.read.authenticators.get(row.accountId, row.id)).toEqual({ ...row, status: 'removed', expiresAt: T0 + 9 })
      expect(await stores.one.read.authenticators.get((await insert()).accountId, row.id)).toBeNull()
      expect([await restore(row.id), await restore(row.id), await restore('none')]).toEqual([true, false, false])
      expect(await find(row.accountId, 'totp', 'must_change')).toEqual({ ...row, status: 'must_change' })
    })

    it('accepts a TOTP step once, and none before it (INV-5)', async () => {
      const [other, row] = [await insert(), await insert()]
      const step = (n: number) => write(stores, tx => tx.authenticators.useTotpStep(row.id, n, T0 + n, 'active'))
      expect(await winners(stores, tx => tx.authenticators.useTotpStep(row.id, 100, T0, 'active'))).toBe(1)
      expect([await step(100), await step(99), await step(101), await step(101)]).toEqual([false, false, true, false])
      expect((await find(row.accountId, 'totp'))?.lastUsedAt).toBe(T0 + 101)
      expect(await find(other.accountId, 'totp')).toEqual(other)
    })

    it('accepts no step of a removed authenticator', async () => {
      const row = await insert({ status: 'removed' })
      expect(await write(stores, tx => tx.authenticators.useTotpStep(row.id, 1, T0, 'active'))).toBe(false)
      // but where that is what was asked for
      expect(await write(stores, tx => tx.authenticators.useTotpStep(row.id, 1, T0, 'removed'))).toBe(true)
    })

    it('finds recovery codes by prefix and lets one use each', async () => {
      const set = await insert({ kind: 'recovery_codes', data: {} })
      const codes = [recoveryCode(set.accountId, set.id), recoveryCode(set.accountId, set.id, { prefix: 'XYZ' })]
      await write(stores, tx => tx.authenticators.insertRecoveryCodes(codes))
      await write(stores, tx => tx.authenticators.insertRecoveryCodes([]))
      expect(await stores.one.read.authenticators.findRecoveryCodes(set.id, 'ABC')).toEqual([codes[0]])
      expect(await winners(stores, tx => tx.authenticators.useRecoveryCode(codes[0]!.id, T0 + 4))).toBe(1)
      expect(await stores.one.read.authenticators.findRecoveryCodes(set.id, 'ABC')).toEqual([{ ...codes[0], usedAt: T0 + 4 }])
      expect((await stores.one.read.accounts.facts(set.accountId))?.recoveryCodes?.left).toBe(1)
    })

    it('tells whether a code in force has a slow hash', async () => {
      const slow = (): Promise<boolean> => stores.two.read.authenticators.hasSlowRecoveryCodes()
      const before = await slow()
      const set = await insert({ kind: 'recovery_codes', data: {} })
      const row = recoveryCode(set.accountId, set.id, { hash: '$argon2id$v=19$…' })
      await write(stores, tx => tx.authenticators.insertRecoveryCodes([row, recoveryCode(set.accountId, set.id)]))
      expect([before, await slow()]).toEqual([false, true])
      await write(stores, tx => tx.authenticators.useRecoveryCode(row.id, T0))
      expect(await slow()).toBe(false)
    })

    it('takes no slow hash of a replaced set for one in force, whatever else is active', async () => {
      const replaced = await insert({ kind: 'recovery_codes', data: {} })
      const code = recoveryCode(replaced.accountId, replaced.id, { hash: '$argon2id$v=19$…' })
      await write(stores, tx => tx.authenticators.insertRecoveryCodes([code]))
      await write(stores, tx => tx.authenticators.setStatus(replaced.id, 'removed'))
      await insert()
      expect(await stores.two.read.authenticators.hasSlowRecoveryCodes()).toBe(false)
    })

    it('pages through the codes that nobody used, in the order of their ids', async () => {
      const set = await insert({ kind: 'recovery_codes', data: {} })
      const rows = ['a', 'b', 'c', 'd'].map(last => recoveryCode(set.accountId, set.id, { id: `~${last}` }))
      await write(stores, tx => tx.authenticators.insertRecoveryCodes(rows))
      await write(stores, tx => tx.authenticators.useRecoveryCode('~c', T0))
      const page = async (after: string) => (await stores.two.read.authenticators.pageRecoveryCodes(after, 2)).map(({ id }) => id)
      expect([await page('~'), await page('~b')]).toEqual([['~a', '~b'], ['~d']])
    })

    it('uses no code of a set that was replaced', async () => {
      const set = await insert({ kind: 'recovery_codes', data: {} })
      const row = recoveryCode(set.accountId, set.id)
      await write(stores, tx => tx.authenticators.insertRecoveryCodes([row]))
      await write(stores, tx => tx.authenticators.setStatus(set.id, 'removed'))
      expect(await write(stores, tx => tx.authenticators.useRecoveryCode(row.id, T0))).toBe(false)
      expect(await write(stores, tx => tx.authenticators.useRecoveryCode(row.id, T0, 'removed'))).toBe(true)
    })
  })
}
