import { describe, expect, test } from 'vitest'
import { codeOf, type Failure, LatchkeyError } from './errors.ts'

const failure = (more: Partial<Failure>): Failure => ({
  name: 'NotAllowedError',
  kind: 'get',
  mode: 'modal',
  elapsedMs: 3000,
  timeoutMs: 300_000,
  wasHidden: false,
  activated: true,
  online: true,
  inApp: false,
  replaced: false,
  windows10: false,
  hints: [],
  attachment: undefined,
  previous: null,
  ...more,
})
const code = (more: Partial<Failure>): string => codeOf(failure(more))

describe('U7: NotAllowedError is told apart by what the browser tells', () => {
  test.each<[string, Partial<Failure>, string]>([
    ['cancelled, or nothing here', {}, 'LK101'],
    ['as fast as a person can be', { elapsedMs: 250 }, 'LK101'],
    ['the timeout, almost', { elapsedMs: 297_999 }, 'LK101'],
    ['the timeout', { elapsedMs: 298_000 }, 'LK102'],
    ['no passkey here, or a lock that was not confirmed: fast, and that says nothing', { elapsedMs: 10 }, 'LK101'],
    ['U7: fast twice', { elapsedMs: 10, previous: 'LK101' }, 'LK101'],
    ['U7: fast, in a browser that says nothing of clicks', { elapsedMs: 10, activated: undefined }, 'LK101'],
    ['U7: no click stood behind it', { elapsedMs: 10, activated: false }, 'LK103'],
    ['U7: and again, without the signs of an app', { elapsedMs: 10, activated: false, previous: 'LK103' }, 'LK103'],
    ['U7: no click, but a prompt that somebody closed', { activated: false }, 'LK101'],
    ['U7: offline', { elapsedMs: 10, online: false }, 'LK402'],
    ['U7: offline by the time it failed', { online: false, activated: false }, 'LK402'],
    ['inside an app', { elapsedMs: 100, inApp: true }, 'LK104'],
    ['inside an app, but after a prompt', { inApp: true }, 'LK101'],
    ['the tab was left', { wasHidden: true }, 'LK117'],
    ['a key once', { hints: ['security-key'] }, 'LK101'],
    ['a key that may be full', { kind: 'create', hints: ['security-key'], previous: 'LK101' }, 'LK114'],
    ['a key that may be blocked', { hints: ['security-key'], previous: 'LK112' }, 'LK115'],
    ['Windows 10 once', { kind: 'create', attachment: 'platform', windows10: true }, 'LK101'],
    ['Windows 10 twice', { kind: 'create', attachment: 'platform', windows10: true, previous: 'LK101' }, 'LK207'],
  ])('%s', (_, more, expected) => {
    expect(code(more)).toBe(expected)
  })
})

test.each<[string, Partial<Failure>, string]>([
  ['InvalidStateError', { kind: 'create' }, 'LK105'],
  ['InvalidStateError', { kind: 'get' }, 'LK113'],
  ['SecurityError', {}, 'LK106'],
  ['AbortError', {}, 'LK107'],
  ['TypeError', {}, 'LK109'],
  ['DataError', {}, 'LK109'],
  ['ConstraintError', {}, 'LK110'],
  ['NotSupportedError', {}, 'LK111'],
  ['UnknownError', {}, 'LK112'],
  ['OperationError', {}, 'LK112'],
  ['UnknownError', { kind: 'create', hints: ['security-key'], previous: 'LK112' }, 'LK114'],
  ['NotReadableError', {}, 'LK113'],
  ['EncodingError', {}, 'LK113'],
  ['SomethingNewError', {}, 'LK113'],
  ['', {}, 'LK113'],
  ['UnknownError', { replaced: true }, 'LK206'],
  ['NotAllowedError', { replaced: true }, 'LK101'],
  ['NotAllowedError', { mode: 'silent' }, 'LK116'],
  ['AbortError', { mode: 'autofill' }, 'LK107'],
])('%s with %o is %s', (name, more, expected) => {
  expect(code({ name, ...more })).toBe(expected)
})

test('an error of ours names its code and keeps the refusal', () => {
  const problem = {
    type: '/problems/passkey_suspended',
    title: 'Suspended',
    status: 401,
    instance: 'abc',
    code: 'passkey_suspended',
    ref: 'LK303',
  } as const
  const error = new LatchkeyError('LK303', { problem })
  expect(error).toMatchObject({ name: 'LatchkeyError', code: 'LK303', message: 'Suspended', repeated: false, problem })
  expect(new LatchkeyError('LK101').message).toBe('LK101')
})
