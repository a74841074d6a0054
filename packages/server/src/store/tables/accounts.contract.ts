import { describe, expect, it } from 'vitest'
import type { AccountId, Identifier } from '../../domain/types.ts'
import { respellIdentifiers, type Unspelled } from '../respell.ts'
import {
  account,
  accountWithPasskeys,
  approval,
  authenticator,
  change,
  HOUR,
  identifier,
  passkey,
  recoveryCode,
  type Stores,
  signUp,
  T0,
  uid,
  winners,
  write,
} from '../rows.fixture.ts'

export function accountsContract(stores: Stores): void {
  describe('accounts', () => {
    it('are paged in the order of their ids, without closed ones', async () => {
      const rows = [account(), account(), account({ status: 'closed' }), account()]
      await write(stores, async tx => {
        for (const row of rows) await tx.accounts.insert(row)
      })
      const all: string[] = []
      for (let last = '' as AccountId; ; ) {
        const page = await stores.two.read.accounts.page(last, 2)
        all.push(...page.map(facts => facts.account.id))
        expect(page.length).toBeLessThan(3)
        const end = page.at(-1)
        if (!end) break
        last = end.account.id
      }
      expect(all).toEqual([...all].sort())
      expect(rows.map(({ id }) => all.includes(id))).toEqual([true, true, false, true])
    })

    it('gives back the account as it was put in', async () => {
      const row = account({
        pauseReasons: [{ reason: 'recovery', until: T0 + 2 }],
        lockedUntil: T0 + 1,
        lockScope: 'money',
        moneyPausedUntil: T0 + 2,
      })
      await write(stores, tx => tx.accounts.insert(row))
      expect((await stores.one.read.accounts.facts(row.id))?.account).toEqual(row)
      expect(await stores.two.read.accounts.findByUserHandle(row.userHandle)).toBe(row.id)
    })

    it('knows nothing of unknown accounts', async () => {
      expect(await stores.one.read.accounts.facts(account().id)).toBeNull()
      expect(await stores.one.read.accounts.findByUserHandle(new Uint8Array(64))).toBeNull()
      expect(await write(stores, tx => tx.accounts.lock(account().id))).toBeNull()
    })

    it('gathers everything that rules ask about, of this account alone', async () => {
      const row = account()
      const { id: other } = await accountWithPasskeys(stores, 1)
      const theirs = authenticator(other, { kind: 'recovery_codes', createdAt: T0 + 1 })
      await write(stores, async tx => {
        await tx.identifiers.insert(identifier(other))
        await tx.authenticators.insert(theirs)
        await tx.authenticators.insertRecoveryCodes([recoveryCode(other, theirs.id)])
        await tx.changes.insert(change(other))
      })
      const old = identifier(row.id, { createdAt: T0 - 2, supersededAt: T0 })
      const now = identifier(row.id, { createdAt: T0 - 1 })
      const phone = identifier(row.id, { kind: 'phone', value: '+4915112345678', createdAt: T0 })
      const keys = [passkey(row.id, { createdAt: T0 - 9 }), passkey(row.id, { status: 'removed', removedAt: T0, endedVia: 'lesser' })]
      const password = authenticator(row.id, { kind: 'password', status: 'must_change', data: { hash: 'x', changedAt: T0 - 5 } })
      const totp = authenticator(row.id, { lastUsedAt: T0 - 7 })
      const set = authenticator(row.id, { kind: 'recovery_codes', data: { savedAt: T0 - 3 } })
      const notInForce = (['pending', 'removed'] as const).map(status => authenticator(row.id, { status, createdAt: T0 + 1 }))
      const waiting = change(row.id)
      await write(stores, async tx => {
        await tx.accounts.insert(row)
        for (const one of [phone, now, old]) await tx.identifiers.insert(one)
        for (const one of keys) await tx.passkeys.insert(one)
        for (const one of [password, totp, set, ...notInForce]) await tx.authenticators.insert(one)
        await tx.authenticators.insertRecoveryCodes([recoveryCode(row.id, set.id), recoveryCode(row.id, set.id, { usedAt: T0 })])
        for (const one of [waiting, change(row.id, { cancelledAt: T0 }), change(row.id, { appliedAt: T0 })]) await tx.changes.insert(one)
      })
      const expected = {
        account: row,
        identifiers: [old, now, phone],
        passkeys: keys,
        password: { id: password.id, changedAt: T0 - 5, mustChange: true },
        totp: { id: totp.id, createdAt: T0, lastUsedAt: T0 - 7 },
        recoveryCodes: { id: set.id, createdAt: T0, madeIn: set.sessionId, left: 1, savedAt: T0 - 3 },
        pending: [waiting],
      }
      expect(await stores.one.read.accounts.facts(row.id)).toEqual(expected)
      expect(await write(stores, tx => tx.accounts.lock(row.id))).toEqual(expected)
    })

    it('takes the times of a factor from its row where its data has none', async () => {
      const row = account()
      await write(stores, async tx => {
        await tx.accounts.insert(row)
        await tx.authenticators.insert(authenticator(row.id, { kind: 'password', data: { hash: 'x' } }))
        await tx.authenticators.insert(authenticator(row.id, { kind: 'recovery_codes', data: {} }))
      })
      const facts = await stores.one.read.accounts.facts(row.id)
      expect(facts?.password).toMatchObject({ changedAt: T0, mustChange: false })
      expect(facts?.recoveryCodes).toMatchObject({ left: 0, savedAt: null })
    })

    it('changes what it is told and nothing else', async () => {
      const [row, other] = [account(), account()]
      const pauseReasons = ['a', 'b'].map(reason => ({ reason, until: T0 }))
      await write(stores, async tx => {
        for (const one of [row, other]) await tx.accounts.insert(one)
        await tx.accounts.update(row.id, { status: 'frozen', frozenAt: T0 + 5 })
        await tx.accounts.update(row.id, { passkeyFirst: false, pauseReasons, lockScope: 'both', lockedUntil: 7 })
        await tx.accounts.update(row.id, {})
      })
      const changed = {
        status: 'frozen',
        frozenAt: T0 + 5,
        passkeyFirst: false,
        pauseReasons,
        lockScope: 'both',
        lockedUntil: 7,
      }
      expect((await stores.one.read.accounts.facts(row.id))?.account).toEqual({ ...row, ...changed })
      expect((await stores.one.read.accounts.facts(other.id))?.account).toEqual(other)
    })

    it('never shortens a pause of money, and keeps each reason once', async () => {
      const row = account()
      const { id: other } = await accountWithPasskeys(stores, 0)
      await write(stores, tx => tx.accounts.insert(row))
      const pause = (until: number, reason: string) => stores.two.transaction(tx => tx.accounts.pauseMoney(row.id, until, reason, T0 - 1))
      await pause(T0 + 2 * HOUR, 'recovery')
      await Promise.all([pause(T0 + HOUR, 'password'), pause(T0 + HOUR, 'email'), pause(T0, 'recovery')])
      const facts = await stores.one.read.accounts.facts(row.id)
      expect(facts?.account.moneyPausedUntil).toBe(T0 + 2 * HOUR)
      expect(Object.fromEntries(facts!.account.pauseReasons.map(({ reason, until }) => [reason, until - T0]))).toEqual({
        recovery: 2 * HOUR,
        password: HOUR,
        email: HOUR,
      })
      expect((await stores.one.read.accounts.facts(other))?.account).toMatchObject({ moneyPausedUntil: null, pauseReasons: [] })
    })

    it('forgets reasons whose own time is over, and names the newest last', async () => {
      const row = account()
      await write(stores, tx => tx.accounts.insert(row))
      const pause = (until: number, reason: string, now: number) => write(stores, tx => tx.accounts.pauseMoney(row.id, until, reason, now))
      await pause(T0 + 1, 'password', T0)
      await pause(T0 + 9, 'recovery', T0)
      await pause(T0 + 5, 'email', T0 + 1)
      const { account: paused } = (await stores.one.read.accounts.facts(row.id))!
      expect(paused.pauseReasons).toEqual([
        { reason: 'recovery', until: T0 + 9 },
        { reason: 'email', until: T0 + 5 },
      ])
      expect(paused.moneyPausedUntil).toBe(T0 + 9)
    })

    it('counts accounts', async () => {
      const before = await stores.one.read.accounts.count()
      await accountWithPasskeys(stores, 0)
      expect(await stores.one.read.accounts.count()).toBe(before + 1)
    })

    it('refuses rows of an account that does not exist', async () => {
      const orphan = account().id
      await expect(write(stores, tx => tx.passkeys.insert(passkey(orphan)))).rejects.toThrow()
      await expect(write(stores, tx => tx.approvals.insert(approval(orphan)))).rejects.toThrow()
    })
  })

  describe('sign-ups', () => {
    it('keeps a sign-up until it is taken, and lets one take it', async () => {
      const [other, row] = [signUp(), signUp()]
      for (const one of [other, row]) await write(stores, tx => tx.signUps.insert(one))
      await write(stores, tx => tx.signUps.verify(row.id, T0 + 1))
      await write(stores, tx => tx.signUps.verify(row.id, T0 + 2))
      expect(await stores.one.read.signUps.find(row.id)).toEqual({ ...row, verifiedAt: T0 + 1 })
      expect(await winners(stores, tx => tx.signUps.take(row.id, T0 + 3))).toBe(1)
      expect(await stores.one.read.signUps.find(row.id)).toBeNull()
      expect(await stores.one.read.signUps.find(other.id)).toEqual(other)
    })

    it('gives out no expired sign-up', async () => {
      const row = signUp()
      await write(stores, tx => tx.signUps.insert(row))
      expect(await write(stores, tx => tx.signUps.take(row.id, row.expiresAt))).toBeNull()
    })
  })

  describe('identifiers', () => {
    it('finds the account by address, by kind and exact value', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const row = identifier(id)
      await write(stores, tx => tx.identifiers.insert(row))
      expect(await stores.two.read.identifiers.find('email', row.value)).toEqual(row)
      expect(await stores.one.read.identifiers.find('phone', row.value)).toBeNull()
      expect(await stores.one.read.identifiers.find('email', `x${row.value}`)).toBeNull()
    })

    it('refuses an address that another account holds, and the transaction may go on', async () => {
      const [first, second] = [await accountWithPasskeys(stores, 0), await accountWithPasskeys(stores, 0)]
      const row = identifier(first.id)
      await write(stores, tx => tx.identifiers.insert(row))
      const other = identifier(second.id)
      await write(stores, async tx => {
        await expect(tx.identifiers.insert({ ...other, value: row.value })).rejects.toMatchObject({ code: 'identifier_taken' })
        await tx.identifiers.insert(other)
      })
      expect((await stores.one.read.identifiers.find('email', other.value))?.accountId).toBe(second.id)
    })

    it('frees a superseded address for others', async () => {
      const [first, second] = [await accountWithPasskeys(stores, 0), await accountWithPasskeys(stores, 0)]
      const [row, kept] = [identifier(first.id), identifier(second.id)]
      for (const one of [row, kept]) await write(stores, tx => tx.identifiers.insert(one))
      await write(stores, tx => tx.identifiers.supersede(row.id, T0 + 9))
      await write(stores, tx => tx.identifiers.supersede(row.id, T0 + 10))
      expect(await stores.one.read.identifiers.find('email', row.value)).toBeNull()
      await write(stores, tx => tx.identifiers.insert({ ...row, id: uid(), accountId: second.id }))
      expect((await stores.one.read.identifiers.find('email', row.value))?.accountId).toBe(second.id)
      expect((await stores.one.read.accounts.facts(first.id))?.identifiers).toEqual([{ ...row, supersededAt: T0 + 9 }])
      expect(await stores.one.read.identifiers.find('email', kept.value)).toEqual(kept)
    })

    it('pages through the addresses in use, in the order of their ids', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const rows = ['a', 'b', 'c', 'd'].map(last => identifier(id, { id: `~${last}` }))
      for (const row of rows) await write(stores, tx => tx.identifiers.insert(row))
      await write(stores, tx => tx.identifiers.supersede('~c', T0))
      expect(await stores.two.read.identifiers.listInUse('~', 2)).toEqual([rows[0], rows[1]])
      expect(await stores.two.read.identifiers.listInUse('~b', 2)).toEqual([rows[3]])
    })

    it('ID-2: what is stored is the one spelling, whoever wrote it', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const row = identifier(id, { value: 'ID2-Insert@Bücher.example' })
      await write(stores, tx => tx.identifiers.insert(row))
      expect(await stores.two.read.identifiers.find('email', 'id2-insert@xn--bcher-kva.example')).toMatchObject({ id: row.id })
      const other = identifier(id, { value: 'id2-insert@xn--bcher-kva.example' })
      await write(stores, tx => expect(tx.identifiers.insert(other)).rejects.toMatchObject({ code: 'identifier_taken' }))
    })

    it('ID-1, ID-2: rows of older rules get their one spelling; what collides is told and left as it is', async () => {
      const legacy = async (value: string): Promise<Identifier> => {
        const { id } = await accountWithPasskeys(stores, 0)
        const row = identifier(id)
        await write(stores, tx => tx.identifiers.insert(row))
        expect(await write(stores, tx => tx.identifiers.respell(row, value))).toBe(true)
        return { ...row, value }
      }
      const alone = await legacy('id2-alone@bücher.example')
      const twin = await legacy('id2-twin@bücher.example')
      const holder = await legacy('id2-twin@xn--bcher-kva.example')
      const hidden = await legacy('id1-hi\u200bdden@example.com')
      const gone = await legacy('id2-gone@bücher.example')
      const heir = await legacy('id2-heir@bücher.example')
      const past = await legacy('id2-heir@xn--bcher-kva.example')
      for (const { id } of [gone, past]) await write(stores, tx => tx.identifiers.supersede(id, T0))
      const mine = new Set([alone, twin, holder, hidden, gone, heir].map(row => row.accountId))
      const run = async (again: boolean) => (await respellIdentifiers(stores.one, again)).filter(({ accountId }) => mine.has(accountId))
      const told = [
        { accountId: twin.accountId, takenBy: holder.accountId, masked: 'i•••@bücher.example' },
        { accountId: hidden.accountId, takenBy: null, masked: 'i•••@example.com' },
      ]
      const byAccount = (rows: Unspelled[]) => rows.toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1))
      expect(byAccount(await run(true))).toEqual(byAccount(told))
      expect((await stores.two.read.identifiers.find('email', 'id2-alone@xn--bcher-kva.example'))?.accountId).toBe(alone.accountId)
      expect((await stores.two.read.identifiers.find('email', past.value))?.accountId).toBe(heir.accountId)
      expect((await stores.two.read.identifiers.find('email', holder.value))?.accountId).toBe(holder.accountId)
      for (const kept of [twin, hidden, { ...gone, supersededAt: T0 }])
        expect((await stores.two.read.accounts.facts(kept.accountId))?.identifiers).toEqual([kept])
      expect(await run(false)).toEqual([])
      expect(byAccount(await run(true))).toEqual(byAccount(told))
    })

    it('gives an address to one of eight who ask at once', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const { value } = identifier(id)
      const won = await winners(stores, tx =>
        tx.identifiers.insert(identifier(id, { value })).then(
          () => true,
          () => false,
        ),
      )
      expect(won).toBe(1)
    })
  })
}
