import type { CborValue } from '../cbor.ts'
import { publicKeyInfo, type SigningKey } from '../certificate.ts'
import type { CertificateDefect } from '../misbehaviour.ts'
import type { Vendor } from '../vendor.ts'
import type { TrustDefect } from '../vendor-defects.ts'
import type { AttestationCeremony } from './ceremony.ts'
import { breakChain, breakLeaf, trustDefects } from './leaf-defects.ts'
import type { LeafDraft } from './leaf-draft.ts'

/** A leaf's chain as it goes into the statement, and the key that the certificate names. */
export interface AttestationLeaf {
  x5c: CborValue
  key: SigningKey
}

/**
 * Issues the certificate of a statement, wrong in the one way that `misbehave.certificate` names.
 *
 * @param reach how far the chain goes unless the authenticator's options say otherwise.
 */
export async function leafFor(
  ceremony: AttestationCeremony,
  draft: LeafDraft,
  reach: 'leaf' | 'intermediates' | 'root' = 'intermediates',
): Promise<AttestationLeaf> {
  const defect = ceremony.misbehave.certificate
  const leaf = (defect && (await breakLeaf[defect]?.(draft, ceremony))) ?? draft
  const vendor = await ceremony.vendor()
  const x5c = await chainOf(vendor, leaf, ceremony.options.chain ?? reach, defect)
  return { x5c: (defect && breakChain[defect]?.(x5c)) ?? x5c, key: leaf.key }
}

async function chainOf(
  vendor: Vendor,
  { subject, extensions, key, version = 3 }: LeafDraft,
  reach: 'leaf' | 'intermediates' | 'root',
  defect: CertificateDefect | undefined,
): Promise<Uint8Array[]> {
  const { x5c } = await vendor.issue({
    subject,
    extensions,
    version,
    publicKey: await publicKeyInfo(key),
    issuer: reach === 'leaf' ? 'root' : 'intermediate',
    ...(defect && trustDefects.has(defect) && { defect: defect as TrustDefect }),
  })
  return reach === 'root' && defect !== 'intermediate-missing' ? [...x5c, vendor.root] : x5c
}
