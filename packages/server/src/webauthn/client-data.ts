import { type Ceremony, STEPS } from './ceremony.ts'
import { check, WebAuthnError } from './error.ts'
import type { ExpectedFacts } from './expected.ts'
import { isPlainObject, own } from './json.ts'

/** The members of `CollectedClientData` that are checked (§5.8.1); unknown ones and `tokenBinding` are ignored. */
export interface ClientData {
  readonly type: string
  readonly challenge: string
  readonly origin: string
  readonly crossOrigin: boolean
  readonly topOrigin: string | undefined
}

const utf8 = new TextDecoder() // "UTF-8 decode": not fatal, strips one byte order mark

/**
 * Reads client data as JSON, never against a template: order, escapes and unknown members vary between browsers.
 *
 * @param bytes the value of `clientDataJSON`
 * @throws WebAuthnError `client_data_malformed`
 * @see WebAuthn L3 §7.1 steps 5-6, §7.2 steps 8-9
 * @example parseClientData(new TextEncoder().encode('{"type":"webauthn.get","challenge":"AA","origin":"https://a.example"}'))
 */
export function parseClientData(bytes: Uint8Array, step: string): ClientData {
  const json = parseJson(utf8.decode(bytes), step)
  const [type, challenge, origin] = [own(json, 'type', step), own(json, 'challenge', step), own(json, 'origin', step)]
  // writers of native clients say `null` for what is not there
  const [crossOrigin, topOrigin] = [own(json, 'crossOrigin', step) ?? false, own(json, 'topOrigin', step) ?? undefined]
  const texts = typeof type === 'string' && typeof challenge === 'string' && typeof origin === 'string'
  check(texts, 'client_data_malformed', step)
  check(typeof crossOrigin === 'boolean', 'client_data_malformed', step, 'crossOrigin')
  check(topOrigin === undefined || typeof topOrigin === 'string', 'client_data_malformed', step, 'topOrigin')
  return { type, challenge, origin, crossOrigin, topOrigin }
}

function parseJson(text: string, step: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (isPlainObject(value)) return value
  } catch {
    // The message of a SyntaxError quotes the input: it is not passed on.
  }
  throw new WebAuthnError('client_data_malformed', step)
}

/**
 * Checks that the client data belongs to this ceremony, challenge and place.
 *
 * @param data from `parseClientData`; `expected` from `readExpected`; `ceremony` which of the two it must be
 * @throws WebAuthnError `type_mismatch`, `challenge_mismatch`, `origin_mismatch`, `cross_origin_unexpected`, `top_origin_mismatch`
 * @see WebAuthn L3 §7.1 steps 7-11, §7.2 steps 10-14
 * @example checkClientData(parseClientData(bytes, step), readExpected(expected), 'webauthn.get')
 */
export function checkClientData(data: ClientData, expected: ExpectedFacts, ceremony: Ceremony): void {
  const steps = STEPS[ceremony]
  check(data.type === ceremony, 'type_mismatch', steps.type)
  check(data.challenge === expected.challenge, 'challenge_mismatch', steps.challenge)
  check(expected.origins.includes(data.origin), 'origin_mismatch', steps.origin) // exact strings: `android:apk-key-hash:` is no URL
  const embedded = expected.topOrigins.length > 0
  check(!data.crossOrigin || embedded, 'cross_origin_unexpected', steps.crossOrigin)
  if (data.topOrigin === undefined) return
  check(embedded, 'cross_origin_unexpected', steps.topOrigin)
  check(expected.topOrigins.includes(data.topOrigin), 'top_origin_mismatch', steps.topOrigin)
}
