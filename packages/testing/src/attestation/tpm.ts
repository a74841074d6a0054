import { hashOf } from '../algorithms.ts'
import { type Bytes, concatBytes, randomBytes, sha256, uint } from '../bytes.ts'
import type { CborMap, CborValue } from '../cbor.ts'
import { extension, type SigningKey } from '../certificate.ts'
import { generateJwk } from '../cose.ts'
import type { AttestationDefect } from '../misbehaviour.ts'
import { signWith } from '../signature.ts'
import { type AttestationCeremony, attestedBytes, signatureDefect, signStatement } from './ceremony.ts'
import { aikUsage, modelExtension, tpmName } from './extensions.ts'
import { leafFor } from './leaf.ts'
import { type AttestFields, attestStructure, publicArea, tpm2b, tpmAlgorithm } from './tpm-structures.ts'

/** The manufacturer that FIDO's conformance tools use; no maker of chips has it. */
export const tpmManufacturer = 'id:FFFFF1D0'

/** L3 §8.3: the TPM certifies the new key's public area with its attestation identity key. */
export async function tpm(ceremony: AttestationCeremony): Promise<CborMap> {
  const key = await (await ceremony.vendor()).attestationKey(ceremony.options.key ?? -257)
  const extensions = [extension.basicConstraints(false), tpmName(tpmManufacturer), aikUsage(), ...modelExtension(ceremony)]
  const leaf = await leafFor(ceremony, { subject: [], key, extensions })
  const pubArea = await areaFor(ceremony)
  const certInfo = await certInfoFor(ceremony, leaf.key.alg, pubArea)
  return new Map<string, CborValue>([
    ['ver', ceremony.misbehave.attestation === 'tpm-version' ? '1.2' : '2.0'],
    ['alg', leaf.key.alg],
    ['x5c', leaf.x5c],
    ['sig', await signatureFor(ceremony, leaf.key, certInfo)],
    ['certInfo', certInfo],
    ['pubArea', pubArea],
  ])
}

const breakArea: Partial<Record<AttestationDefect, (area: Bytes) => Bytes>> = {
  'tpm-public-area-trailing': area => concatBytes(area, uint(0, 1)),
  'tpm-public-area-cut': area => area.slice(0, -1),
}

/** Cut or longer areas get a name of their own, so that the area alone is wrong. */
async function areaFor({ key, misbehave: { attestation: defect } }: AttestationCeremony): Promise<Bytes> {
  const area = publicArea(defect === 'tpm-public-area-key' ? await generateJwk(key.alg) : key.privateKey)
  return (defect && breakArea[defect]?.(area)) ?? area
}

const breakFields: Partial<Record<AttestationDefect, (fields: AttestFields, pubArea: Bytes) => AttestFields | Promise<AttestFields>>> = {
  'tpm-magic': fields => ({ ...fields, magic: 0xff544348 }),
  'tpm-type': fields => ({ ...fields, type: 0x8018 }), // TPM_ST_ATTEST_QUOTE
  'tpm-extra-data': fields => ({ ...fields, extraData: randomBytes(fields.extraData.length) }),
  'tpm-name': fields => ({ ...fields, name: concatBytes(fields.name.subarray(0, 2), randomBytes(32)) }),
  'tpm-name-algorithm': async (fields, pubArea) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-384', pubArea))
    return { ...fields, name: concatBytes(uint(tpmAlgorithm.sha384, 2), digest) }
  },
}

const breakInfo: Partial<Record<AttestationDefect, (info: Bytes) => Bytes>> = {
  'tpm-cert-info-trailing': info => concatBytes(info, uint(0, 1)),
  'tpm-cert-info-cut': info => info.slice(0, -1),
}

async function certInfoFor(ceremony: AttestationCeremony, alg: number, pubArea: Bytes): Promise<Bytes> {
  const defect = ceremony.misbehave.attestation
  const honest: AttestFields = {
    magic: 0xff544347, // TPM_GENERATED_VALUE
    type: 0x8017, // TPM_ST_ATTEST_CERTIFY
    extraData: await hashOf(alg, attestedBytes(ceremony)),
    name: concatBytes(uint(tpmAlgorithm.sha256, 2), await sha256(pubArea)),
  }
  const info = attestStructure((defect && (await breakFields[defect]?.(honest, pubArea))) ?? honest)
  return (defect && breakInfo[defect]?.(info)) ?? info
}

const signatureHeads: Record<number, [scheme: number, hash: number]> = {
  [-7]: [tpmAlgorithm.ecdsa, tpmAlgorithm.sha256],
  [-257]: [tpmAlgorithm.rsassa, tpmAlgorithm.sha256],
  [-65535]: [tpmAlgorithm.rsassa, tpmAlgorithm.sha1],
}

async function signatureFor(ceremony: AttestationCeremony, key: SigningKey, certInfo: Bytes): Promise<Bytes> {
  if (ceremony.options.tpmSignature !== 'TPMT_SIGNATURE') return await signStatement(ceremony, key, certInfo)
  const head = concatBytes(...(signatureHeads[key.alg] ?? []).map(number => uint(number, 2)))
  if (key.alg !== -7) return concatBytes(head, tpm2b(await signStatement(ceremony, key, certInfo)))
  if (signatureDefect(ceremony)) throw new TypeError('this signature defect is not made for a TPMT_SIGNATURE of ECDSA')
  const raw = await signWith(key.privateKey, key.alg, certInfo, 'raw')
  return concatBytes(head, tpm2b(raw.subarray(0, 32)), tpm2b(raw.subarray(32)))
}
