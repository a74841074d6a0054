import type { Bytes } from '../bytes.ts'
import { type CborMap, type CborValue, encodeCbor, encodeDefectiveCbor } from '../cbor.ts'
import type { Misbehaviour } from '../misbehaviour.ts'
import { signWith } from '../signature.ts'
import type { AttestationCeremony, StatementMaker } from './ceremony.ts'
import { compound } from './compound.ts'
import { ATTESTATION_DEFECTS, CERTIFICATE_DEFECTS } from './defects.ts'
import type { AttestationFormat } from './formats.ts'
import { identifierOf, statementOf } from './statement.ts'
import { breakStatement } from './statement-defects.ts'

const makers: Record<AttestationFormat, StatementMaker> = { ...statementOf, compound }

/** The format to attest with: the authenticator's own, unless a defect belongs to others. */
export function formatFor(configured: AttestationFormat, { attestation, certificate, signature }: Misbehaviour): AttestationFormat {
  const facts = attestation ? ATTESTATION_DEFECTS[attestation] : certificate && CERTIFICATE_DEFECTS[certificate]
  if (facts) return facts.formats.includes(configured) ? configured : (facts.formats[0] ?? configured)
  return signature && configured === 'none' ? 'packed-self' : configured
}

/** The attestation object (L3 §6.5.4), encoded. */
export async function attestationObject(ceremony: AttestationCeremony, format: AttestationFormat): Promise<Bytes> {
  const { misbehave, authData, clientDataHash, key } = ceremony
  const object: CborMap = new Map<string, CborValue>([
    ['fmt', identifierOf(format)],
    ['attStmt', await makers[format](ceremony)],
    ['authData', authData],
  ])
  if (misbehave.attestation) breakStatement[misbehave.attestation]?.(object, object.get('attStmt') as CborMap)
  const context = {
    clientDataHash,
    authenticatorData: authData,
    sign: async (data: Bytes): Promise<Bytes> => await signWith(key.privateKey, key.alg, data),
  }
  const final = (await misbehave.mutateAttestationObject?.(object, context)) ?? object
  const broken = misbehave.cbor && misbehave.cborOf !== 'credentialPublicKey' ? misbehave.cbor : undefined
  return broken ? encodeDefectiveCbor(final, broken) : encodeCbor(final)
}
