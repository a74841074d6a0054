import { extension, oids, publicKeyInfo, type SigningKey } from './certificate.ts'
import type { Issuer } from './issuer.ts'
import { alterSignature, compactJws, joseName, jsonX5c } from './jws.ts'

/**
 * One thing wrong with a metadata BLOB: the signature, the algorithm (`alg-none` without a signature; `alg-differs` names another
 * than the key's), no `x5c`, a chain of another root with the same names, an expired leaf, a leaf for another hostname, or a
 * payload that is text but no JSON, signed as it is.
 */
export type MetadataBlobDefect =
  | 'signature-altered'
  | 'alg-none'
  | 'alg-differs'
  | 'x5c-missing'
  | 'other-root'
  | 'leaf-expired'
  | 'other-hostname'
  | 'payload-not-json'

export interface MetadataBlobOptions {
  /** To whom the leaf certificate is issued; 'mds.fidoalliance.org' unless told. */
  hostname?: string
  /** 'RS256' unless told. */
  alg?: 'RS256' | 'ES256'
  defect?: MetadataBlobDefect
}

/** FIDO MDS 3.0 §3.1.7: header `alg`, `typ` and `x5c`, leaf first. */
export async function makeMetadataBlob(vendor: Issuer, payload: object, options: MetadataBlobOptions): Promise<string> {
  const { defect } = options
  const signer = await vendor.attestationKey(options.alg === 'ES256' ? -7 : -257)
  const x5c = await blobChain(vendor, signer, options)
  const header = { alg: namedAlgorithm(signer, defect), typ: 'JWT', ...(defect !== 'x5c-missing' && { x5c: jsonX5c(x5c) }) }
  const text = JSON.stringify(payload)
  const blob = await compactJws(header, defect === 'payload-not-json' ? text.slice(0, -1) : text, signer)
  return defect === 'signature-altered' ? alterSignature(blob) : blob
}

async function blobChain(vendor: Issuer, signer: SigningKey, options: MetadataBlobOptions): Promise<Uint8Array[]> {
  const { hostname = 'mds.fidoalliance.org', defect } = options
  const host = defect === 'other-hostname' ? 'mds.example.org' : hostname
  const { x5c } = await vendor.issue({
    subject: [['CN', host]],
    publicKey: await publicKeyInfo(signer),
    extensions: [extension.basicConstraints(false), extension.extendedKeyUsage(oids.serverAuth), extension.hostname(host)],
    ...(defect === 'leaf-expired' && { defect: 'expired' }),
  })
  return x5c
}

function namedAlgorithm(signer: SigningKey, defect: MetadataBlobDefect | undefined): string {
  if (defect === 'alg-none') return 'none'
  if (defect === 'alg-differs') return signer.alg === -7 ? 'RS256' : 'ES256'
  return joseName(signer)
}
