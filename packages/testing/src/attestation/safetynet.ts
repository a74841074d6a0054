import { utf8 } from '../bytes.ts'
import type { CborMap, CborValue } from '../cbor.ts'
import { extension, oids } from '../certificate.ts'
import { alterSignature, compactJws, jsonX5c, toBase64 } from '../jws.ts'
import type { AttestationDefect } from '../misbehaviour.ts'
import { type AttestationCeremony, nonceOf, signatureDefect } from './ceremony.ts'
import { leafFor } from './leaf.ts'

/** L3 §8.5: Google's service signs a JWS about the device. */
export async function safetyNet(ceremony: AttestationCeremony): Promise<CborMap> {
  return new Map<string, CborValue>([
    ['ver', '241516037'],
    ['response', utf8(await responseFor(ceremony))],
  ])
}

const breakPayload: Partial<Record<AttestationDefect, (payload: object) => object>> = {
  'safetynet-nonce': payload => ({ ...payload, nonce: toBase64(crypto.getRandomValues(new Uint8Array(32))) }),
  'safetynet-cts-false': payload => ({ ...payload, ctsProfileMatch: false }),
}

const breakResponse: Partial<Record<AttestationDefect, (jws: string) => string>> = {
  'safetynet-jws-signature': alterSignature,
  'safetynet-not-a-jws': () => 'this is no JWS',
}

async function responseFor(ceremony: AttestationCeremony): Promise<string> {
  const defect = ceremony.misbehave.attestation
  const host = defect === 'safetynet-host' ? 'attest.example.org' : 'attest.android.com'
  const key = await (await ceremony.vendor()).attestationKey(-257)
  const extensions = [extension.basicConstraints(false), extension.extendedKeyUsage(oids.serverAuth), extension.hostname(host)]
  const leaf = await leafFor(ceremony, { subject: [['CN', host]], key, extensions })
  const header = { alg: defect === 'safetynet-alg-none' ? 'none' : 'RS256', x5c: jsonX5c(leaf.x5c) }
  const payload = JSON.stringify(await payloadFor(ceremony))
  const text = defect === 'safetynet-payload-not-json' ? payload.slice(0, -1) : payload
  const jws = await compactJws(header, text, leaf.key, signatureDefect(ceremony))
  return (defect && breakResponse[defect]?.(jws)) ?? jws
}

async function payloadFor(ceremony: AttestationCeremony): Promise<object> {
  const defect = ceremony.misbehave.attestation
  const honest = {
    nonce: toBase64(await nonceOf(ceremony)),
    timestampMs: Date.now(),
    apkPackageName: 'com.google.android.gms',
    ctsProfileMatch: true,
    basicIntegrity: true,
  }
  return (defect && breakPayload[defect]?.(honest)) ?? honest
}
