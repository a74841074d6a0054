import type { Passkey } from './types.ts'

/** Where a synced passkey comes back from after a device is lost; null: it is gone with the device or key. */
export type ProviderHome = 'icloud' | 'google' | 'microsoft' | 'manager'

export interface Provider {
  name: string
  /** Stands in the tile; neutral, no logo. */
  letter: string
  kind: 'platform' | 'manager' | 'security_key'
  home: ProviderHome | null
}

const platform = (name: string, home: ProviderHome | null): Provider => ({
  name,
  letter: name.charAt(0).toUpperCase(),
  kind: 'platform',
  home,
})
const manager = (name: string, home: ProviderHome = 'manager'): Provider => ({
  name,
  letter: name.charAt(0).toUpperCase(),
  kind: 'manager',
  home,
})
const key = (name: string): Provider => ({ name, letter: name.charAt(0), kind: 'security_key', home: null })

const ICLOUD = platform('iCloud Keychain', 'icloud')
const WINDOWS_HELLO = platform('Windows Hello', null)
const YUBIKEY_5 = key('YubiKey 5')
const YUBIKEY_5_NFC = key('YubiKey 5 NFC')
const YUBIKEY_5CI = key('YubiKey 5Ci')
const YUBIKEY_5_FIPS = key('YubiKey 5 FIPS')
const YUBIKEY_BIO = key('YubiKey Bio')
const YUBICO_KEY = key('Security Key by Yubico')
const YUBICO_KEY_NFC = key('Security Key NFC by Yubico')
const FEITIAN_EPASS = key('Feitian ePass')
const FEITIAN_BIOPASS = key('Feitian BioPass')

/**
 * Model of authenticator (AAGUID) → who keeps the passkey. Names only: an AAGUID without attestation is a claim, and no decision
 * rests on it. After the FIDO Metadata Service and the community list at github.com/passkeydeveloper/passkey-authenticator-aaguids.
 */
const PROVIDERS: ReadonlyMap<string, Provider> = new Map([
  ['fbfc3007-154e-4ecc-8c0b-6e020557d7bd', ICLOUD],
  ['dd4ec289-e01d-41c9-bb89-70fa845d4bf2', ICLOUD],
  ['ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4', platform('Google Password Manager', 'google')],
  ['08987058-cadc-4b81-b6e1-30de50dcbe96', WINDOWS_HELLO],
  ['9ddd1817-af5a-4672-a2b9-3e3dd95000a9', WINDOWS_HELLO],
  ['6028b017-b1d4-4c02-b4b3-afcdafc96bb2', WINDOWS_HELLO],
  ['adce0002-35bc-c60a-648b-0b25f1f05503', platform('Chrome on Mac', null)],
  ['771b48fd-d3d4-4f74-9232-fc157ab0507a', platform('Edge on Mac', null)],
  ['b5397666-4885-aa6b-cebf-e52262a439a2', platform('Chromium browser', null)],
  ['53414d53-554e-4700-0000-000000000000', platform('Samsung Pass', 'manager')],
  ['d3452668-01fd-4c12-926c-83a4204853aa', manager('Microsoft Password Manager', 'microsoft')],
  ['90a3ccdf-635c-4729-a248-9b709135078f', platform('Microsoft Authenticator', null)],
  ['de1e552d-db1d-4423-a619-566b625cdc84', platform('Microsoft Authenticator', null)],

  ['bada5566-a7aa-401f-bd96-45619a55120d', manager('1Password')],
  ['d548826e-79b4-db40-a3d8-11116f7e8349', manager('Bitwarden')],
  ['531126d6-e717-415c-9320-3d9aa6981239', manager('Dashlane')],
  ['0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6', manager('Keeper')],
  ['b84e4048-15dc-4dd0-8640-f4f60813c8af', manager('NordPass')],
  ['50726f74-6f6e-5061-7373-50726f746f6e', manager('Proton Pass')],
  ['f3809540-7f14-49c1-a8b3-8f813b225541', manager('Enpass')],
  ['fdb141b2-5d84-443e-8a35-4698c205a502', manager('KeePassXC')],
  ['eaecdef2-1c31-5634-8639-f1cbd9c00a08', manager('KeePassDX')],
  ['b78a0a55-6ef8-d246-a042-ba0f6d55050c', manager('LastPass')],
  ['b35a26b2-8f6e-4697-ab1d-d44db4da28c6', manager('Zoho Vault')],

  ['cb69481e-8ff7-4039-93ec-0a2729a154a8', YUBIKEY_5],
  ['ee882879-721c-4913-9775-3dfcce97072a', YUBIKEY_5],
  ['19083c3d-8383-4b18-bc03-8f1c9ab2fd1b', YUBIKEY_5],
  ['fa2b99dc-9e39-4257-8f92-4a30d23c4118', YUBIKEY_5_NFC],
  ['2fc0579f-8113-47ea-b116-bb5a8db9202a', YUBIKEY_5_NFC],
  ['a25342c0-3cdc-4414-8e46-f4807fca511c', YUBIKEY_5_NFC],
  ['c5ef55ff-ad9a-4b9f-b580-adebafe026d0', YUBIKEY_5CI],
  ['a02167b9-ae71-4ac7-9a07-06432ebb6f1c', YUBIKEY_5CI],
  ['73bb0cd4-e502-49b8-9c6f-b59445bf720b', YUBIKEY_5_FIPS],
  ['c1f9a0bc-1dd2-404a-b27f-8e29047a43fd', YUBIKEY_5_FIPS],
  ['85203421-48f9-4355-9bc8-8a53846e5083', YUBIKEY_5_FIPS],
  ['d8522d9f-575b-4866-88a9-ba99fa02f35b', YUBIKEY_BIO],
  ['dd86a2da-86a0-4cbe-b462-4bd31f57bc6f', YUBIKEY_BIO],
  ['7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3', YUBIKEY_BIO],
  ['90636e1f-ef82-43bf-bdcf-5255f139d12f', YUBIKEY_BIO],
  ['f8a011f3-8c0a-4d15-8006-17111f9edc7d', YUBICO_KEY],
  ['b92c3f9a-c014-4056-887f-140a2501163b', YUBICO_KEY],
  ['6d44ba9b-f6ec-2e49-b930-0c8fe920cb73', YUBICO_KEY_NFC],
  ['149a2021-8ef6-4133-96b8-81f8d5b7f1f5', YUBICO_KEY_NFC],
  ['a4e9fc6d-4cbe-4758-b8ba-37598bb5bbaa', YUBICO_KEY_NFC],
  ['e77e3c64-05e3-428b-8824-0cbeb04b829d', YUBICO_KEY_NFC],
  ['42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3', key('Titan Security Key')],
  ['833b721a-ff5f-4d00-bb2e-bdda3ec01e29', FEITIAN_EPASS],
  ['ee041bce-25e5-4cdb-8f86-897fd6418464', FEITIAN_EPASS],
  ['260e3021-482d-442d-838c-7edfbe153b7e', FEITIAN_EPASS],
  ['234cd403-35a2-4cc2-8015-77ea280c77f5', FEITIAN_EPASS],
  ['77010bd7-212a-4fc9-b236-d2ca5e9d4084', FEITIAN_BIOPASS],
  ['b6ede29c-3772-412c-8a78-539c1f4c62d2', FEITIAN_BIOPASS],
  ['12ded745-4bed-47d4-abaa-e713f51d6393', key('Feitian AllinOne')],
  ['8876631b-d4a0-427f-5773-0ec71c9e0279', key('Solo')],
  ['ab32f0c6-2239-afbb-c470-d2ef4e254db7', key('Token2')],
  ['58b44d0b-0a7c-f33a-fd48-f7153c871352', key('Ledger Nano S Plus')],
  ['fcb1bcb4-f370-078c-6993-bc24d0ae3fbe', key('Ledger Nano X')],
])

/** Who keeps a passkey of this model; null where the model is unknown or hidden (all zeros). */
export const providerOf = (aaguid: string): Provider | null => PROVIDERS.get(aaguid.toLowerCase()) ?? null

/** A key to plug in or tap, told from its model, else from how it is reached. */
export function isSecurityKey(passkey: Pick<Passkey, 'aaguid' | 'transports' | 'attachment' | 'backupEligible'>): boolean {
  const provider = providerOf(passkey.aaguid)
  if (provider) return provider.kind === 'security_key'
  return !passkey.backupEligible && passkey.attachment !== 'platform' && reachedAsKey(passkey.transports)
}
const reachedAsKey = (transports: readonly string[]): boolean =>
  transports.some(t => t === 'usb' || t === 'nfc' || t === 'ble' || t === 'smart-card') && !transports.includes('internal')

/**
 * The name that a new passkey gets without a question.
 *
 * @example autoLabel(icloud, ['internal', 'hybrid'], 'platform', 'Safari on iPhone', ['iCloud Keychain']) // 'iCloud Keychain 2'
 * @param client "Chrome on Windows", the browser in which it was created
 * @param taken names that this account already has
 */
export function autoLabel(
  aaguid: string,
  transports: readonly string[],
  attachment: Passkey['attachment'],
  client: string,
  taken: readonly string[],
): string {
  const base = providerOf(aaguid)?.name ?? unknownName(transports, attachment, client)
  const used = new Set(taken.map(name => name.trim().toLowerCase()))
  let label = base
  for (let n = 2; used.has(label.toLowerCase()); n++) label = `${base} ${n}`
  return label
}

function unknownName(transports: readonly string[], attachment: Passkey['attachment'], client: string): string {
  if (attachment === 'platform' || transports.includes('internal')) return attachment === 'cross-platform' ? 'Phone or tablet' : client
  if (transports.includes('hybrid')) return 'Phone or tablet'
  return attachment === 'cross-platform' || reachedAsKey(transports) ? 'Security key' : client
}

/** In this order: most browsers also claim to be the ones below them. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\b(?:OPR|OPiOS|OPT|OPX)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|HeadlessChrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ (?:Mobile\/\w+ )?Safari\//, 'Safari'],
]
const PLATFORMS: readonly [RegExp, string][] = [
  [/\biPhone\b|\biPod\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b|\bMac OS X\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]
/** No browser sends more; what is behind it tells nothing. */
const USER_AGENT_READ = 512

/**
 * "Chrome on Windows", for people to recognise their own devices; nothing is decided by it.
 * An iPad that asks for desktop pages says that it is a Mac.
 */
export function clientName(userAgent: string): string {
  const text = userAgent.slice(0, USER_AGENT_READ)
  const browser = BROWSERS.find(([pattern]) => pattern.test(text))?.[1]
  const system = PLATFORMS.find(([pattern]) => pattern.test(text))?.[1]
  if (browser && system) return `${browser} on ${system}`
  return browser ?? (system ? `A browser on ${system}` : 'Unknown browser')
}
