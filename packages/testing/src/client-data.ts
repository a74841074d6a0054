import { type Bytes, randomBytes, toBase64url, utf8 } from './bytes.ts'
import type { ClientDataDefect, Misbehaviour } from './misbehaviour.ts'

/** L3 §5.8.1. The honest members stand in the order that §5.8.1.1 fixes. */
export function clientData(type: string, challenge: string, origin: string, misbehave: Misbehaviour): Bytes {
  const honest: Record<string, unknown> = {
    type: misbehave.type ?? type,
    challenge: misbehave.challenge ?? challenge,
    origin: misbehave.origin ?? origin,
    crossOrigin: misbehave.crossOrigin ?? false,
    ...(misbehave.topOrigin !== undefined && { topOrigin: misbehave.topOrigin }),
  }
  const members = misbehave.mutateClientData?.(honest) ?? honest
  return misbehave.clientData ? writeClientData[misbehave.clientData](members) : utf8(JSON.stringify(members))
}

const writeClientData = {
  bom: members => utf8(`\ufeff${JSON.stringify(members)}`),
  'unknown-members': members => utf8(JSON.stringify({ ...members, other_keys_can_be_added_here: 'do not compare to a template', n: [1] })),
  'other-order': members => utf8(JSON.stringify(Object.fromEntries(Object.entries(members).toReversed()), null, 1)),
  escapes: members => utf8(JSON.stringify(members).replace(/[A-Z]/g, letter => `\\u00${letter.charCodeAt(0).toString(16)}`)),
  'token-binding': members => utf8(JSON.stringify({ ...members, tokenBinding: { status: 'supported' } })),
  'not-json': members => utf8(JSON.stringify(members).slice(0, -1)),
  'not-an-object': members => utf8(JSON.stringify([members])),
  'duplicate-member': members => utf8(`${JSON.stringify(members).slice(0, -1)},"challenge":"${toBase64url(randomBytes(32))}"}`),
  'member-not-a-string': members => utf8(JSON.stringify({ ...members, challenge: [members.challenge] })),
  'inherited-members': members => utf8(`{"__proto__":${JSON.stringify(members)}}`),
} satisfies Record<ClientDataDefect, (members: Record<string, unknown>) => Bytes>
