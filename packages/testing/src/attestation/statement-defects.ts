import { randomBytes } from '../bytes.ts'
import type { CborMap } from '../cbor.ts'
import type { AttestationDefect } from '../misbehaviour.ts'

/** Faults that are put into the finished object. The others are made where the statement is made, because something signs over them. */
export const breakStatement: Partial<Record<AttestationDefect, (object: CborMap, statement: CborMap) => unknown>> = {
  'none-not-empty': (_object, statement) => statement.set('sig', randomBytes(64)),
  'unknown-format': object => object.set('fmt', 'latchkey-unknown'),
  'format-missing': object => object.delete('fmt'),
  'statement-missing': object => object.delete('attStmt'),
  'packed-alg-differs': (_object, statement) => statement.set('alg', statement.get('alg') === -7 ? -257 : -7),
  'packed-alg-missing': (_object, statement) => statement.delete('alg'),
  'packed-sig-missing': (_object, statement) => statement.delete('sig'),
  'packed-sig-empty': (_object, statement) => statement.set('sig', new Uint8Array(0)),
  'packed-x5c-empty': (_object, statement) => statement.set('x5c', []),
  'packed-extra-member': (_object, statement) => statement.set('extra', true),
  'tpm-sig-missing': (_object, statement) => statement.delete('sig'),
  'tpm-x5c-missing': (_object, statement) => statement.delete('x5c'),
  'android-key-sig-missing': (_object, statement) => statement.delete('sig'),
  'apple-x5c-missing': (_object, statement) => statement.delete('x5c'),
  'u2f-extra-member': (_object, statement) => statement.set('extra', true),
  'safetynet-version-missing': (_object, statement) => statement.delete('ver'),
}
