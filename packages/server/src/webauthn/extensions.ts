import type { CborMap } from './cbor.ts'
import { check } from './error.ts'
import { isPlainObject, ownOptional } from './json.ts'

/** The extension outputs that are read. Others are let pass unread, as the standard asks. */
export interface Extensions {
  /** Whether the credential is discoverable (§10.1.3). From the client, unsigned. */
  credProps?: { rk?: boolean }
  /** Whether the credential can compute pseudo-random values (§10.1.4). From the client, unsigned. Their values stay in the page. */
  prf?: { enabled?: boolean }
  /** Whether the authenticator can keep data beside the credential, and whether it wrote some (§10.1.5). From the client, unsigned. */
  largeBlob?: { supported?: boolean; written?: boolean }
  /** How the authenticator guards the credential (CTAP 2.1 §12.1). From the authenticator, signed where the attestation is. */
  credProtect?: CredentialProtection
}

/** In the words of CTAP 2.1 §12.1, without their common beginning `userVerification`. */
export type CredentialProtection = 'optional' | 'optionalWithCredentialIDList' | 'required'

const PROTECTIONS: readonly CredentialProtection[] = ['optional', 'optionalWithCredentialIDList', 'required']

/** The client extensions with an object of booleans as output, and which of its members are read. */
const CLIENT_OUTPUTS = [
  ['credProps', ['rk']],
  ['prf', ['enabled']],
  ['largeBlob', ['supported', 'written']],
] as const

/**
 * Reads the extension outputs of either ceremony.
 *
 * @param results the value of `clientExtensionResults`; `signed` the extensions of the authenticator data; `step` for a refusal
 * @throws WebAuthnError `extension_malformed`
 * @see WebAuthn L3 §7.1 step 21, §7.2 step 20, §10
 * @example readExtensions({ credProps: { rk: true } }, undefined, '§7.1 step 21') // { credProps: { rk: true } }
 */
export function readExtensions(results: object, signed: CborMap | undefined, step: string): Extensions {
  const outputs = CLIENT_OUTPUTS.flatMap(([name, members]) => {
    const output = ownOptional(results, name, step)
    return output === undefined ? [] : [[name, readBooleans(output, name, members, step)]]
  })
  const credProtect = readProtection(signed, step)
  return { ...Object.fromEntries(outputs), ...(credProtect && { credProtect }) }
}

/**
 * Whether the credential was found by the AppID of the older protocol, which must have been asked for: only then is the hash in the
 * authenticator data that of the AppID.
 *
 * @param results the value of `clientExtensionResults`; `appId` what was asked for; `step` for a refusal
 * @throws WebAuthnError `extension_unexpected`, `extension_malformed`
 * @see WebAuthn L3 §10.1.1
 * @example usesAppId({ appid: true }, 'https://example.org/u2f.json', '§7.2 step 15') // true
 */
export function usesAppId(results: object, appId: string | undefined, step: string): appId is string {
  const output = ownOptional(results, 'appid', step)
  check(output === undefined || typeof output === 'boolean', 'extension_malformed', step, 'appid')
  const used = output === true
  check(!used || typeof appId === 'string', 'extension_unexpected', step, 'appid')
  return used
}

function readBooleans(output: unknown, extension: string, members: readonly string[], step: string): Record<string, unknown> {
  check(isPlainObject(output), 'extension_malformed', step, extension)
  const values = members.map(name => [name, ownOptional(output, name, step)] as const).filter(([, value]) => value !== undefined)
  for (const [, value] of values) check(typeof value === 'boolean', 'extension_malformed', step, extension)
  return Object.fromEntries(values)
}

function readProtection(signed: CborMap | undefined, step: string): CredentialProtection | undefined {
  const value = signed?.get('credProtect')
  if (value === undefined) return undefined
  const protection = typeof value === 'number' ? PROTECTIONS[value - 1] : undefined
  check(protection !== undefined, 'extension_malformed', step, 'credProtect')
  return protection
}
