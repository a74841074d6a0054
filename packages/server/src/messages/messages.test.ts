import { describe, expect, it } from 'vitest'
import { PROBLEMS } from '../domain/problems.ts'
import { areas, en } from './en/index.ts'
import { compile } from './format.ts'
import { createTranslator, type MessageKey } from './index.ts'

const AT = Date.UTC(2026, 10, 24, 6, 5)

describe('the catalogue', () => {
  it('has well-formed messages, each key in one area only', () => {
    for (const message of Object.values<string>(en)) expect(() => compile(message)).not.toThrow()
    const keys = Object.values(areas).flatMap(area => Object.keys(area))
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
  })
  it('has words for every refusal, and for every reference that a page can show', () => {
    for (const [code, { ref }] of Object.entries(PROBLEMS)) {
      expect(en, code).toHaveProperty([`problem.${code}.title`])
      expect(en, code).toHaveProperty([`problem.${code}.action`])
      for (const part of ['title', 'text', 'action']) expect(en, ref).toHaveProperty([`error.${ref}.${part}`])
    }
  })
  it('keeps to the voice: no word that people would have to look up, no "please", no exclamation mark', () => {
    const banned =
      /\b(WebAuthn|FIDO|credentials?|attestation|user verification|relying party|discoverable|device-bound|please|oops|Smart Lock|clear your cache|Advanced Data Protection)\b|!/i
    // the products of that name may be named
    const authenticator = /(?<!Google |Microsoft )authenticator(?! apps?\b)/i
    const typewriter = /'/
    const offending = Object.entries<string>(en).filter(([, message]) =>
      [banned, authenticator, typewriter].some(rule => rule.test(message)),
    )
    expect(offending).toEqual([])
  })
})

describe('createTranslator', () => {
  const t = createTranslator('en')
  it('fills in names and numbers, and leaves a missing one visible', () => {
    expect(t('passkey.created_with', { provider: 'iCloud Keychain' })).toBe('Created with iCloud Keychain')
    expect(t('passkey.created_with')).toBe('Created with {provider}')
    expect(t('problem.code_wrong.title+triesLeft', { triesLeft: 0 })).toContain('No tries left.')
    expect(t('problem.code_wrong.title+triesLeft', { triesLeft: 1 })).toContain('1 try left.')
    expect(t('problem.code_wrong.title+triesLeft', { triesLeft: 4 })).toContain('4 tries left.')
  })
  it('does not read a value as a message', () => {
    expect(t('passkey.created_with', { provider: '{n, plural, one {x}' })).toBe('Created with {n, plural, one {x}')
    expect(t.find('constructor')).toBeUndefined()
    expect(t.find('__proto__')).toBeUndefined()
  })
  it('writes times with their zone', () => {
    expect(createTranslator('en', 'Asia/Singapore')('passkey.young', { at: AT })).toBe('New: moves money from 24 Nov 2026, 14:05 (GMT+8)')
    expect(t.datetime(AT)).toBe('24 Nov 2026, 06:05 (UTC)')
    expect(createTranslator('en', 'Mars/Olympus').datetime(AT)).toBe('24 Nov 2026, 06:05 (UTC)')
  })
  it('speaks English where the language is unknown or no language at all', () => {
    for (const lang of ['xx', '', 'e', 'en-US', 'EN_gb', '../../etc', 'constructor', '*'])
      expect(createTranslator(lang).lang, lang).toBe('en')
  })
  it('says relative time up to a week, then the date', () => {
    const ago = (ms: number) => t.relative(AT - ms, AT)
    expect([ago(0), ago(59_000), ago(60_000), ago(3 * 3_600_000), ago(3 * 86_400_000), ago(8 * 86_400_000)]).toEqual([
      'just now',
      'just now',
      '1 minute ago',
      '3 hours ago',
      '3 days ago',
      '16 Nov 2026',
    ])
    expect(t.relative(AT + 120_000, AT)).toBe('in 2 minutes')
  })
  it('hands back parts for values that are not text', () => {
    const link = { a: 1 }
    expect(t.parts('passkey.created_on_in' satisfies MessageKey, { date: link, client: 'Chrome' })).toEqual([
      'Created ',
      link,
      ' in ',
      'Chrome',
    ])
  })
})

describe('compile', () => {
  it.each(['{', '}', 'a {n, plural, one {x}}', '{n, money}', '{n, plural, one {x} other {y}', 'x {a} }'])('refuses %s', message => {
    expect(() => compile(message)).toThrow(SyntaxError)
  })
})
