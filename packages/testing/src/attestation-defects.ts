import { randomBytes } from './bytes.ts'
import type { CborMap } from './cbor.ts'
import type { AttestationDefect } from './misbehaviour.ts'

export const breakAttestation = {
  'none-not-empty': (_object, statement) => statement.set('sig', randomBytes(64)),
  'unknown-format': object => object.set('fmt', 'latchkey-unknown'),
  'format-missing': object => object.delete('fmt'),
  'statement-missing': object => object.delete('attStmt'),
  'packed-alg-differs': (_object, statement) => statement.set('alg', statement.get('alg') === -7 ? -257 : -7),
  'packed-alg-missing': (_object, statement) => statement.delete('alg'),
  'packed-sig-missing': (_object, statement) => statement.delete('sig'),
  'packed-x5c-empty': (_object, statement) => statement.set('x5c', []),
} satisfies Record<AttestationDefect, (object: CborMap, statement: CborMap) => unknown>
