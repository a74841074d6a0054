import { type Authority, type AuthorityVariant, longOver, makeAuthority } from './authority.ts'
import type { Bytes } from './bytes.ts'
import { generateJwk } from './cose.ts'
import type { TrustDefect } from './vendor-defects.ts'

/** Who signs a leaf, and the certificates that go with it above the leaf. */
export interface IssuingChain {
  issuer: Authority
  above: Bytes[]
}

/** Defects that need an intermediate get one, even where the vendor has none. */
const chains: Partial<Record<TrustDefect, (root: Authority, issuer: Authority) => Promise<IssuingChain>>> = {
  'wrong-issuer': async (root, issuer) => ({
    issuer: { ...issuer, key: { alg: issuer.key.alg, privateKey: await generateJwk(issuer.key.alg) } },
    above: issuer === root ? [] : [issuer.certificate],
  }),
  'intermediate-not-ca': async (root, issuer) => await throughOne(root, issuer, { ca: false }),
  'intermediate-expired': async (root, issuer) => await throughOne(root, issuer, longOver),
  'intermediate-missing': async (root, issuer) => ({ ...(await throughOne(root, issuer, {})), above: [] }),
  'chain-out-of-order': async root => {
    const upper = await makeAuthority('Example Upper Authority', root.key.alg, root)
    const lower = await makeAuthority('Example Lower Authority', root.key.alg, upper)
    return { issuer: lower, above: [upper.certificate, lower.certificate] }
  },
}

async function throughOne(root: Authority, issuer: Authority, variant: AuthorityVariant): Promise<IssuingChain> {
  const kept = issuer === root ? {} : { key: issuer.key }
  const changed = await makeAuthority('Example Attestation Authority', root.key.alg, root, { ...kept, ...variant })
  return { issuer: changed, above: [changed.certificate] }
}

/** The chain to issue with: through the intermediate where there is one, wrong in the one named way. */
export async function issuingChain(root: Authority, intermediate: Authority | undefined, defect?: TrustDefect): Promise<IssuingChain> {
  const issuer = intermediate ?? root
  const broken = defect && chains[defect]
  return broken ? await broken(root, issuer) : { issuer, above: intermediate ? [intermediate.certificate] : [] }
}
