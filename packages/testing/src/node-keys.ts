import type { JsonWebKey as NodeJwk } from 'node:crypto'
import type { Algorithm, Jwk } from './algorithms.ts'
import type { Bytes } from './bytes.ts'

type NodeCrypto = typeof import('node:crypto')

/** For what WebCrypto lacks. Asked for at run time, because this file also goes into bundles for browsers. */
function nodeCrypto(what: string): NodeCrypto {
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto')
  if (!crypto) throw new TypeError(`${what} needs node:crypto, which is not here: it works in Node alone`)
  return crypto
}

/** Makes a key pair with node:crypto. @throws TypeError outside Node, and on a Node that does not know the key type (ML-DSA: < 24.7). */
export function generateWithNode({ kty, name, crv = '' }: Algorithm): Jwk {
  const crypto = nodeCrypto(crv || name)
  const generate = crypto.generateKeyPairSync as (type: string, options?: object) => { privateKey: import('node:crypto').KeyObject }
  return attempt(
    crv || name,
    () => (kty === 'EC' ? generate('ec', { namedCurve: crv }) : generate(name)).privateKey.export({ format: 'jwk' }) as Jwk,
  )
}

/** Signs with node:crypto: ECDSA as r || s. @param hash the digest; ML-DSA has none of its own. */
export function signWithNode(jwk: Jwk, { kty, name, crv }: Algorithm, hash: string, data: Uint8Array): Bytes {
  const crypto = nodeCrypto(crv ?? name)
  return attempt(crv ?? name, () => {
    const key = crypto.createPrivateKey({ key: jwk as NodeJwk, format: 'jwk' })
    return new Uint8Array(crypto.sign(kty === 'EC' ? hash.replace('-', '') : null, data, { key, dsaEncoding: 'ieee-p1363' }))
  })
}

/** The public half as SubjectPublicKeyInfo. */
export function spkiWithNode(jwk: Jwk, { name, crv }: Algorithm): Bytes {
  const { d, priv, ...publicJwk } = jwk
  const key = nodeCrypto(crv ?? name).createPublicKey({ key: publicJwk as NodeJwk, format: 'jwk' })
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }))
}

function attempt<T>(what: string, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    throw new TypeError(`node:crypto of this Node has no ${what} keys (ML-DSA needs Node 24.7 or later)`, { cause })
  }
}
