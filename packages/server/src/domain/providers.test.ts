import { describe, expect, it } from 'vitest'
import { autoLabel, clientName, isSecurityKey, providerOf } from './providers.ts'

const ICLOUD = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd'
const HIDDEN = '00000000-0000-0000-0000-000000000000'

describe('autoLabel', () => {
  it('F2 names a passkey after who keeps it', () => {
    expect(autoLabel(ICLOUD, ['internal', 'hybrid'], 'platform', 'Safari on iPhone', [])).toBe('iCloud Keychain')
    expect(autoLabel('EA9B8D66-4D01-1D21-3CE4-B6B48CB575D4', ['internal'], 'platform', 'Chrome on Android', [])).toBe(
      'Google Password Manager',
    )
    expect(autoLabel('2fc0579f-8113-47ea-b116-bb5a8db9202a', ['usb', 'nfc'], 'cross-platform', 'Firefox on macOS', [])).toBe(
      'YubiKey 5 NFC',
    )
  })
  it('numbers a name that is taken, whatever its case', () => {
    expect(autoLabel(ICLOUD, [], 'platform', '', ['icloud keychain'])).toBe('iCloud Keychain 2')
    expect(autoLabel(ICLOUD, [], 'platform', '', ['iCloud Keychain', 'iCloud Keychain 2', 'iCloud Keychain 4'])).toBe('iCloud Keychain 3')
  })
  it('F2 falls back to the browser, a phone, or a key', () => {
    expect(autoLabel(HIDDEN, ['internal'], 'platform', 'Chrome on Windows', [])).toBe('Chrome on Windows')
    expect(autoLabel(HIDDEN, [], null, 'Chrome on Windows', [])).toBe('Chrome on Windows')
    expect(autoLabel(HIDDEN, ['usb'], 'cross-platform', 'Chrome on Windows', [])).toBe('Security key')
    expect(autoLabel(HIDDEN, [], 'cross-platform', 'Chrome on Windows', ['Security key'])).toBe('Security key 2')
    for (const transports of [['hybrid', 'internal'], ['internal'], ['hybrid']])
      expect(autoLabel(HIDDEN, transports, 'cross-platform', 'Chrome on Windows', [])).toBe('Phone or tablet')
    expect(autoLabel(HIDDEN, ['usb'], 'platform', 'Chrome on Windows', [])).toBe('Chrome on Windows')
    expect(autoLabel(HIDDEN, ['hybrid', 'internal'], 'platform', 'Safari on iPhone', [])).toBe('Safari on iPhone')
    expect(autoLabel(HIDDEN, ['hybrid'], null, 'Chrome on Windows', [])).toBe('Phone or tablet')
  })
})

describe('providers', () => {
  it('tells keys from passkeys that live on devices', () => {
    const passkey = { aaguid: HIDDEN, transports: ['usb'], attachment: 'cross-platform', backupEligible: false } as const
    for (const transport of ['usb', 'nfc', 'ble', 'smart-card']) expect(isSecurityKey({ ...passkey, transports: [transport] })).toBe(true)
    for (const transports of [[], ['internal', 'hybrid'], ['internal', 'usb']])
      expect(isSecurityKey({ ...passkey, transports })).toBe(false)
    expect(isSecurityKey({ ...passkey, transports: ['usb'], attachment: 'platform' })).toBe(false)
    expect(isSecurityKey({ ...passkey, transports: ['usb'], aaguid: ICLOUD })).toBe(false)
    expect(isSecurityKey({ ...passkey, transports: ['usb'], backupEligible: true })).toBe(false)
  })
  it('knows nothing of hidden or inherited names', () => {
    expect(providerOf(HIDDEN)).toBeNull()
    expect(providerOf('constructor')).toBeNull()
  })
})

describe('clientName', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
      'Chrome on Windows',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
      'Edge on Windows',
    ],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1',
      'Chrome on iPhone',
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15',
      'Firefox on iPad',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
      'Samsung Internet on Android',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36 OPR/90.0',
      'Opera on Android',
    ],
    [
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
      'Chrome on ChromeOS',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
      'A browser on iPhone',
    ],
    ['', 'Unknown browser'],
    ['Chrome/1', 'Chrome'],
    // five hundred and twelve characters are read
    [`${' '.repeat(505)}Chrome/1`, 'Chrome'],
    [`${' '.repeat(506)}Chrome/1`, 'Unknown browser'],
  ])('%s', (userAgent, name) => expect(clientName(userAgent)).toBe(name))
})
