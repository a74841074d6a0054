import { describe, expect, test } from 'vitest'
import { parseConfig } from '../config.ts'
import { noticeTemplates, renderMessage, type TemplateName } from './templates.ts'

const config = parseConfig({
  publicUrl: 'https://accounts.example.com',
  masterKey: '00'.repeat(32),
  smtpUrl: 'smtp://localhost',
  brand: { name: 'Harbor' },
})
const at = Date.UTC(2026, 10, 22, 14, 5)
const full = {
  at,
  device: 'Safari on iPhone',
  place: 'Madrid',
  name: 'iPhone',
  until: at + 72 * 3_600_000,
  operation: 'email.replace',
  reference: 'WD-7F3A-91C2',
  code: '123456',
}
const every: TemplateName[] = [...noticeTemplates, 'code', 'sign_up_code', 'account_exists']

describe('codes', () => {
  test('mail', () => {
    const { subject, text, html } = renderMessage(config, 'code', 'email', { code: '012345', at })
    expect(subject).toBe('012345 is your Harbor code')
    expect(text).toContain('\n012345\n')
    expect(text).toContain('Only enter it on accounts.example.com. We never ask for it by phone or chat.')
    expect(text).toContain('It works for 10 minutes.')
    expect(html).toContain('>012345</p>')
  })

  test('SMS ends with the line that binds it to the site', () => {
    const { text, subject, html } = renderMessage(config, 'code', 'sms', { code: '012345', at })
    expect(text.split('\n').at(-1)).toBe('@accounts.example.com #012345')
    expect(text).toMatch(/^012345 is your Harbor code\. Only enter it on accounts\.example\.com\./)
    expect([subject, html]).toEqual(['', null])
  })

  test('SMS of a long brand and host keeps the code and its last line', () => {
    const long = parseConfig({
      publicUrl: `https://${'very-long-label.'.repeat(3)}example.com`,
      masterKey: '00'.repeat(32),
      smtpUrl: 'smtp://x',
      brand: { name: 'The Most Trusted Savings Bank of Somewhere' },
    })
    const { text } = renderMessage(long, 'code', 'sms', { code: '012345', at })
    expect(text.length).toBeLessThanOrEqual(160)
    expect(text).toMatch(/^012345 is your The Most Trusted Savings.*#012345$/s)
  })
})

test('SM-1: a text message has 160 characters at most, and as many sentences as fit', () => {
  const lengths = Array.from({ length: 120 }, (_, n) => {
    const host = 'h'.repeat(n + 1)
    return renderMessage({ ...config, host }, 'code', 'sms', { code: '012345', at }).text.length
  })
  expect(Math.max(...lengths)).toBe(160)
})

describe('notices say what, when, on which device, and what to do', () => {
  test('the sample', () => {
    const { subject, text } = renderMessage(config, 'passkey_created', 'email', {
      at,
      name: 'iPhone',
      device: 'Safari on iPhone',
      place: 'Madrid',
      zone: 'Asia/Shanghai',
    })
    expect(subject).toBe('New passkey on your Harbor account')
    expect(text).toContain('A passkey named iPhone was created on 22 Nov 2026, 22:05 (GMT+8).')
    expect(text).toContain('Device: Safari on iPhone\nPlace: Madrid')
    expect(text).toContain('If this was you, there is nothing to do.')
    // a message of an earlier release, which has no link that freezes
    expect(text).toContain('Wasn’t you? Freeze your account: https://accounts.example.com/account/lost-device')
  })

  test('a change that waits says which, until when, and how to stop it', () => {
    const { text } = renderMessage(config, 'change_waits', 'email', full)
    expect(text).toContain('change the email address. It takes effect on 25 Nov 2026, 14:05 (UTC), unless it is stopped.')
    expect(text).toContain('You can stop it until then: sign in and open https://accounts.example.com/account/security')
  })

  test.each(every)('%s: whole in both channels, with and without its parameters', template => {
    for (const params of [full, { at, code: '123456' }]) {
      const mail = renderMessage(config, template, 'email', params)
      const sms = renderMessage(config, template, 'sms', params)
      const words = mail.html?.replace(/<style>.*?<\/style>| style="[^"]*"/gs, '') ?? ''
      for (const text of [mail.subject, mail.text, words, sms.text]) {
        expect(text).not.toBe('')
        expect(text).not.toMatch(/\{\w+|undefined|\bnull\b|\bnone\b(?!")|NaN|notice\.|1970/)
      }
      expect(mail.subject).not.toMatch(/\n/)
      expect(mail.html).not.toMatch(/<script|<img|<link|http-equiv|src=/)
      expect(sms.text.length).toBeLessThanOrEqual(160)
      // one character outside the GSM alphabet more than halves what fits
      expect(sms.text).toMatch(/^[\x20-\x7e\n]*$/)
      for (const personal of ['iPhone', 'Madrid', 'Safari']) expect(sms.text).not.toContain(personal)
    }
  })

  const LINK = 'abcdefghijklmnop'

  test('F41 every notice carries its own link that freezes, and none that acts by itself; until when it works', () => {
    for (const template of noticeTemplates) {
      const { text, html } = renderMessage(config, template, 'email', { ...full, link: LINK })
      const urls = `${text}${html}`.match(/https?:[^\s"<]+/g) ?? []
      for (const url of urls) expect(url).toMatch(/^https:\/\/accounts\.example\.com\/(f\/abcdefghijklmnop|account\/security)$/)
      expect(urls.filter(url => url.endsWith(LINK))).toHaveLength(2)
      expect(text).toContain(
        'It opens a page on accounts.example.com and works until 25 Nov 2026, 14:05 (UTC). Opening it changes nothing.',
      )
    }
  })

  test('no message with a code carries one', () => {
    for (const template of ['code', 'sign_up_code'] as const)
      for (const channel of ['email', 'sms'] as const) {
        const { text, html } = renderMessage(config, template, channel, { ...full, link: LINK })
        expect(`${text}${html}`).not.toContain(LINK)
      }
  })

  test('a text message fits one segment, its link included, with a publicUrl of 40 characters and a long name', () => {
    const publicUrl = 'https://accounts.harbor-exchange.example'
    expect(publicUrl).toHaveLength(40)
    const long = parseConfig({ publicUrl, masterKey: '00'.repeat(32), smtpUrl: 'smtp://x', brand: { name: 'Harbor Exchange of Europe' } })
    for (const template of noticeTemplates)
      for (const zone of ['UTC', 'Asia/Kolkata']) {
        const { text } = renderMessage(long, template, 'sms', { ...full, link: LINK, zone })
        expect(text).toContain(`${publicUrl}/f/${LINK}`)
        expect(`${template} ${text.length <= 160}`).toBe(`${template} true`)
        expect(text).toMatch(/^[\x20-\x7e]*$/)
      }
  })

  test('a path prefix and a host of the operator stand in every link', () => {
    const mounted = parseConfig({ publicUrl: 'https://example.com', basePath: '/auth', masterKey: '00'.repeat(32), smtpUrl: 'smtp://x' })
    expect(renderMessage(mounted, 'passkey_removed', 'email', { at }).text).toContain('https://example.com/auth/account/lost-device')
  })

  test('words nobody wrote are no template', () => {
    for (const name of ['nothing', 'toString', '__proto__', 'x'])
      expect(() => renderMessage(config, name, 'email', { at })).toThrow(RangeError)
  })
})

describe('V-19 values stay values', () => {
  const evil = '"><script>alert(1)</script>\r\nBcc: victim@example.com\u2028\u202e{at, datetime}&\u001b[31m'

  test('no header, no line, no element', () => {
    const { subject, text, html } = renderMessage({ ...config, brand: { name: evil } }, 'passkey_created', 'email', {
      at,
      name: evil,
      device: evil,
      place: evil,
    })
    expect(subject).not.toMatch(/\p{Cc}|\u2028|\u202e/u)
    expect(text).not.toMatch(/^Bcc:/m)
    expect(html).not.toContain('<script')
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toMatch(/[^\P{Cc}\n]|\u2028|\u202e/u)
  })

  test('a label named like a parameter is shown as typed', () => {
    expect(renderMessage(config, 'passkey_removed', 'email', { at, name: '{brand}' }).text).toContain('The passkey {brand} was deleted')
  })
})

describe('SM-1, ML-1: a brand is cut between letters', () => {
  const ASTRONAUT = '👩🏽‍🚀'
  const family = new Intl.Segmenter('en', { granularity: 'grapheme' })
  const cases = [ASTRONAUT, '🏦', 'e\u0301', '👨‍👩‍👧‍👦', 'नि']
  test.each([
    ['sms', 24],
    ['email', 64],
  ] as const)('%s, around unit %i', (channel, most) => {
    for (const letter of cases) {
      for (let before = most - letter.length - 1; before <= most + 1; before++) {
        const name = 'x'.repeat(before) + letter.repeat(3)
        const { subject, text } = renderMessage({ ...config, brand: { name } }, 'code', channel, { code: '123456' })
        const shown = /x+\S*/.exec(channel === 'sms' ? text : subject)?.[0].replace(/[:.,]$/, '') ?? ''
        const whole = [...family.segment(name)].map(({ segment }) => segment)
        expect(name.startsWith(shown)).toBe(true)
        expect(shown.length).toBeLessThanOrEqual(most)
        expect([...family.segment(shown)].map(({ segment }) => segment)).toEqual(whole.slice(0, [...family.segment(shown)].length))
        expect(text.isWellFormed() && subject.isWellFormed()).toBe(true)
      }
    }
  })
})

test('SM-1: however long the host and a name are, a text message says what it is about', () => {
  const host = `${'accounts.'.repeat(16)}example.com`
  const far = { ...config, host, origin: `https://${host}`, publicUrl: new URL(`https://${host}`) }
  for (const template of ['code', 'sign_up_code', 'account_exists', 'address_in_use', ...noticeTemplates]) {
    const { text } = renderMessage(far, template, 'sms', {
      code: '123456',
      at: 0,
      until: 0,
      name: '👍'.repeat(64),
      operation: 'email.replace',
    })
    expect([template, text]).toEqual([template, expect.stringMatching(/^(?:123456 is your |\p{Lu}).*\p{L}{3}/u)])
  }
})
