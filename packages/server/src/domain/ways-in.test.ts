import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PRESETS } from './policy.ts'
import type { AccountFacts, Identifier, Passkey } from './types.ts'
import { onlyOnOneDevice, opensByMail, opensRecovery, standing, waysBack, waysIn } from './ways-in.ts'

const passkey = (id: string, over: Partial<Passkey> = {}): Passkey =>
  ({ id, status: 'active', flags: [], aaguid: `keeper-${id}`, backupEligible: true, label: null, autoLabel: id, ...over }) as Passkey
const onDevice = (id: string): Passkey => passkey(id, { backupEligible: false })
const address = (kind: 'email' | 'phone'): Identifier => ({ kind, value: kind, supersededAt: null }) as Identifier
const codes = (over: object = {}) => ({ id: 'c', createdAt: 0, left: 10, savedAt: 1, ...over })
const facts = (over: Partial<AccountFacts> = {}): AccountFacts =>
  ({
    identifiers: [address('email')],
    passkeys: [passkey('a')],
    password: null,
    totp: null,
    recoveryCodes: null,
    pending: [],
    ...over,
  }) as AccountFacts
const password = { id: 'p', changedAt: 0, mustChange: false }
const totp = { id: 't', createdAt: 0, lastUsedAt: null }
const policy = PRESETS.exchange

describe('INV-1: what signs an account in', () => {
  const { product, exchange, strict } = PRESETS
  const phone = address('phone')
  const both = [address('email'), phone]
  const byPassword = (second: string[]) => [{ kind: 'password_and', second }]
  test.each([
    ['a password that there is not', {}, product, []],
    ['a password alone', { password }, product, [{ kind: 'password' }]],
    ['a password and an app', { password, totp }, product, byPassword(['totp'])],
    ['a password and the mailbox, where a second step is demanded', { password }, exchange, byPassword(['email'])],
    ['a password and a phone before the mailbox', { password, identifiers: both }, exchange, byPassword(['sms'])],
    ['a password, an app and a phone', { password, totp, identifiers: both }, exchange, byPassword(['totp', 'sms'])],
    ['neither phone nor mailbox beside a password, where neither counts', { password, identifiers: both }, strict, []],
    ['no password without a second step', { password, identifiers: [] }, exchange, []],
    ['no address of before', { password, identifiers: [{ ...address('email'), supersededAt: 1 }] }, exchange, []],
  ])('%s', (_, over, rules, ways) => expect(waysIn(facts({ passkeys: [], ...over } as Partial<AccountFacts>), rules)).toEqual(ways))
})

describe('U4: complete routes are counted', () => {
  test('two kinds of proof open a recovery, one of them not sent by message', () => {
    expect(opensRecovery(['password', 'email'])).toBe(true)
    for (const methods of [['password', 'password'], ['email', 'sms'], []] as const) expect(opensRecovery(methods)).toBe(false)
  })

  test('a recovery code and the mailbox are one route together, and none alone', () => {
    expect(waysBack(facts({ recoveryCodes: codes() }), policy)).toEqual([{ kind: 'proofs', proofs: ['recovery_code', 'email'] }])
    expect(waysBack(facts(), policy)).toEqual([])
    expect(waysBack(facts({ recoveryCodes: codes(), identifiers: [] }), policy)).toEqual([])
    expect(waysBack(facts({ identifiers: [address('email'), address('phone')] }), policy)).toEqual([])
  })

  test('codes count once their owner confirmed that they are saved, and while some are left', () => {
    expect(waysBack(facts({ recoveryCodes: codes({ savedAt: null }) }), policy)).toEqual([])
    expect(waysBack(facts({ recoveryCodes: codes({ left: 0 }) }), policy)).toEqual([])
  })

  test('another passkey counts where another keeper has it', () => {
    const two = (a: Partial<Passkey>, b: Partial<Passkey>) =>
      waysBack(facts({ passkeys: [passkey('a', a), passkey('b', b)] }), policy).length
    expect(two({ aaguid: 'one' }, { aaguid: 'one' })).toBe(0)
    expect(two({ aaguid: 'one' }, { aaguid: 'two' })).toBe(1)
    expect(two({ backupEligible: false, aaguid: 'x' }, { backupEligible: false, aaguid: 'x' })).toBe(1)
    expect(two({}, { status: 'removed' })).toBe(0)
    expect(two({}, { flags: ['not_discoverable'] })).toBe(0)
    // it opens no door until a session reactivates it
    expect(two({ aaguid: 'one' }, { aaguid: 'two', status: 'suspended' })).toBe(0)
    expect(two({ aaguid: 'one', status: 'suspended' }, { aaguid: 'two' })).toBe(0)
  })

  test('the mailbox after its wait, where the policy has it and there is nothing else', () => {
    expect(waysBack(facts(), PRESETS.product)).toEqual([{ kind: 'mail' }])
    expect(waysBack(facts({ identifiers: [] }), PRESETS.product)).toEqual([])
    expect(waysBack(facts({ recoveryCodes: codes() }), PRESETS.product)).toEqual([{ kind: 'proofs', proofs: ['recovery_code', 'email'] }])
  })

  test('any account: each way that is counted opens a recovery, none is counted twice, and whatever would open one is counted', () => {
    const some = fc.record({
      password: fc.constantFrom(null, password),
      totp: fc.constantFrom(null, totp),
      recoveryCodes: fc.constantFrom(null, codes(), codes({ savedAt: null }), codes({ left: 0 })),
      identifiers: fc.subarray([address('email'), address('phone')]),
      passkeys: fc.subarray([passkey('a'), passkey('b'), onDevice('c'), passkey('d', { status: 'suspended' })]),
      preset: fc.constantFrom('product', 'exchange', 'strict') as fc.Arbitrary<'product' | 'exchange' | 'strict'>,
    })
    fc.assert(
      fc.property(some, ({ preset, ...over }) => {
        const account = facts(over as never)
        const back = waysBack(account, PRESETS[preset])
        const pairs = back.flatMap(way => (way.kind === 'proofs' ? [way.proofs] : []))
        expect(pairs.every(opensRecovery)).toBe(true)
        expect(new Set(pairs.map(pair => [...pair].sort().join())).size).toBe(pairs.length)
        const usable = [account.password, account.totp, account.recoveryCodes?.left && account.recoveryCodes.savedAt].filter(Boolean).length
        const messages = account.identifiers.filter(i => i.kind === 'email' || PRESETS[preset].smsStep).length
        expect(pairs.length).toBe((usable * (usable - 1)) / 2 + usable * messages)
        expect(back.some(way => way.kind === 'mail')).toBe(opensByMail(account, PRESETS[preset]))
      }),
      { numRuns: 300 },
    )
  })
})

describe('U4: the level, one function for both pages', () => {
  const next = (over: Partial<AccountFacts>) => standing(facts(over), policy).nextStep
  test('one passkey that goes with its device is never green, whatever stands beside it', () => {
    const account = { passkeys: [onDevice('a')], password, totp, recoveryCodes: codes() }
    expect(onlyOnOneDevice(facts(account))).toBe(true)
    expect(next(account)).toBe('another_passkey')
  })
  test.each<[string, Partial<AccountFacts>, string | null]>([
    ['a synced passkey with saved codes and a mailbox', { recoveryCodes: codes() }, null],
    ['a synced passkey alone', {}, 'recovery_codes'],
    ['with codes that nobody saved', { recoveryCodes: codes({ savedAt: null }) }, 'save_codes'],
    [
      'PK-4 a synced one that only follows the password',
      { passkeys: [passkey('a', { flags: ['not_discoverable'] })], password },
      'recovery_codes',
    ],
    ['one on a device, and nothing beside it', { passkeys: [onDevice('a')] }, 'another_passkey'],
    [
      'one on a device beside one that no page finds',
      { passkeys: [onDevice('a'), passkey('b', { backupEligible: false, flags: ['not_discoverable'] })], recoveryCodes: codes() },
      'another_passkey',
    ],
    ['two of one keeper, and no way back', { passkeys: [passkey('a', { aaguid: 'x' }), passkey('b', { aaguid: 'x' })] }, 'recovery_codes'],
    ['two on devices', { passkeys: [onDevice('a'), onDevice('b')] }, null],
    ['a password and no passkey', { passkeys: [], password }, 'passkey'],
  ])('%s', (_, over, expected) => {
    expect(next(over)).toBe(expected)
  })
})
