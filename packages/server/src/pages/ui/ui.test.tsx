import type { PasskeyJson } from '@latchkey/browser/wire'
import type { Child } from 'hono/jsx'
import { describe, expect, it } from 'vitest'
import { en } from '../../messages/en/index.ts'
import { createTranslator } from '../../messages/index.ts'
import { PasskeyBadges, PasskeyCard, PasskeyList } from '../passkeys/card.tsx'
import { brandStyle } from '../shell/brand-style.ts'
import { DeviceCheck } from '../shell/device-check.tsx'
import { Help } from '../shell/help.tsx'
import type { ShellProps } from '../shell/props.ts'
import { AccountShell, OneShell, PlainShell } from '../shell/shell.tsx'
import { Button, LinkButton } from './buttons.tsx'
import { Option, SwitchRow } from './choices.tsx'
import { AssetContext, HrefContext } from './context.ts'
import { ErrorBox, errorWords, ProblemBox } from './errors.tsx'
import { Codes } from './facts.tsx'
import { CodeField, Field, PasswordField } from './fields.tsx'
import { Form } from './form.tsx'
import { Row } from './rows.tsx'
import { AddressText, Chip, Msg, Time } from './words.tsx'

const EVIL = '"><script>alert(1)</script>'
const t = createTranslator('en')
const NOW = Date.UTC(2026, 10, 22, 13, 5)
const DAY = 86_400_000
const render = async (node: Child): Promise<string> => String(await node)

const shell: ShellProps = { title: 'Sign in', brand: { name: 'Harbor' }, nonce: 'n0nce', formToken: 't0ken', lang: 'en' }
const passkey: PasskeyJson = {
  id: 'abc_-1',
  name: 'iPhone',
  aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd',
  provider: 'iCloud Keychain',
  kind: 'synced',
  status: 'active',
  thisDevice: true,
  needsFirstUse: false,
  counter: false,
  discoverable: true,
  staleDays: null,
  trustedAt: null,
  createdAt: NOW - 30 * DAY,
  createdIn: 'Safari on iPhone',
  lastUsedAt: NOW - 3 * DAY,
  lastUsedIn: 'Safari on iPhone',
  suspendedAt: null,
  openSessions: 0,
}

describe('parts', () => {
  it('escape what people typed, wherever it stands', async () => {
    const html = await render(
      <div>
        <Field name="id" label="Name" value={EVIL} error={EVIL} hint={EVIL} />
        <Button label={EVIL}>{EVIL}</Button>
        <Row title={EVIL} note={EVIL} href="/x" />
        <Option icon="qr" title={EVIL} />
        <Chip identifier={EVIL} />
        <AddressText address={EVIL} />
        <Codes codes={[EVIL]} />
        <ErrorBox title={EVIL} text={EVIL} code={EVIL} />
        <Msg id="passkey.created_with" provider={EVIL} />
        <PasskeyCard passkey={{ ...passkey, name: EVIL, createdIn: EVIL, lastUsedIn: EVIL, provider: EVIL }} t={t} now={NOW} />
      </div>,
    )
    expect(html).not.toMatch(/<script/i)
    expect(html).not.toContain(EVIL)
  })
  it('carry neither inline script nor inline style', async () => {
    const html = await render(
      <OneShell {...shell}>
        <DeviceCheck t={t} host="example.com" tryAction="/try" />
        <Help t={t} brand={{ name: 'Harbor' }} />
        <PasskeyList passkeys={[passkey]} t={t} now={NOW} />
      </OneShell>,
    )
    expect(html).not.toMatch(/\son\w+=/)
    expect(html).not.toMatch(/\sstyle=/)
    expect(html).not.toMatch(/<script(?![^>]* (?:src=|type="application\/json"))/)
    expect(html).not.toContain('undefined')
    expect(html).not.toContain('[object')
  })
  it('name a button by the words that are seen on it, so that it can be called by voice', () => {
    const seen = (key: string): string | undefined => t.find(key.replace(/_named$/, ''))?.toLowerCase()
    const wrong = Object.entries(en).filter(([key, words]) => {
      const visible = key.endsWith('_named') ? seen(key) : undefined
      return visible !== undefined && !words.toLowerCase().includes(visible)
    })
    expect(wrong).toEqual([])
  })
  it('tie hints and errors to their field', async () => {
    const html = await render(<Field name="identifier" label="Email" hint="h" error="e" autocomplete="username webauthn" required />)
    expect(html).toContain('aria-describedby="identifier-hint identifier-error"')
    expect(html).toContain('aria-invalid="true"')
    expect(html).toContain('spellcheck="false"')
    expect(await render(<Field name="a" label="A" />)).not.toContain('aria-')
  })
  it('make a code field of one input that the device can fill', async () => {
    const html = await render(<CodeField error="That code isn’t right." />)
    for (const part of ['inputmode="numeric"', 'autocomplete="one-time-code"', 'data-lk-autosubmit="6"', '6-digit code'])
      expect(html).toContain(part)
    expect(html.match(/<input/g)).toHaveLength(1)
  })
  it('never send a password back', async () => {
    const html = await render(<PasswordField name="password" label="Password" autocomplete="current-password" />)
    expect(html).not.toContain(' value=')
    expect(html).toContain('data-lk-reveal="password"')
  })
  it('put the base path before our own addresses only', async () => {
    const html = await render(
      <HrefContext.Provider value={path => `/auth${path}`}>
        <LinkButton href="/sign-in">a</LinkButton>
        <LinkButton href="https://example.com/">b</LinkButton>
        <LinkButton href="//example.com/">c</LinkButton>
        <Form action="/sign-out">d</Form>
      </HrefContext.Provider>,
    )
    expect([...html.matchAll(/(?:href|action)="([^"]*)"/g)].map(match => match[1])).toEqual([
      '/auth/sign-in',
      'https://example.com/',
      '//example.com/',
      '/auth/sign-out',
    ])
  })
  it('show an address in full, its ends emphasised, and spell it for readers', async () => {
    const html = await render(<AddressText address="bc1qx9f277ke8r3l0w5y" />)
    expect(html).toContain('bc1q x9f2 77ke 8r3l 0w5y')
    expect(html).toContain(
      '<span><b>bc1q</b></span><span><b>x9</b>f2</span><span>77ke</span><span>8r<b>3l</b></span><span><b>0w5y</b></span>',
    )
    for (const length of [1, 5, 6, 7, 11, 12, 13, 42]) {
      const address = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEF'.slice(0, length)
      const shown = (await render(<AddressText address={address} />)).replace(/^.*?aria-hidden="true">/s, '').replace(/<[^>]*>/g, '')
      expect(shown, address).toBe(address)
    }
  })
  it('say a problem in words, with the values it carries', async () => {
    expect(await render(<ProblemBox code="code_wrong" extras={{ triesLeft: 1 }} trace="8F3A" />)).toMatch(
      /1 try left\..*Code LK312 · 8F3A/s,
    )
    expect(await render(<ProblemBox code="money_held" extras={{ until: NOW }} />)).toContain('until 22 Nov 2026, 13:05 (UTC)')
    expect(errorWords(t, 'LK101').action).toBe('Try again')
    expect(errorWords(t, 'LK999').title).toBe('Your device gave an answer we don’t know.')
  })
  it('write times that machines read too', async () => {
    expect(await render(<Time at={NOW - 3 * DAY} style="relative" now={NOW} />)).toBe(
      '<time datetime="2026-11-19T13:05:00.000Z" title="19 Nov 2026, 13:05 (UTC)">3 days ago</time>',
    )
  })
  it('post a switch without a script', async () => {
    const html = await render(<SwitchRow name="first" icon="passkey" title="First" action="/a" checked={false} />)
    expect(html).toMatch(/<form.*role="switch".*<noscript><button/s)
    expect(html).not.toContain(' checked')
  })
})

describe('shells', () => {
  it('are whole documents, or only main', async () => {
    const page = await render(<PlainShell {...shell}>hello</PlainShell>)
    expect(page).toMatch(/^<!doctype html><html lang="en"><head>/)
    expect(page).toContain('<title>Sign in – Harbor</title>')
    expect(page).toContain('Trouble? Check this device')
    const part = await render(
      <AccountShell {...shell} account={{ name: 'mei@example.com' }} fragment>
        hello
      </AccountShell>,
    )
    expect(part).toMatch(/^<main class="lk-main" id="main" tabindex="-1" data-lk-title="Sign in"[^>]*>hello<\/main>$/)
  })
  it('K21 K29 O10 lead from the profile icon to Account security and Passkeys', async () => {
    const page = await render(<AccountShell {...shell} account={{ name: 'mei@example.com' }} nav="security" />)
    expect(page).toMatch(/<details class="lk-menu".*Account security.*Passkeys.*action="\/sign-out"/s)
    expect(page).toContain('value="t0ken"')
    expect(page).toMatch(/href="\/account\/security" aria-current="page"/)
    expect(page).toContain('<title>Sign in – Account – Harbor</title>')
  })
  it('show only what exists', async () => {
    const page = await render(<AccountShell {...shell} account={{ name: 'a' }} sections={['security', 'passkeys']} />)
    expect(page).not.toContain('/account/activity')
    expect(page).not.toContain('Contact support')
    expect(page).not.toContain('Privacy')
  })
  it('K42 link support where there is one', async () => {
    const brand = { name: 'Harbor', supportUrl: 'https://harbor.example/help', privacyUrl: '/privacy' }
    const page = await render(<PlainShell {...shell} brand={brand} />)
    expect(page).toContain('href="https://harbor.example/help"')
    expect(await render(<Help t={t} brand={brand} />)).toContain('href="https://harbor.example/help"')
  })
  it('O27 O28 say what is wrong when scripts are off or blocked', async () => {
    const page = await render(<PlainShell {...shell} />)
    expect(page).toMatch(/<noscript><p[^>]*>Passkeys need JavaScript\. You can still sign in/)
    expect(page).toContain('An ad blocker or privacy extension may be the cause.')
  })
  it('use the addresses of assets that they are given', async () => {
    const page = await render(
      <AssetContext.Provider value={name => `/a/${name}?v=1`}>
        <PlainShell {...shell} />
      </AssetContext.Provider>,
    )
    expect(page).toContain('href="/a/latchkey.css?v=1"')
    expect(page).toContain('href="/a/icons.svg?v=1#mark"')
  })
  it('take colours from a brand, and nothing else', () => {
    expect(brandStyle({ accent: '#0a0', fill: '#112233', onAccent: '#fff}body{display:none' })).toBe(
      '@media (prefers-color-scheme:light){:root{--lk-accent:#0a0;--lk-focus:#0a0;--lk-fill:#112233;--lk-fill-hover:#0e1c2a}}:root[data-theme=light]{--lk-accent:#0a0;--lk-focus:#0a0;--lk-fill:#112233;--lk-fill-hover:#0e1c2a}',
    )
    expect(brandStyle({ accent: 'red;}' })).toBe('')
  })
})

describe('passkey card', () => {
  it('O17, F5: tells name, date, status and last use, and leads to rename and delete', async () => {
    const html = await render(<PasskeyCard passkey={passkey} t={t} now={NOW} />)
    for (const part of ['iPhone', 'Created with iCloud Keychain', 'Synced', 'This device', '23 Oct 2026', '3 days ago'])
      expect(html).toContain(part)
    expect(html).toMatch(/href="\/account\/passkeys\/abc_-1\/rename" aria-label="Rename iPhone"/)
    expect(html).toMatch(/href="\/account\/passkeys\/abc_-1\/delete" aria-label="Delete iPhone"/)
    expect(html).not.toContain('Suspend')
    expect(html).toMatch(/<h3 tabindex="-1">iPhone<\/h3>/)
    expect(await render(<PasskeyCard passkey={passkey} t={t} now={NOW} heading={2} />)).toMatch(/<h2 tabindex="-1">iPhone<\/h2>/)
  })
  it('O26 F7 asks about what was not used for long, says what is young or suspended', async () => {
    const stale = await render(<PasskeyCard passkey={{ ...passkey, staleDays: 180 }} t={t} now={NOW} />)
    expect(stale).toMatch(/Not used for 180 days.*Still yours\?.*Keep/s)
    expect(await render(<PasskeyCard passkey={{ ...passkey, trustedAt: NOW + DAY }} t={t} now={NOW} />)).toContain(
      'moves money from 23 Nov 2026, 13:05',
    )
    expect(await render(<PasskeyCard passkey={{ ...passkey, status: 'suspended', suspendedAt: NOW }} t={t} now={NOW} />)).toMatch(
      /Suspended.*Reactivate/s,
    )
  })
  it.each([
    [{}, 'I</span>'],
    [{ kind: 'security_key' }, '#usb-key"'],
    [{ aaguid: '00000000-0000-0000-0000-000000000000' }, '#passkey"'],
  ] as [Partial<PasskeyJson>, string][])(
    'F3: who keeps it shows as a letter, a key as a key, all else as a passkey: %o',
    async (change, tile) => {
      expect(await render(<PasskeyCard passkey={{ ...passkey, ...change }} t={t} now={NOW} />)).toMatch(
        new RegExp(`class="lk-tile[^>]*>(<svg[^>]*><use href="/assets/icons.svg)?${tile}`),
      )
    },
  )
  it('F7: each state has its badge, and only it', async () => {
    const plain: PasskeyJson = { ...passkey, kind: 'device', thisDevice: false, staleDays: null, trustedAt: null }
    const badges = async (change: Partial<PasskeyJson>): Promise<string> =>
      (await render(<PasskeyBadges passkey={{ ...plain, ...change }} t={t} />)).replace(/<[^>]+>/g, '|').replace(/\|+/g, '|')
    expect({
      device: await badges({}),
      synced: await badges({ kind: 'synced' }),
      security_key: await badges({ kind: 'security_key' }),
      thisDevice: await badges({ thisDevice: true }),
      suspended: await badges({ status: 'suspended' }),
      needsFirstUse: await badges({ needsFirstUse: true }),
      discoverable: await badges({ discoverable: false }),
      counter: await badges({ counter: true }),
      staleDays: await badges({ staleDays: 180 }),
      trustedAt: await badges({ trustedAt: NOW + DAY }),
    }).toEqual({
      device: '|Only on this device|',
      synced: '|Synced|',
      security_key: '|Security key|',
      thisDevice: '|Only on this device|This device|',
      suspended: '|Only on this device|Suspended|',
      needsFirstUse: '|Only on this device|Needs first use|',
      discoverable: '|Only on this device|Only after your password|',
      counter: '|Only on this device|Behaved unusually|',
      staleDays: '|Only on this device|Not used for 180 days|',
      trustedAt: '|Only on this device|New: moves money from 23 Nov 2026, 13:05 (UTC)|',
    })
  })
  it('F6 tells which sessions it opened', async () => {
    expect(await render(<PasskeyCard passkey={{ ...passkey, openSessions: 2 }} t={t} now={NOW} />)).toContain('Opened 2 sessions')
  })
  it('groups only where there are both kinds', async () => {
    const key: PasskeyJson = { ...passkey, id: 'k', kind: 'security_key', name: 'Blue key' }
    expect(await render(<PasskeyList passkeys={[passkey, key]} t={t} now={NOW} />)).toContain('On security keys')
    expect(await render(<PasskeyList passkeys={[passkey]} t={t} now={NOW} />)).not.toContain('lk-group')
  })
})

describe('device check and help', () => {
  it.each([
    ['K7 O5', ['Windows 10, version 1903, or later', 'macOS Ventura (13) or later', 'ChromeOS 109 or later']],
    ['K8 O5', ['iOS 16 or iPadOS 16 or later', 'Android 9 or later']],
    ['K9 O35', ['Any FIDO2 security key, such as YubiKey 5 or Titan', 'touch the key when it blinks']],
    ['K10 O7', ['Chrome 109 or later', 'Edge 109 or later', 'Safari 16 or later', 'Firefox 122 or later']],
    ['K11', ['A PIN, fingerprint or face must be on']],
    ['K12', ['Turn on Bluetooth on both devices', 'Other ways work without it']],
    ['K13 K14 O31', ['your device asks to turn it on', 'Passwords &amp; Keychain']],
    ['K15 O30', ['Keep the system and the browser up to date']],
    ['K16', ['Private windows may be unable to create or use passkeys']],
    ['O27', ['JavaScript is off', 'or they are switched off in it']],
    ['O28', ['Ad blockers and privacy extensions']],
    ['O32', ['your Google account is there and that sync is on']],
  ])('%s stand on the device check, without a script too', async (_rows, texts) => {
    const html = await render(<DeviceCheck t={t} host="example.com" />)
    for (const text of texts) expect(html).toContain(text)
  })
  it.each([
    ['K5', ['Your fingerprint and face never leave your device']],
    ['K6', ['Last updated: <time datetime="2026-11-22">22 Nov 2026</time>']],
    ['K19 K20', ['Only on a device that is yours', 'even after you sign out']],
    ['K25 K30 K31', ['Scan the QR code with your phone’s camera, then unlock the phone with your face, fingerprint or passcode']],
    ['K26', ['Save another way']],
    ['K33', ['The same goes for a shared phone or tablet']],
    ['K34 O23', ['From that moment it can’t enter your account', 'We delete its public key']],
    ['K39', ['sign in to your Apple Account', 'sign in to your Google account', 'Another password manager']],
    ['K40', ['It is gone with the device']],
    ['K41', ['have two, on different devices']],
    ['O2', ['We hold only the public key']],
    ['O8', ['iCloud Keychain or Google Password Manager, or a second FIDO2 security key']],
    ['O9', ['We don’t have your private key and can’t restore it']],
    ['O22', ['Don’t create a passkey on a public computer or over a network you don’t trust']],
    ['O24', ['can’t use your passkey while the screen lock holds']],
    ['O25 O26', ['Do that from time to time']],
    ['O29', ['Restart the device and try again']],
    ['O34', ['No. A passkey works on all our servers the moment it is created']],
    ['O36', ['sign in with another passkey or another factor, and create a new passkey']],
    ['O37 O38', ['You delete them one by one; the last way in can’t be deleted']],
    ['O39', ['Signing in needs a connection']],
  ])('%s stand in help', async (_rows, texts) => {
    const html = await render(<Help t={t} brand={{ name: 'Harbor' }} />)
    for (const text of texts) expect(html).toContain(text)
  })
  it('name the host in the fixes, escaped', async () => {
    expect(await render(<DeviceCheck t={t} host={EVIL} />)).not.toMatch(/<script/)
    expect(await render(<DeviceCheck t={t} host="example.com" />)).toContain('Pause the blocker for example.com and reload.')
  })
})
