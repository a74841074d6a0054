import { describe, expect, it } from 'vitest'
import type { AccountId, CredentialId, Session } from '../../domain/types.ts'
import {
  accountWithPasskeys,
  authenticator,
  CLIENT,
  change,
  credentialId,
  evidence,
  grant,
  HOUR,
  preSession,
  type Stores,
  session,
  sessionId,
  sha256,
  T0,
  uid,
  winners,
  write,
} from '../rows.fixture.ts'
import type { AuthenticatorRow, GrantRow, NewSession } from '../store.ts'

/** The session that reads give for a new one. */
function opened(row: NewSession): Session {
  const { tokenId: _t, secretHash: _s, client, ...rest } = row
  return { ...rest, ...client, lastSeenAt: row.createdAt, endedAt: null, endedReason: null }
}

export function sessionsContract(stores: Stores): void {
  const open = async (over: Partial<NewSession> = {}, owner?: AccountId): Promise<NewSession> => {
    const row = session(owner ?? (await accountWithPasskeys(stores, 0)).id, over)
    await write(stores, tx => tx.sessions.insert(row))
    return row
  }

  describe('sessions', () => {
    it('is found by its token, with its evidence in order and the account status', async () => {
      const proofs = [evidence({ method: 'password', userVerified: false }), evidence({ method: 'totp', operation: 'x', target: 'y' })]
      const row = await open({ founding: true, kind: 'recovery', evidence: proofs })
      expect(await stores.two.read.sessions.find(row.tokenId)).toEqual({
        session: opened(row),
        accountStatus: 'active',
        closesAt: null,
        secretHash: row.secretHash,
        token: 'current',
        rotatedAt: null,
      })
      expect(await stores.one.read.sessions.get(row.id)).toEqual(opened(row))
      expect(await stores.one.read.sessions.find(uid())).toBeNull()
      expect(await stores.one.read.sessions.get(sessionId())).toBeNull()
    })

    it('is found inside a transaction that has just made it', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const row = session(id, { evidence: [], client: { ...CLIENT, deviceId: null } })
      const found = await write(stores, async tx => {
        await tx.sessions.insert(row)
        return tx.sessions.find(row.tokenId)
      })
      expect(found?.session).toEqual(opened(row))
    })

    it('shows a frozen account in the same read', async () => {
      const row = await open()
      await write(stores, tx => tx.accounts.update(row.accountId, { status: 'frozen', frozenAt: T0 }))
      expect((await stores.one.read.sessions.find(row.tokenId))?.accountStatus).toBe('frozen')
    })

    it('shows when its account closes: the closing that waits, not one that was stopped, took effect, or stands still', async () => {
      const row = await open()
      const closing = { operation: 'account.close', effectiveAt: T0 + 5 }
      const over = [{ cancelledAt: T0 }, { appliedAt: T0 }, { remainingMs: 9 }].map(one => change(row.accountId, { ...closing, ...one }))
      const closesAt = async () => (await stores.two.read.sessions.find(row.tokenId))?.closesAt
      await write(stores, async tx => {
        for (const one of [...over, change(row.accountId, { effectiveAt: T0 + 1 })]) await tx.changes.insert(one)
      })
      expect(await closesAt()).toBeNull()
      await write(stores, tx => tx.changes.insert(change(row.accountId, { ...closing, effectiveAt: T0 + 7 })))
      expect(await closesAt()).toBe(T0 + 7)
    })

    it('answers to its new token and to the one before, not to older ones', async () => {
      const row = await open()
      const [second, third] = [uid(), uid()].map(tokenId => ({ tokenId, secretHash: sha256(tokenId) })) as [Token, Token]
      await write(stores, tx => tx.sessions.rotate(row.id, second, T0 + 1))
      expect(await stores.one.read.sessions.find(row.tokenId)).toMatchObject({
        token: 'previous',
        secretHash: row.secretHash,
        rotatedAt: T0 + 1,
      })
      await write(stores, tx => tx.sessions.rotate(row.id, third, T0 + 2))
      expect(await stores.one.read.sessions.find(row.tokenId)).toBeNull()
      expect(await stores.one.read.sessions.find(second.tokenId)).toMatchObject({ token: 'previous', secretHash: second.secretHash })
      expect(await stores.one.read.sessions.find(third.tokenId)).toMatchObject({
        token: 'current',
        secretHash: third.secretHash,
        rotatedAt: T0 + 2,
      })
    })

    it('gains evidence and is seen', async () => {
      const [row, other] = [await open(), await open()]
      const more = evidence({ method: 'totp', at: T0 + 5 })
      await write(stores, tx => tx.sessions.addEvidence(row.id, more))
      await write(stores, tx => tx.sessions.touch(row.id, T0 + 9))
      await write(stores, tx => tx.sessions.touch(row.id, T0 + 8))
      expect(await stores.one.read.sessions.get(row.id)).toEqual({ ...opened(row), evidence: [...row.evidence, more], lastSeenAt: T0 + 9 })
      expect(await stores.one.read.sessions.get(other.id)).toEqual(opened(other))
    })

    it('lists live ones of the account, last used first', async () => {
      const first = await open()
      const second = await open({ createdAt: T0 + 5 }, first.accountId)
      const ended = await open({}, first.accountId)
      await open({ expiresAt: T0 + 10 }, first.accountId)
      await write(stores, tx => tx.sessions.end(first.accountId, ended.id, T0, 'signed_out'))
      const list = () => stores.one.read.sessions.list(first.accountId, T0 + 10)
      expect(await list()).toEqual([opened(second), opened(first)])
      await write(stores, tx => tx.sessions.touch(first.id, T0 + 9))
      expect((await list()).map(s => s.id)).toEqual([first.id, second.id])
    })

    it('ends once, for its own account only', async () => {
      const row = await open()
      const stranger = await accountWithPasskeys(stores, 0)
      expect(await write(stores, tx => tx.sessions.end(stranger.id, row.id, T0, 'x'))).toBe(false)
      expect(await winners(stores, tx => tx.sessions.end(row.accountId, row.id, T0 + 1, 'signed_out'))).toBe(1)
      expect((await stores.two.read.sessions.find(row.tokenId))?.session).toMatchObject({ endedAt: T0 + 1, endedReason: 'signed_out' })
    })

    it('ends all but the one to keep', async () => {
      const kept = await open()
      const others = [await open({}, kept.accountId), await open({}, kept.accountId)]
      const expired = await open({ expiresAt: T0 + 1 }, kept.accountId)
      expect(await write(stores, tx => tx.sessions.endAll(kept.accountId, kept.id, T0 + 1, 'elsewhere'))).toBe(2)
      expect((await stores.one.read.sessions.list(kept.accountId, T0 + 1)).map(s => s.id)).toEqual([kept.id])
      expect((await stores.one.read.sessions.get(expired.id))?.endedAt).toBeNull()
      expect((await stores.one.read.sessions.get(others[0]!.id))?.endedReason).toBe('elsewhere')
      expect(await write(stores, tx => tx.sessions.endAll(kept.accountId, null, T0 + 1, 'freeze'))).toBe(1)
    })

    it('withdraws the evidence of a passkey everywhere and ends what rests on nothing else', async () => {
      const gone = credentialId()
      const byKey = evidence({ credentialId: gone })
      const kept = await open({ evidence: [byKey] })
      const only = await open({ evidence: [byKey, evidence({ credentialId: gone, at: T0 + 1 })] }, kept.accountId)
      const both = await open({ evidence: [byKey, evidence({ method: 'password' })] }, kept.accountId)
      const untouched = await open({ evidence: [] }, kept.accountId)
      const other = await open({ evidence: [byKey] })
      const expired = await open({ evidence: [byKey], expiresAt: T0 + 2 }, kept.accountId)
      const over = await open({ evidence: [byKey] }, kept.accountId)
      await write(stores, tx => tx.sessions.end(kept.accountId, over.id, T0, 'signed_out'))
      const half = preSession({ accountId: kept.accountId, evidence: [byKey] })
      const foreign = preSession({ accountId: other.accountId, evidence: [byKey] })
      for (const one of [half, foreign]) await write(stores, tx => tx.preSessions.put(one))
      const ended = await write(stores, tx =>
        tx.sessions.withdrawEvidence(kept.accountId, { credentialId: gone }, kept.id, T0 + 2, 'removed'),
      )
      expect(ended).toEqual([only.id])
      expect((await stores.one.read.sessions.get(over.id))?.evidence).toHaveLength(1)
      const left = await stores.one.read.sessions.list(kept.accountId, T0)
      expect(new Map(left.map(s => [s.id, s.evidence.length]))).toEqual(
        new Map([
          [kept.id, 0],
          [both.id, 1],
          [untouched.id, 0],
          [expired.id, 0],
        ]),
      )
      expect((await stores.one.read.sessions.get(other.id))?.evidence).toHaveLength(1)
      expect((await stores.one.read.preSessions.find(half.id, T0))?.evidence).toEqual([])
      expect(await stores.one.read.preSessions.find(foreign.id, T0)).toEqual(foreign)
    })

    it('takes along what a session that lost a proof proved and has not used, and nobody else’s', async () => {
      const lost = await open({ evidence: [evidence({ method: 'sms' }), evidence({ method: 'password' })] })
      const other = await open({ evidence: [evidence({ method: 'password' })] }, lost.accountId)
      const inForce = authenticator(lost.accountId, { kind: 'recovery_codes', sessionId: lost.id })
      const [mine, theirs] = [lost, other].map(({ id: sessionId }, i) => ({
        proof: grant({ sessionId, accountId: lost.accountId }),
        setUp: authenticator(lost.accountId, { kind: i === 0 ? 'totp' : 'password', status: 'pending', sessionId }),
      })) as [Begun, Begun]
      await write(stores, async tx => {
        for (const { proof, setUp } of [mine, theirs]) {
          await tx.grants.insert(proof)
          await tx.authenticators.insert(setUp)
        }
        await tx.authenticators.insert(inForce)
      })
      const begun = async ({ proof, setUp }: Begun) => [
        await stores.two.read.grants.find(proof.sessionId, proof.operation, null, T0),
        await stores.two.read.authenticators.find(setUp.accountId, setUp.kind, 'pending'),
      ]
      const ended = await write(stores, tx => tx.sessions.withdrawEvidence(lost.accountId, { method: 'sms' }, null, T0, 'phone removed'))
      expect(ended).toEqual([])
      expect(await begun(mine)).toEqual([null, null])
      expect(await begun(theirs)).toEqual([theirs.proof, theirs.setUp])
      expect(await stores.two.read.authenticators.find(lost.accountId, 'recovery_codes', 'active')).toEqual(inForce)
    })

    it('ends a recovery that lost either of its two proofs', async () => {
      const proofs = [evidence({ method: 'email' }), evidence({ method: 'recovery_code' })]
      const row = await open({ kind: 'recovery', evidence: proofs })
      const other = await open({ kind: 'recovery', evidence: proofs.slice(0, 1) }, row.accountId)
      const withdraw = write(stores, tx =>
        tx.sessions.withdrawEvidence(row.accountId, { method: 'recovery_code' }, null, T0, 'codes replaced'),
      )
      expect(await withdraw).toEqual([row.id])
      expect((await stores.one.read.sessions.get(other.id))?.endedAt).toBeNull()
    })

    it('F38: ends what the passkey opened, whatever else was proven there since', async () => {
      const { id: accountId, passkeys: own } = await accountWithPasskeys(stores, 2)
      const [gone, other] = [own[0]!.id, own[1]!.id]
      const more = [evidence({ credentialId: gone }), evidence({ method: 'email' })]
      const actor = await open({ credentialId: gone, evidence: more }, accountId)
      const opened = await open({ credentialId: gone, evidence: more }, accountId)
      const elsewhere = await open({ credentialId: other, evidence: more }, accountId)
      const ended = await write(stores, tx =>
        tx.sessions.withdrawEvidence(accountId, { credentialId: gone }, actor.id, T0 + 2, 'passkey.remove'),
      )
      expect(ended).toEqual([opened.id])
      expect((await stores.one.read.sessions.get(elsewhere.id))?.endedAt).toBeNull()
    })

    it('withdraws the evidence of a method', async () => {
      const row = await open({ evidence: [evidence({ method: 'sms' })] })
      const two = await open({ evidence: [evidence({ method: 'sms' }), evidence({ method: 'password' })] }, row.accountId)
      const withdraw = () => write(stores, tx => tx.sessions.withdrawEvidence(row.accountId, { method: 'sms' }, null, T0, 'phone removed'))
      expect(await withdraw()).toEqual([row.id])
      expect(await withdraw()).toEqual([])
      expect((await stores.one.read.sessions.get(two.id))?.evidence.map(e => e.method)).toEqual(['password'])
    })
  })

  describe('pre-sessions', () => {
    it('is put, found, and replaced under the same id', async () => {
      const row = preSession({ evidence: [evidence({ method: 'password' })], signUpId: 's', accountId: 'a' as AccountId })
      await write(stores, tx => tx.preSessions.put(row))
      expect(await stores.two.read.preSessions.find(row.id, T0)).toEqual(row)
      expect(await stores.one.read.preSessions.find(row.id, row.expiresAt)).toBeNull()
      const next = { ...row, purpose: 'recovery' as const, identifierKind: null, identifierValue: null, evidence: [] }
      await write(stores, tx => tx.preSessions.put(next))
      expect(await stores.one.read.preSessions.find(row.id, T0)).toEqual(next)
    })

    it('counts failures, each of them', async () => {
      const row = preSession()
      await write(stores, tx => tx.preSessions.put(row))
      const counts = await Promise.all(Array.from({ length: 8 }, () => write(stores, tx => tx.preSessions.fail(row.id))))
      expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(await write(stores, tx => tx.preSessions.fail(uid()))).toBe(0)
    })

    it('is taken once, with its evidence', async () => {
      const row = preSession()
      await write(stores, tx => tx.preSessions.put(row))
      const proof = evidence({ credentialId: 'c' as CredentialId })
      await write(stores, tx => tx.preSessions.addEvidence(row.id, proof))
      const tries = Array.from({ length: 8 }, (_, i) =>
        (i % 2 ? stores.two : stores.one).transaction(tx => tx.preSessions.take(row.id, T0)),
      )
      expect((await Promise.all(tries)).filter(Boolean)).toEqual([{ ...row, evidence: [proof] }])
    })

    it('is not taken when expired, and can be removed', async () => {
      const row = preSession({ expiresAt: T0 + HOUR, evidence: [evidence()] })
      await write(stores, tx => tx.preSessions.put(row))
      expect(await write(stores, tx => tx.preSessions.take(row.id, T0 + HOUR))).toBeNull()
      const other = preSession()
      await write(stores, tx => tx.preSessions.put(other))
      await write(stores, tx => tx.preSessions.put(row))
      await write(stores, tx => tx.preSessions.remove(row.id))
      expect(await stores.one.read.preSessions.find(row.id, T0)).toBeNull()
      expect(await stores.one.read.preSessions.find(other.id, T0)).toEqual(other)
    })
  })
}

interface Begun {
  proof: GrantRow
  setUp: AuthenticatorRow
}
type Token = { tokenId: string; secretHash: Uint8Array }
