import { describe, expect, test } from 'vitest'
import { type Acr, acr, classNow, forgottenClass, isFullSignIn, mayStop, proofClass, recoveryClass } from './evidence.ts'
import { hasTrustedPasskey, isLastTrusted, isStale, isWeak, isYoung, trustedFrom } from './facts.ts'
import type { MethodName } from './methods.ts'
import { decide, OPERATIONS, type Operation, type Policy, PRESETS } from './policy.ts'
import type { AccountFacts, CredentialId, Evidence, Identifier, Passkey, ProofClass } from './types.ts'

const HOUR = 3_600_000
const NOW = 1_700_000_000_000
const policy = PRESETS.exchange

const passkey = (id: string, over: Partial<Passkey> = {}): Passkey =>
  ({
    id,
    status: 'active',
    flags: [],
    createdVia: 'trusted',
    trustedAt: NOW - 1,
    trustLeftMs: null,
    suspendedAt: null,
    removedAt: null,
    endedVia: null,
    ...over,
  }) as Passkey
const young = (id: string, createdVia: Passkey['createdVia']): Passkey => passkey(id, { createdVia, trustedAt: NOW + HOUR })

const email = { kind: 'email', value: 'a@example.com', supersededAt: null } as Identifier
const account = (over: Partial<AccountFacts> = {}): AccountFacts =>
  ({
    account: { createdAt: 0 },
    identifiers: [email],
    passkeys: [],
    password: { id: 'p', changedAt: 0, mustChange: false },
    totp: null,
    recoveryCodes: null,
    pending: [],
    ...over,
  }) as unknown as AccountFacts
const totp = { id: 't', createdAt: 0, lastUsedAt: null }

const by = (method: MethodName, credentialId: string | null = null): Evidence => ({
  method,
  credentialId: credentialId as CredentialId | null,
  userVerified: method === 'passkey',
  backupEligible: false,
  at: NOW,
  operation: null,
  target: null,
})
const classOf = (facts: AccountFacts, fresh: Evidence[], session: Evidence[] = [], founding = false) =>
  proofClass(facts, { fresh, session, founding }, policy, NOW)

describe('policy.md §3: trusted, two steps, lesser', () => {
  test('the best proof is a trusted passkey, not suspended, not one whose counter went back', () => {
    const facts = account({ passkeys: [passkey('a')] })
    expect(classOf(facts, [by('passkey', 'a')])).toBe('trusted')
    expect(classOf(facts, [{ ...by('passkey', 'a'), userVerified: false }])).toBeNull()
    expect(classOf(account({ passkeys: [passkey('a', { status: 'suspended', suspendedAt: NOW })] }), [by('passkey', 'a')])).toBeNull()
  })

  test('whose time has come this very moment, and no other than the one that was shown', () => {
    expect(classOf(account({ passkeys: [passkey('a', { trustedAt: NOW })] }), [by('passkey', 'a')])).toBe('trusted')
    const suspended = passkey('b', { status: 'suspended', suspendedAt: NOW })
    expect(classOf(account({ passkeys: [passkey('a'), suspended] }), [by('passkey', 'b')])).toBeNull()
    // nor is a suspended one the first of two steps
    expect(classOf(account({ passkeys: [suspended], totp }), [by('totp')], [by('passkey', 'b')])).toBeNull()
  })

  test('nor one that was made silently and never used: it is young, and no trusted one is had by it', () => {
    const silent = account({ passkeys: [passkey('a', { flags: ['needs_first_use'] })] })
    expect(classOf(silent, [by('passkey', 'a')])).toBe('two_steps')
    expect(hasTrustedPasskey(silent, policy, NOW)).toBe(false)
  })

  test.each([
    ['nothing', {}, 'trusted'],
    ['an app', { totp }, null],
    ['a phone', { identifiers: [email, { ...email, kind: 'phone', value: '+34600000001' } as Identifier] }, null],
  ] as const)('where a second step is only offered, the password alone is two steps beside %s or not', (_what, over, expected) => {
    const proven = proofClass(
      account(over as Partial<AccountFacts>),
      { fresh: [by('password')], session: [], founding: true },
      PRESETS.product,
      NOW,
    )
    expect(proven).toBe(expected)
    const later = (fresh: Evidence) =>
      proofClass(account(over as Partial<AccountFacts>), { fresh: [fresh], session: [], founding: false }, PRESETS.product, NOW)
    expect([later(by('password')), later(by('email'))]).toEqual([expected && 'two_steps', null])
  })

  test.each<[Passkey['createdVia'], ProofClass]>([
    ['trusted', 'two_steps'],
    ['two_steps', 'two_steps'],
    ['recovery_two_steps', 'two_steps'],
    ['lesser', 'lesser'],
    ['recovery_lesser', 'lesser'],
  ])('H9 a young passkey made with %s proves %s where no trusted one is had, and lesser beside one', (via, expected) => {
    expect(classOf(account({ passkeys: [young('y', via)] }), [by('passkey', 'y')])).toBe(expected)
    expect(classOf(account({ passkeys: [young('y', via), passkey('a')] }), [by('passkey', 'y')])).toBe('lesser')
  })

  test('H9 what a weak recovery made is no first step of a better proof either', () => {
    const facts = account({ passkeys: [young('y', 'recovery_lesser')], totp })
    expect(classOf(facts, [by('totp')], [by('passkey', 'y')])).toBe('lesser')
    expect(classOf(facts, [by('totp')], [by('password')])).toBe('two_steps')
  })

  test('one step is none: a password alone, an app alone, an e-mail code where an app is on', () => {
    const withApp = account({ totp })
    expect(classOf(withApp, [by('password')])).toBeNull()
    expect(classOf(withApp, [by('totp')])).toBeNull()
    expect(classOf(withApp, [by('email')], [by('password')])).toBeNull()
    expect(classOf(account(), [by('email')], [by('email')])).toBeNull()
    // the password again is no new code beside an old one
    expect(classOf(withApp, [by('password')], [by('password'), by('totp')])).toBeNull()
  })

  test('the founding hour takes the strongest method that is there, and no weaker one', () => {
    const facts = account({ passkeys: [passkey('a')] })
    expect(classOf(facts, [by('email')], [by('passkey', 'a')], true)).toBe('lesser')
    expect(classOf(facts, [by('passkey', 'a')], [], true)).toBe('trusted')
    expect(classOf(account({ totp }), [by('recovery_code')], [by('password')], true)).not.toBe('trusted')
    expect(classOf(account(), [by('email')], [by('password')], true)).toBe('trusted')
    expect(classOf(account(), [], [by('password')], true)).toBeNull()
  })

  test('Had: suspended however long, removed with a lesser proof for 72 hours; never what was young when it was stopped', () => {
    const had = (over: Partial<Passkey>, now = NOW) => hasTrustedPasskey(account({ passkeys: [passkey('a', over)] }), policy, now)
    expect(had({ status: 'suspended', suspendedAt: NOW }, NOW + 9_999 * HOUR)).toBe(true)
    expect(had({ status: 'suspended', suspendedAt: NOW - 2 }, NOW + 9_999 * HOUR)).toBe(false)
    const removed = { status: 'removed', removedAt: NOW, endedVia: 'lesser' } as const
    expect(had(removed, NOW + 72 * HOUR - 1)).toBe(true)
    expect(had(removed, NOW + 72 * HOUR)).toBe(false)
    expect(had({ ...removed, endedVia: 'trusted' })).toBe(false)
    expect(had({ ...removed, suspendedAt: NOW - 2 })).toBe(false)
  })
})

describe('H2 INV-11 what a proof may stop at once', () => {
  const facts = account({ passkeys: [passkey('owner'), young('thief', 'recovery_lesser'), young('own', 'lesser')], totp })
  const may = (found: ProofClass, id: string, fresh: Evidence[], session: Evidence[] = []) =>
    mayStop(facts, { fresh, session, proofClass: found }, id as CredentialId, policy, NOW)

  test('a young passkey stops itself and no other, with whatever rests on it', () => {
    expect(may('lesser', 'owner', [by('passkey', 'thief')])).toBe(false)
    expect(may('lesser', 'own', [by('passkey', 'thief')])).toBe(false)
    expect(may('lesser', 'thief', [by('passkey', 'thief')])).toBe(true)
    expect(may('lesser', 'owner', [by('totp')], [by('passkey', 'thief')])).toBe(false)
  })

  test('nor does one that is suspended itself', () => {
    const suspended = passkey('thief', { status: 'suspended', suspendedAt: NOW, trustedAt: NOW + HOUR, createdVia: 'recovery_lesser' })
    const halted = account({ passkeys: [passkey('owner'), suspended], totp })
    for (const id of ['owner', 'thief'])
      expect(mayStop(halted, { fresh: [by('passkey', 'thief')], session: [], proofClass: 'lesser' }, id as CredentialId, policy, NOW)).toBe(
        false,
      )
  })

  test('two steps without it may, and a trusted passkey may', () => {
    expect(may('lesser', 'owner', [by('totp')], [by('password')])).toBe(true)
    expect(may('trusted', 'thief', [by('passkey', 'owner')])).toBe(true)
  })

  test('with two steps a young passkey may: no trusted one stands above it', () => {
    expect(may('two_steps', 'own', [by('passkey', 'thief')])).toBe(true)
  })
})

describe('H9 policy.md §7: what a recovery and a forgotten password count as', () => {
  const plain = account()
  const withApp = account({ totp })
  const withPhone = account({ identifiers: [email, { kind: 'phone', supersededAt: null } as Identifier] })
  const trusted = account({ passkeys: [passkey('a')] })

  test.each<[string, AccountFacts, MethodName[], ProofClass]>([
    ['neither app nor phone', plain, ['password', 'email'], 'two_steps'],
    ['an app that was not shown', withApp, ['password', 'email'], 'lesser'],
    ['the app', withApp, ['totp', 'email'], 'two_steps'],
    ['a recovery code in its place', withApp, ['recovery_code', 'email'], 'two_steps'],
    ['a phone that was not shown', withPhone, ['password', 'email'], 'lesser'],
    ['a text message', withPhone, ['password', 'sms'], 'two_steps'],
    ['a trusted passkey is had', trusted, ['recovery_code', 'password', 'totp'], 'lesser'],
  ])('recovery, %s', (_name, facts, methods, expected) => expect(recoveryClass(facts, methods, policy, NOW)).toBe(expected))

  test.each<[string, AccountFacts, MethodName[], ProofClass]>([
    ['no second step', plain, ['email'], 'two_steps'],
    ['app on, a text message shown', withApp, ['email', 'sms'], 'lesser'],
    ['app on and shown', withApp, ['email', 'totp'], 'two_steps'],
    ['app on, a recovery code', withApp, ['email', 'recovery_code'], 'two_steps'],
    ['only a phone', withPhone, ['email', 'sms'], 'two_steps'],
    ['a trusted passkey is had', trusted, ['email', 'totp'], 'lesser'],
  ])('forgotten password, %s', (_name, facts, methods, expected) => expect(forgottenClass(facts, methods, policy, NOW)).toBe(expected))
})

describe('policy.md §1, §3: what a sign-in is', () => {
  const noUv: Evidence = { ...by('passkey', 'a'), userVerified: false }

  test.each<[string, Evidence[], Acr]>([
    ['a passkey that verified its user', [by('passkey', 'a')], 'phr'],
    ['a passkey that did not', [noUv], 'lk:1'],
    ['a password and an app', [by('password'), by('totp')], 'lk:2'],
    ['a password and a text message', [by('password'), by('sms')], 'lk:2'],
    ['a password and a recovery code', [by('password'), by('recovery_code')], 'lk:2'],
    ['a password and an e-mail code, which is no factor', [by('password'), by('email')], 'lk:1'],
    ['a code without a password', [by('totp')], 'lk:1'],
  ])('acr of %s', (_what, evidence, expected) => expect(acr(evidence)).toBe(expected))

  const { product, exchange } = PRESETS
  const byMail: Policy = { ...product, emailSignIn: true }
  const one = account({ passkeys: [passkey('a')], totp })
  const suspended = account({ passkeys: [passkey('a', { status: 'suspended' })], totp })
  test.each<[string, AccountFacts, Evidence[], Policy, boolean]>([
    ['a passkey', one, [by('passkey', 'a')], exchange, true],
    ['a suspended passkey', suspended, [by('passkey', 'a')], exchange, false],
    ['a passkey that did not verify its user', one, [noUv], exchange, false],
    ['the same beside a code', one, [noUv, by('totp')], exchange, true],
    ['a suspended one beside a code', suspended, [noUv, by('totp')], exchange, false],
    ['a password where no more is demanded', account(), [by('password')], product, true],
    ['a password where an app is on', one, [by('password')], product, false],
    ['a password where a second step is demanded', account(), [by('password')], exchange, false],
    ['a password and the code that counts', account(), [by('password'), by('email')], exchange, true],
    ['a password and a code that does not', one, [by('password'), by('email')], exchange, false],
    ['a code alone', one, [by('totp')], exchange, false],
    ['an e-mail code', account(), [by('email')], product, false],
    ['an e-mail code where it signs in', account(), [by('email')], byMail, true],
    ['another code there', one, [by('totp')], byMail, false],
  ])('%s is a full sign-in or not', (_what, facts, evidence, rules, expected) =>
    expect(isFullSignIn(facts, evidence, rules)).toBe(expected),
  )
})

describe('a kept proof', () => {
  test('is never better than it was, weaker beside a trusted passkey, none without the passkey that gave it', () => {
    const p = { proofClass: 'two_steps', credentialId: null } as const
    expect(classNow(account(), p, policy, NOW)).toBe('two_steps')
    expect(classNow(account({ passkeys: [passkey('a')] }), p, policy, NOW)).toBe('lesser')
    // given by the passkey itself, before it was trusted
    const young = { ...p, credentialId: 'a' as CredentialId }
    expect(classNow(account({ passkeys: [passkey('a')] }), young, policy, NOW)).toBe('two_steps')
    const t = { proofClass: 'trusted', credentialId: 'a' as CredentialId } as const
    expect(classNow(account({ passkeys: [passkey('a')] }), t, policy, NOW)).toBe('trusted')
    expect(classNow(account({ passkeys: [passkey('a', { status: 'suspended' })] }), t, policy, NOW)).toBeNull()
    expect(classNow(account(), t, policy, NOW)).toBeNull()
  })
})

describe('policy.md §4, §5, §8: the table', () => {
  test('H10 old evidence does less: the ages of the rows', () => {
    const ages = Object.entries(OPERATIONS).flatMap(([name, { freshness }]) =>
      freshness.kind === 'evidence' ? [[name, freshness.maxAgeMinutes]] : [],
    )
    expect(Object.fromEntries(ages)).toEqual({
      'passkey.rename': 15,
      'passkey.keep': 15,
      'account.passkey_first': 15,
      'account.messages': 15,
      'session.end': 15,
      'passkey.suspend': 15,
      'payout_address.remove': 15,
      'sessions.end_others': 5,
      'account.freeze': 5,
    })
    expect(Object.entries(OPERATIONS).flatMap(([name, { freshness }]) => (freshness.kind === 'live' ? [name] : []))).toEqual([
      'account.read',
    ])
  })

  test('a removal needs at least what its addition needs', () => {
    const strictness = (operation: Operation) => (['live', 'evidence', 'ceremony'] as const).indexOf(OPERATIONS[operation].freshness.kind)
    for (const what of ['passkey', 'totp', 'phone', 'email'] as const)
      expect(strictness(`${what}.remove`)).toBeGreaterThanOrEqual(strictness(`${what}.add`))
  })

  test('the last trusted passkey: another one that works makes it not the last', () => {
    const two = account({ passkeys: [passkey('a'), passkey('b')] })
    expect([isLastTrusted(two, 'a', NOW), isLastTrusted(account({ passkeys: [passkey('a'), young('y', 'lesser')] }), 'a', NOW)]).toEqual([
      false,
      true,
    ])
    expect(isLastTrusted(account({ passkeys: [passkey('a'), young('y', 'lesser')] }), 'y', NOW)).toBe(false)
  })

  test('nor is it one that is young, removed, or another one', () => {
    const suspended = passkey('s', { status: 'suspended', suspendedAt: NOW })
    const last = (passkeys: Passkey[], id: string) => isLastTrusted(account({ passkeys }), id, NOW)
    expect(last([suspended, young('y', 'lesser')], 's')).toBe(true)
    expect(last([suspended, passkey('a')], 'a')).toBe(true)
    expect(last([suspended, young('y', 'lesser')], 'y')).toBe(false)
    expect(last([young('y', 'lesser')], 'y')).toBe(false)
    expect(last([passkey('r', { status: 'removed', removedAt: NOW })], 'r')).toBe(false)
  })

  test('young is what works and is not trusted yet, weak what a weak proof made of it', () => {
    expect([isYoung(young('y', 'two_steps'), NOW), isYoung(passkey('a'), NOW)]).toEqual([true, false])
    expect(isYoung(passkey('s', { status: 'suspended', trustedAt: NOW + HOUR }), NOW)).toBe(false)
    expect([
      isWeak(young('y', 'lesser'), NOW),
      isWeak(young('y', 'two_steps'), NOW),
      isWeak(passkey('a', { createdVia: 'lesser' }), NOW),
    ]).toEqual([true, false, false])
  })

  test('K21 stale is what nobody used or kept for longer than the time of the policy', () => {
    const { staleAfterMs } = policy
    const stale = (over: Partial<Passkey>) =>
      isStale(passkey('a', { createdAt: 0, lastUsedAt: null, reviewedAt: null, ...over }), policy, staleAfterMs + 1)
    expect(stale({})).toBe(true)
    for (const touched of [{ createdAt: 1 }, { lastUsedAt: 1 }, { reviewedAt: 1 }, { status: 'suspended' }] as const)
      expect(stale(touched)).toBe(false)
  })

  test('the owner’s own passkeys of the first day are trusted at once, later ones after their hours', () => {
    const from = (via: Passkey['createdVia'], age: number) => trustedFrom(via, { createdAt: NOW - age }, policy, NOW) - NOW
    expect([
      from('founding', 48 * HOUR),
      from('trusted', 24 * HOUR - 1),
      from('trusted', 24 * HOUR),
      from('two_steps', 0),
      from('lesser', 0),
    ]).toEqual([0, 0, 24 * HOUR, 24 * HOUR, 72 * HOUR])
  })

  test('strict doubles every wait, pause and trust clock', () => {
    const { strict } = PRESETS
    expect(decide('password.change', 'lesser', strict)).toEqual({ kind: 'wait', waitMs: 144 * HOUR, pauseMs: 144 * HOUR })
    expect(decide('password.change', 'two_steps', strict)).toEqual({ kind: 'now', pauseMs: 48 * HOUR })
    expect([
      trustedFrom('two_steps', null, strict, 0),
      trustedFrom('lesser', null, strict, 0),
      trustedFrom('recovery_two_steps', null, strict, 0),
    ]).toEqual([48 * HOUR, 144 * HOUR, 144 * HOUR])
  })
})
