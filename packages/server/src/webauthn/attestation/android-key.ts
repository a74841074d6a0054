import { concatBytes, sameBytes } from '../bytes.ts'
import { type Certificate, OID } from '../certificate.ts'
import { childrenOf, contextTag, type DerItem, expectTag, readNumber, readOnly, TAG } from '../der.ts'
import { check } from '../error.ts'
import { checkSignature, readPath } from './certified.ts'
import { type Attestation, type AttestationInput, bytesMember, membersOf } from './format.ts'

const STEP = '§8.4'

/** What the key attestation extension says, as far as it matters (§8.4.1). */
interface KeyDescription {
  readonly attestationChallenge: Uint8Array
  readonly softwareEnforced: readonly DerItem[]
  readonly hardwareEnforced: readonly DerItem[]
}

const FIELD = { purpose: contextTag(1), allApplications: contextTag(600), origin: contextTag(702) }
const ORIGIN_GENERATED = 0
const PURPOSE_SIGN = 2
const PURPOSE_VERIFY = 3

/**
 * The format `android-key`: a certificate for the new key that Android's keystore issued. The certificate may stand alone.
 *
 * @param input what `verifyAttestation` prepared
 * @throws WebAuthnError `attestation_…`, `certificate_…`, `signature_malformed`
 * @see WebAuthn L3 §8.4
 * @example verifyAndroidKey(input).weakness // 'software_key' where no hardware holds the key
 */
export function verifyAndroidKey({ statement, authenticatorData, clientDataHash, key }: AttestationInput): Attestation {
  const members = membersOf(statement, ['alg', 'sig', 'x5c'], [], STEP)
  const path = readPath(members, STEP)
  const [leaf] = path
  const signed = concatBytes(authenticatorData, clientDataHash)
  checkSignature(members.get('alg'), leaf.key, signed, bytesMember(members, 'sig', STEP), STEP)
  check(leaf.key.equals(key.object), 'attestation_key_mismatch', STEP)
  const description = readKeyDescription(leaf)
  check(sameBytes(description.attestationChallenge, clientDataHash), 'attestation_binding_mismatch', STEP)
  const { softwareEnforced, hardwareEnforced } = description
  checkUse([...softwareEnforced, ...hardwareEnforced])
  const inHardware = isHeldByHardware(hardwareEnforced)
  return { kind: 'certified', path, modelBy: 'software', ...(!inHardware && { weakness: 'software_key' }) }
}

function readKeyDescription({ extensions }: Certificate): KeyDescription {
  const extension = extensions.get(OID.androidKeyDescription)
  check(extension !== undefined, 'certificate_unsuitable', '§8.4.1', 'no key description')
  // attestationVersion, its security level, keymaster version, its security level, challenge, unique id, two authorization lists
  const fields = childrenOf(readOnly(extension.value, TAG.sequence))
  return {
    attestationChallenge: expectTag(fields[4], TAG.octetString).content,
    softwareEnforced: childrenOf(expectTag(fields[6], TAG.sequence)),
    hardwareEnforced: childrenOf(expectTag(fields[7], TAG.sequence)),
  }
}

/** Both lists together: a key that is scoped to this app, and was made in the keystore and to sign, where the lists say how. */
function checkUse(list: readonly DerItem[]): void {
  const scoped = !list.some(({ tag }) => tag === FIELD.allApplications)
  check(scoped, 'certificate_unsuitable', STEP, 'the key is open to all applications')
  const { origins, purposes } = originsAndPurposes(list)
  check(
    origins.every(origin => origin === ORIGIN_GENERATED),
    'certificate_unsuitable',
    STEP,
    'the key was not made here',
  )
  check(purposes.length === 0 || isToSign(purposes), 'certificate_unsuitable', STEP, 'the key is not there to sign')
}

function originsAndPurposes(list: readonly DerItem[]): { origins: number[]; purposes: number[] } {
  return {
    origins: numbersOf(list, FIELD.origin, field => [readOnly(field.content, TAG.integer)]),
    purposes: numbersOf(list, FIELD.purpose, field => childrenOf(readOnly(field.content, TAG.set))),
  }
}

/** Keys are often made to sign and to verify in one go; verifying needs no secret. */
function isToSign(purposes: readonly number[]): boolean {
  return purposes.includes(PURPOSE_SIGN) && purposes.every(purpose => purpose === PURPOSE_SIGN || purpose === PURPOSE_VERIFY)
}

/** Whether hardware, rather than the system's software, says so. */
function isHeldByHardware(hardwareEnforced: readonly DerItem[]): boolean {
  const { origins, purposes } = originsAndPurposes(hardwareEnforced)
  return origins.length > 0 && isToSign(purposes)
}

function numbersOf(list: readonly DerItem[], tag: number, itemsOf: (field: DerItem) => DerItem[]): number[] {
  const items = list.filter(field => field.tag === tag).flatMap(itemsOf)
  return items.map(item => readNumber(expectTag(item, TAG.integer)))
}
