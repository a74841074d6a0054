import { describe, expect, it } from 'vitest'
import { endsWithPasskey } from '../domain/evidence.ts'
import type { CredentialId, Passkey } from '../domain/types.ts'
import {
  accountWithPasskeys,
  credentialId,
  event,
  evidence,
  freezeLink,
  message,
  type Stores,
  session,
  signInRow,
  T0,
  uid,
  use,
  write,
} from './rows.fixture.ts'
import type { PasskeySignIn } from './store.ts'

export function signInContract(stores: Stores): void {
  const owner = async (): Promise<Passkey> => (await accountWithPasskeys(stores, 1)).passkeys[0]!
  const row = (key: Passkey, over: Partial<PasskeySignIn> = {}): PasskeySignIn => signInRow(key.accountId, key.id, over)

  describe('sign-in with a passkey', () => {
    it('spends, records, opens, and writes down, in one go', async () => {
      const key = await owner()
      const signIn = row(key, { use: use(key.id, { addFlags: ['counter'] }) })
      const pending = await stores.one.read.outbox.pending()
      expect(await stores.one.signInWithPasskey(signIn)).toBe('signed_in')
      const { read } = stores.two
      expect(await read.passkeys.find(key.id)).toMatchObject({
        signCount: 4_000_000_001,
        backupState: true,
        uvInitialized: true,
        flags: ['counter'],
        lastUsedAt: T0 + 1,
        lastUsedIn: 'Chrome on Windows',
      })
      const found = await read.sessions.find(signIn.session.tokenId)
      expect(found?.session).toMatchObject({
        id: signIn.session.id,
        credentialId: key.id,
        lastSeenAt: T0,
        evidence: signIn.session.evidence,
      })
      expect(await read.events.list(key.accountId, null, 9)).toMatchObject([
        { id: signIn.event.id, body: signIn.event.body, detail: signIn.event.detail },
      ])
      expect(await read.outbox.pending()).toBe(pending + 1)
      expect(await write(stores, tx => tx.challenges.spend(signIn.challenge.id, T0))).toBe(false)
    })

    it('works with little and with much', async () => {
      const key = await owner()
      const bare = row(key, { messages: [], event: event({ detail: null }), session: session(key.accountId, { evidence: [] }) })
      expect(await stores.one.signInWithPasskey(bare)).toBe('signed_in')
      const two = [evidence({ method: 'password' }), evidence({ at: T0 + 1 })]
      const links = [1, 2, 3].map(() => freezeLink(key.accountId))
      const told = [...links.map(link => message({ link })), message(), message({ link: null })]
      const full = row(key, { messages: told, session: session(key.accountId, { evidence: two }) })
      expect(await stores.one.signInWithPasskey(full)).toBe('signed_in')
      for (const link of links) expect(await stores.two.read.freezeLinks.find(link.id)).toEqual(link)
      const one = row(key, { messages: [message({ link: freezeLink(key.accountId) }), message()] })
      expect(await stores.one.signInWithPasskey(one)).toBe('signed_in')
      expect((await stores.one.read.sessions.get(full.session.id))?.evidence).toEqual(two)
    })

    it('adds no flag twice, and takes none away', async () => {
      const key = await owner()
      await write(stores, tx => tx.passkeys.recordUse(use(key.id, { addFlags: ['needs_first_use', 'counter'], userVerified: false })))
      await stores.one.signInWithPasskey(row(key, { use: use(key.id, { addFlags: ['counter'] }) }))
      expect((await stores.one.read.passkeys.find(key.id))?.flags).toEqual(['needs_first_use', 'counter'])
    })

    it('refuses a challenge that was used, and writes nothing', async () => {
      const key = await owner()
      const first = row(key)
      await stores.one.signInWithPasskey(first)
      const before = await stores.one.read.passkeys.find(key.id)
      const second = row(key, { challenge: first.challenge, use: use(key.id, { at: T0 + 99 }) })
      expect(await stores.two.signInWithPasskey(second)).toBe('replayed')
      expect(await stores.one.read.sessions.get(second.session.id)).toBeNull()
      expect(await stores.one.read.passkeys.find(key.id)).toEqual(before)
      expect(await stores.one.read.events.list(key.accountId, null, 9)).toHaveLength(1)
    })

    it('refuses a passkey that is not active, and writes nothing, not even the challenge', async () => {
      const key = await owner()
      await write(stores, tx => tx.passkeys.suspend(key.accountId, key.id, T0, 'trusted'))
      const signIn = row(key)
      expect(await stores.one.signInWithPasskey(signIn)).toBe('not_active')
      expect(await stores.one.signInWithPasskey(row({ ...key, id: credentialId() }))).toBe('not_active')
      expect(await stores.one.read.sessions.get(signIn.session.id)).toBeNull()
      expect(await stores.one.read.events.list(key.accountId, null, 9)).toEqual([])
      expect(await write(stores, tx => tx.challenges.spend(signIn.challenge.id, T0))).toBe(true)
    })

    it('accepts one of eight with the same challenge, on two nodes, in ten trials', async () => {
      for (let trial = 0; trial < 10; trial++) {
        const key = await owner()
        const challenge = { id: uid(), expiresAt: T0 }
        const tries = Array.from({ length: 8 }, (_, i) => (i % 2 ? stores.two : stores.one).signInWithPasskey(row(key, { challenge })))
        expect((await Promise.all(tries)).toSorted()).toEqual([...Array.from({ length: 7 }, () => 'replayed'), 'signed_in'])
        expect(await stores.one.read.sessions.list(key.accountId, T0)).toHaveLength(1)
      }
    })

    it('answers each of a group for itself', async () => {
      const [good, gone] = [await owner(), await owner()]
      await write(stores, tx => tx.passkeys.remove(gone.accountId, gone.id, T0, 'trusted'))
      const earlier = row(good)
      await stores.one.signInWithPasskey(earlier)
      const sameSession = row(good, { session: { ...earlier.session, tokenId: uid() } })
      const group = [row(good), row(gone), row(good, { challenge: earlier.challenge }), sameSession, row(good)]
      const answers = await Promise.all(group.map(signIn => stores.one.signInWithPasskey(signIn).catch(() => 'failed')))
      expect(answers).toEqual(['signed_in', 'not_active', 'replayed', 'failed', 'signed_in'])
      expect(await stores.one.read.sessions.list(good.accountId, T0)).toHaveLength(3)
    })

    it('leaves no session of a passkey that is removed meanwhile (INV-2)', async () => {
      for (let trial = 0; trial < 10; trial++) {
        const key = await owner()
        const signIns = [1, 2, 3].map(() => stores.one.signInWithPasskey(row(key)))
        const removed = stores.two.transaction(async tx => {
          await tx.accounts.lock(key.accountId)
          await tx.sessions.withdrawEvidence(key.accountId, { credentialId: key.id }, null, T0 + 1, 'removed')
          await tx.passkeys.remove(key.accountId, key.id, T0 + 1, 'trusted')
        })
        const late = [1, 2, 3].map(() => stores.one.signInWithPasskey(row(key)))
        await Promise.all([...signIns, removed, ...late])
        expect(await stores.one.read.sessions.list(key.accountId, T0)).toEqual([])
      }
    })

    it('ends with a passkey the sessions of which endsWithPasskey says so, and no other', async () => {
      const { id: accountId, passkeys } = await accountWithPasskeys(stores, 2)
      const [id, other] = passkeys.map(key => key.id) as [CredentialId, CredentialId]
      const [own, others, password] = [evidence({ credentialId: id }), evidence({ credentialId: other }), evidence({ method: 'password' })]
      const proofs = [[], [own], [others], [password], [own, password], [own, others]]
      const rows = (['full', 'recovery'] as const).flatMap(kind =>
        [null, id, other].flatMap(credential =>
          proofs.map(proven => session(accountId, { kind, credentialId: credential, evidence: proven })),
        ),
      )
      await write(stores, async tx => {
        for (const row of rows) await tx.sessions.insert(row)
      })
      const expected = rows.filter(row => endsWithPasskey(row, id)).map(row => row.id)
      const ended = await write(stores, tx => tx.sessions.withdrawEvidence(accountId, { credentialId: id }, null, T0 + 1, 'passkey.remove'))
      expect([expected.length, ended.toSorted()]).toEqual([20, expected.toSorted()])
    })

    it('signs a hundred in at once', async () => {
      const key = await owner()
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, (_, i) => (i % 2 ? stores.two : stores.one).signInWithPasskey(row(key))),
      )
      expect(outcomes.every(outcome => outcome === 'signed_in')).toBe(true)
      expect(await stores.one.read.sessions.list(key.accountId, T0)).toHaveLength(100)
    })
  })
}
