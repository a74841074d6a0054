import { describe, expect, it } from 'vitest'
import {
  account,
  accountWithPasskeys,
  approval,
  authenticator,
  change,
  code,
  event,
  evidence,
  freezeLink,
  grant,
  identifier,
  message,
  preSession,
  recoveryCode,
  type Stores,
  session,
  sessionId,
  signUp,
  T0,
  uid,
  write,
} from './rows.fixture.ts'
import type { Purge, Tables } from './store.ts'

type Group = { [Name in keyof Tables]: Tables[Name] extends { purge: Purge } ? Name : never }[keyof Tables]

/** Other contracts write at `T0` and later; what is over here was over long before. */
const LONG_AGO = T0 - 1_000_000
const BEFORE = LONG_AGO + 1_000

export function purgeContract(stores: Stores): void {
  /** What is over since `LONG_AGO` was not over before it: not a moment too early. */
  const purge = async (group: Group, before = BEFORE, limit = 1_000): Promise<number> => {
    expect(await write(stores, tx => tx[group].purge(LONG_AGO, limit))).toBe(0)
    return write(stores, tx => tx[group].purge(before, limit))
  }
  const owner = async () => (await accountWithPasskeys(stores, 1)).id
  const { read } = { read: <T>(work: (tables: Tables) => Promise<T>) => work(stores.two.read) }

  describe('purging', () => {
    it('takes links that freeze by when they were made, used or not', async () => {
      const id = await owner()
      const rows = [
        freezeLink(id, { createdAt: LONG_AGO }),
        freezeLink(id, { createdAt: LONG_AGO, usedAt: T0 }),
        freezeLink(id, { createdAt: BEFORE }),
      ]
      await write(stores, async tx => {
        for (const row of rows) await tx.freezeLinks.insert(row)
      })
      expect(await purge('freezeLinks')).toBe(2)
      expect(await read(t => t.freezeLinks.find(rows[2]!.id))).toEqual(rows[2])
    })

    it('takes sessions that ended or expired, with their evidence, and no live one', async () => {
      const id = await owner()
      const old = { createdAt: LONG_AGO - 5, expiresAt: T0 + 9_000_000 }
      const [ended, expired, live, late] = [
        session(id, old),
        session(id, { ...old, expiresAt: LONG_AGO }),
        session(id, old),
        // signed out of long after it had expired: kept for as long as any that ended then
        session(id, { ...old, expiresAt: LONG_AGO }),
      ]
      await write(stores, async tx => {
        for (const row of [ended, expired, live, late]) await tx.sessions.insert(row)
        await tx.sessions.end(id, ended.id, LONG_AGO, 'sign_out')
        await tx.sessions.end(id, late.id, BEFORE, 'sign_out')
      })
      expect(await purge('sessions')).toBe(2)
      const left = await Promise.all([ended, expired, live, late].map(row => read(t => t.sessions.get(row.id))))
      expect(left.map(row => row?.id)).toEqual([undefined, undefined, live.id, late.id])
      expect(left[2]?.evidence).toHaveLength(1)
    })

    it('takes a few at a time', async () => {
      const id = await owner()
      await write(stores, async tx => {
        for (let i = 0; i < 5; i++) await tx.sessions.insert(session(id, { expiresAt: LONG_AGO }))
      })
      expect([await purge('sessions', BEFORE, 3), await purge('sessions', BEFORE, 3), await purge('sessions', BEFORE, 3)]).toEqual([
        3, 2, 0,
      ])
    })

    it('is done by two nodes at once without either taking a row twice', async () => {
      const id = await owner()
      await write(stores, async tx => {
        for (let i = 0; i < 20; i++) await tx.sessions.insert(session(id, { expiresAt: LONG_AGO }))
      })
      const turns = Array.from({ length: 6 }, (_, i) => (i % 2 ? stores.two : stores.one).transaction(tx => tx.sessions.purge(BEFORE, 10)))
      const gone = (await Promise.all(turns)).reduce((sum, count) => sum + count)
      expect(gone + (await purge('sessions'))).toBe(20)
    })

    it('takes pre-sessions and sign-ups that nobody finished', async () => {
      const [old, young] = [preSession({ expiresAt: LONG_AGO, evidence: [evidence()] }), preSession()]
      const [oldSignUp, youngSignUp] = [signUp({ expiresAt: LONG_AGO }), signUp()]
      await write(stores, async tx => {
        for (const row of [old, young]) await tx.preSessions.put(row)
        for (const row of [oldSignUp, youngSignUp]) await tx.signUps.insert(row)
      })
      expect([await purge('preSessions'), await purge('signUps')]).toEqual([1, 1])
      expect([await read(t => t.preSessions.find(old.id, 0)), await read(t => t.signUps.find(oldSignUp.id))]).toEqual([null, null])
      expect((await read(t => t.preSessions.find(young.id, T0)))?.id).toBe(young.id)
      expect((await read(t => t.signUps.find(youngSignUp.id)))?.id).toBe(youngSignUp.id)
    })

    it('takes grants, codes and challenges that expired, used or not', async () => {
      const mine = sessionId()
      const rows = [LONG_AGO, LONG_AGO, T0 + 1].map(expiresAt => ({
        grant: grant({ expiresAt, sessionId: mine }),
        code: code({ expiresAt }),
      }))
      const challenges = [uid(), uid()]
      await write(stores, async tx => {
        for (const row of rows) await tx.grants.insert(row.grant)
        for (const row of rows) await tx.codes.issue(row.code)
        await tx.grants.consume(rows[0]!.grant.id, LONG_AGO - 1)
        await tx.codes.consume(rows[0]!.code.id, LONG_AGO - 1)
        await tx.challenges.spend(challenges[0]!, LONG_AGO)
        await tx.challenges.spend(challenges[1]!, T0)
      })
      expect([await purge('grants'), await purge('codes'), await purge('challenges')]).toEqual([2, 2, 1])
      expect((await read(t => t.grants.find(mine, 'passkey.remove', null, T0)))?.id).toBe(rows[2]!.grant.id)
      expect((await read(t => t.codes.findLive(rows[2]!.code.owner, 'step_up', T0)))?.id).toBe(rows[2]!.code.id)
      expect(await write(stores, tx => tx.challenges.spend(challenges[1]!, T0))).toBe(false)
    })

    it('takes set-ups that were never finished, and no authenticator that is in force or was', async () => {
      const id = await owner()
      const pending = authenticator(id, { status: 'pending', expiresAt: LONG_AGO })
      const active = authenticator(id, { kind: 'password', expiresAt: LONG_AGO })
      await write(stores, async tx => {
        for (const row of [pending, active]) await tx.authenticators.insert(row)
      })
      expect(await purge('authenticators')).toBe(1)
      expect(await read(t => t.authenticators.find(id, 'totp', 'pending'))).toBeNull()
      expect((await read(t => t.authenticators.find(id, 'password', 'active')))?.id).toBe(active.id)
    })

    it('takes what was removed once nobody can have it given back, with its codes', async () => {
      const id = await owner()
      const [old, kept] = [0, 1].map(() => authenticator(id, { kind: 'recovery_codes' }))
      await write(stores, async tx => {
        await tx.authenticators.insert(old!)
        await tx.authenticators.insertRecoveryCodes([recoveryCode(id, old!.id)])
        await tx.authenticators.removeAll(id, 'recovery_codes', 'active', LONG_AGO)
        await tx.authenticators.insert(kept!)
        await tx.authenticators.insertRecoveryCodes([recoveryCode(id, kept!.id)])
        await tx.authenticators.removeAll(id, 'recovery_codes', 'active', T0 + 9)
      })
      expect(await purge('authenticators')).toBe(1)
      const left = (set: string): Promise<number> => read(async t => (await t.authenticators.findRecoveryCodes(set, 'ABC')).length)
      expect([await left(old!.id), await left(kept!.id)]).toEqual([0, 1])
    })

    it('takes changes that are over and never one that waits; addresses that were replaced long ago', async () => {
      const id = await owner()
      const rows = [1, 2, 3].map(() => change(id, { askedAt: LONG_AGO, effectiveAt: LONG_AGO }))
      const addresses = [1, 2, 3].map(() => identifier(id))
      await write(stores, async tx => {
        for (const row of rows) await tx.changes.insert(row)
        for (const row of addresses) await tx.identifiers.insert(row)
        await tx.changes.cancel(rows[0]!.id, LONG_AGO)
        await tx.changes.markApplied(rows[1]!.id, LONG_AGO)
        await tx.identifiers.supersede(addresses[0]!.id, LONG_AGO)
        await tx.identifiers.supersede(addresses[1]!.id, BEFORE)
      })
      expect([await purge('changes'), await purge('identifiers')]).toEqual([2, 1])
      const facts = await read(t => t.accounts.facts(id))
      expect(facts?.pending.map(row => row.id)).toEqual([rows[2]!.id])
      expect(new Set(facts?.identifiers.map(row => row.id))).toEqual(new Set([addresses[1]!.id, addresses[2]!.id]))
    })

    it('takes approvals that nobody decided; what was signed stays', async () => {
      const id = await owner()
      const rows = [approval(id, { expiresAt: LONG_AGO }), approval(id, { expiresAt: LONG_AGO }), approval(id)]
      const decision = {
        status: 'approved',
        at: LONG_AGO - 1,
        decidedIn: 'Chrome',
        method: 'passkey',
        credentialId: null,
        proof: '{}',
      } as const
      await write(stores, async tx => {
        for (const row of rows) await tx.approvals.insert(row)
        await tx.approvals.decide(rows[1]!.id, rows[1]!.detailsHash, decision)
      })
      expect(await purge('approvals')).toBe(1)
      const left = await read(t => t.approvals.list(id, 9))
      expect(new Set(left.map(row => row.id))).toEqual(new Set([rows[1]!.id, rows[2]!.id]))
    })

    it('takes messages that are sent or given up, and none that waits', async () => {
      const [sent, dead, waiting] = [1, 2, 3].map(() => message({ createdAt: LONG_AGO }))
      const pending = await read(t => t.outbox.pending())
      await write(stores, async tx => {
        for (const row of [sent!, dead!, waiting!]) await tx.outbox.insert(row)
        await tx.outbox.sent(sent!.id, LONG_AGO)
        await tx.outbox.failed(dead!.id, null, 'smtp 550')
      })
      expect(await purge('outbox')).toBe(2)
      expect(await read(t => t.outbox.pending())).toBe(pending + 1)
      await write(stores, tx => tx.outbox.sent(waiting!.id, T0))
    })

    it('takes what the development inbox showed long ago', async () => {
      const shown = (sentAt: number) => ({
        ...({ id: uid(), channel: 'email', to: 'a@example.com', subject: 'Code', text: 'Your code', html: null } as const),
        sentAt,
      })
      const [old, young] = [shown(LONG_AGO), shown(T0)]
      await write(stores, async tx => {
        for (const row of [old, young]) await tx.inbox.insert(row)
      })
      expect(await purge('inbox')).toBe(1)
      expect((await read(t => t.inbox.list(1_000))).map(row => row.id)).toContain(young.id)
    })

    it('leaves events and removed passkeys alone (INV-4)', async () => {
      const { id, passkeys } = await accountWithPasskeys(stores, 1)
      await write(stores, async tx => {
        await tx.passkeys.remove(id, passkeys[0]!.id, LONG_AGO, 'trusted')
        await tx.events.insert(event({ accountId: id, at: LONG_AGO }))
      })
      for (const group of ['sessions', 'changes', 'identifiers', 'authenticators'] as const) await purge(group)
      expect(await read(t => t.events.list(id, null, 9))).toHaveLength(1)
      await expect(write(stores, tx => tx.accounts.insert(account()).then(() => tx.passkeys.insert(passkeys[0]!)))).rejects.toThrow()
    })
  })
}
