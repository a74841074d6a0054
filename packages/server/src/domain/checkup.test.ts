import { describe, expect, it, test } from 'vitest'
import { checkup, isCheckupDue, nextCheckupAt, type WeakPoint } from './checkup.ts'
import { PRESETS } from './policy.ts'
import type { AccountFacts, Identifier, Passkey, Session } from './types.ts'

const NOW = 1_800_000_000_000
const DAY = 86_400_000
const policy = PRESETS.exchange

const passkey = (id: string, over: Partial<Passkey> = {}): Passkey =>
  ({
    ...{ id, status: 'active', flags: [], aaguid: `keeper-${id}`, backupEligible: true, label: null, autoLabel: id },
    ...{ createdAt: NOW - DAY, lastUsedAt: NOW, reviewedAt: null },
    ...over,
  }) as Passkey
const codes = (over: object = {}) => ({ id: 'c', createdAt: 0, left: 10, savedAt: 1, ...over })
const session = (id: string, lastSeenAt: number): Session => ({ id, lastSeenAt }) as Session
const password = { id: 'p', changedAt: 0, mustChange: false }
const facts = (over: Partial<AccountFacts> = {}): AccountFacts =>
  ({
    account: { createdAt: NOW - DAY, checkedAt: null },
    identifiers: [{ kind: 'email', value: 'a@example.com', supersededAt: null } as Identifier],
    passkeys: [passkey('a'), passkey('b')],
    password: null,
    totp: null,
    recoveryCodes: codes(),
    pending: [],
    ...over,
  }) as AccountFacts

const weak = (over: Partial<AccountFacts>, sessions: Session[] = [], preset = policy): WeakPoint[] =>
  checkup(facts(over), sessions, 'own', preset, NOW).weak

describe('S25: what a checkup finds weak', () => {
  test.each<[string, Partial<AccountFacts>, WeakPoint[]]>([
    ['nothing, with two keepers and saved codes', {}, []],
    ['no passkey', { passkeys: [], password }, ['no_passkey']],
    ['a suspended one is none', { passkeys: [passkey('a', { status: 'suspended' })], password }, ['no_passkey']],
    ['the only one on one device', { passkeys: [passkey('a', { backupEligible: false })] }, ['one_device']],
    ['not the only one', { passkeys: [passkey('a', { backupEligible: false }), passkey('b')] }, []],
    ['one that may have been copied', { passkeys: [passkey('a', { flags: ['counter'] }), passkey('b')] }, ['copied']],
    ['not a removed one', { passkeys: [passkey('a', { flags: ['counter'], status: 'removed' }), passkey('b'), passkey('c')] }, []],
    ['codes that were never confirmed', { recoveryCodes: codes({ savedAt: null }) }, ['codes_unsaved']],
    ['four saved codes are enough', { recoveryCodes: codes({ left: 4 }) }, []],
    ['three are few', { recoveryCodes: codes({ left: 3 }) }, ['few_codes']],
    ['three that were never confirmed are that first', { recoveryCodes: codes({ left: 3, savedAt: null }) }, ['codes_unsaved']],
    ['no codes where one thing leads back', { recoveryCodes: null }, ['no_codes']],
    ['used-up codes are none', { recoveryCodes: codes({ left: 0 }) }, ['no_codes']],
    ['not where two ways lead back', { recoveryCodes: null, passkeys: ['a', 'b', 'c'].map(id => passkey(id)) }, []],
  ])('%s', (_, over, expected) => expect(weak(over)).toEqual(expected))

  it('a password that signs in by itself, where the policy asks for no second step', () => {
    expect([weak({ password }, [], PRESETS.product), weak({ password }, [], policy)]).toEqual([['password_alone'], []])
    expect(weak({ password, totp: { id: 't', createdAt: 0, lastUsedAt: null } }, [], PRESETS.product)).toEqual([])
    expect(weak({}, [], PRESETS.product)).toEqual([])
  })

  it('sessions elsewhere that were not seen for three days, never the own one', () => {
    const old = NOW - 3 * DAY
    expect(weak({}, [session('own', old), session('other', old + 1)])).toEqual([])
    const found = checkup(facts(), [session('own', old), session('one', old), session('two', NOW)], 'own', policy, NOW)
    expect([found.weak, found.oldSessions.map(({ id }) => id)]).toEqual([['old_sessions'], ['one']])
  })

  it('several at once, the most urgent first', () =>
    expect(
      weak({ passkeys: [passkey('a', { backupEligible: false, flags: ['counter'] })], recoveryCodes: codes({ savedAt: null }) }, [
        session('other', 0),
      ]),
    ).toEqual(['copied', 'one_device', 'codes_unsaved', 'old_sessions']))

  it('O26: passkeys that were not used for 180 days are asked about', () => {
    const stale = passkey('old', { lastUsedAt: NOW - 181 * DAY, createdAt: 0 })
    expect(checkup(facts({ passkeys: [passkey('a'), stale] }), [], 'own', policy, NOW).stale.map(({ id }) => id)).toEqual(['old'])
  })
})

describe('O25: when a checkup is offered', () => {
  const made = facts()
  const done = facts({ account: { createdAt: NOW - 400 * DAY, checkedAt: NOW - DAY } as AccountFacts['account'] })

  it('180 days after the account was made, and after each', () => {
    const at = NOW - DAY + 180 * DAY
    expect([nextCheckupAt(made), nextCheckupAt(done)]).toEqual([at, at])
    expect([isCheckupDue(made, null, at - 1), isCheckupDue(made, null, at), isCheckupDue(done, null, at - 1)]).toEqual([false, true, false])
  })

  it('once a new device has signed in since, and not for one of before', () =>
    expect([NOW - DAY, NOW - DAY + 1].map(at => [isCheckupDue(made, at, NOW), isCheckupDue(done, at, NOW)])).toEqual([
      [false, false],
      [true, true],
    ]))
})
