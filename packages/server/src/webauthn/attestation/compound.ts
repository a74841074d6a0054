import type { CborValue } from '../cbor.ts'
import { check } from '../error.ts'
import type { Attestation, AttestationFormat, AttestationInput } from './format.ts'
import { membersOf } from './format.ts'

const STEP = '§8.9'
const MAX_STATEMENTS = 8

/**
 * The format `compound`: several statements about one credential, none of them compound itself. The standard leaves to the relying
 * party how many must hold; here all must.
 *
 * @param verify the procedure of a statement by its format
 * @throws WebAuthnError `attestation_statement_malformed`, and what the formats throw
 * @see WebAuthn L3 §8.9
 * @example const verifyCompound = compoundOf(verifyAttestation)
 */
export function compoundOf(verify: (format: string, input: AttestationInput) => Attestation): AttestationFormat {
  return input => {
    const { statement } = input
    const several = Array.isArray(statement) && statement.length >= 2 && statement.length <= MAX_STATEMENTS
    check(several, 'attestation_statement_malformed', STEP, 'not several statements')
    const statements = statement.map((item: CborValue) => {
      const members = membersOf(item, ['fmt', 'attStmt'], [], STEP)
      const [format, inner] = [members.get('fmt'), members.get('attStmt')]
      const nested = typeof format !== 'string' || format === 'compound' || inner === undefined
      check(!nested, 'attestation_statement_malformed', STEP, 'a statement in it')
      return { ...verify(format, { ...input, statement: inner }), format }
    })
    return { kind: weakestKind(statements), path: [], statements }
  }
}

const KINDS = ['none', 'self', 'certified'] as const

/** All together prove no more than the least of them. */
function weakestKind(statements: readonly Attestation[]): Attestation['kind'] {
  return KINDS.find(kind => statements.some(statement => statement.kind === kind)) ?? 'none'
}
