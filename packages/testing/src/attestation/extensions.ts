import type { Bytes } from '../bytes.ts'
import { type CertificateExtension, distinguishedName, extension, oids } from '../certificate.ts'
import { der } from '../der.ts'
import type { AttestationCeremony } from './ceremony.ts'

/** Object identifiers of L3 §8.2.1, §8.3.1, §8.4.1 and §8.8, and of the TCG's certificate profile. */
export const attestationOids = {
  aaguid: '1.3.6.1.4.1.45724.1.1.4',
  aikCertificate: '2.23.133.8.3',
  tpmManufacturer: '2.23.133.2.1',
  tpmModel: '2.23.133.2.2',
  tpmVersion: '2.23.133.2.3',
  keyDescription: '1.3.6.1.4.1.11129.2.1.17',
  appleNonce: '1.2.840.113635.100.8.2',
} as const

/** id-fido-gen-ce-aaguid: an OCTET STRING of 16 bytes inside the extension's own. */
export function aaguidExtension(aaguid: Bytes): CertificateExtension {
  return { oid: attestationOids.aaguid, value: der.octetString(aaguid) }
}

/** The same for the ceremony's own model, unless its certificates do not say. */
export function modelExtension({ aaguid, options }: AttestationCeremony): CertificateExtension[] {
  return options.certificateNamesModel === false ? [] : [aaguidExtension(aaguid)]
}

/** The alternative name of an AIK certificate: TPM manufacturer, model and version in a directoryName (critical, as the subject is empty). */
export function tpmName(manufacturer: string | undefined): CertificateExtension {
  const name = distinguishedName([
    ...(manufacturer === undefined ? [] : [[attestationOids.tpmManufacturer, manufacturer] as const]),
    [attestationOids.tpmModel, 'Example TPM'],
    [attestationOids.tpmVersion, 'id:00010002'],
  ])
  return { oid: oids.subjectAlternativeName, critical: true, value: der.sequence(der.explicit(4, name)) }
}

export const aikUsage = (): CertificateExtension => extension.extendedKeyUsage(attestationOids.aikCertificate)

/** SEQUENCE { [1] EXPLICIT OCTET STRING }. */
export function appleNonce(nonce: Bytes): CertificateExtension {
  return { oid: attestationOids.appleNonce, value: der.sequence(der.explicit(1, der.octetString(nonce))) }
}

/** What a key description says; the honest one is SIGN alone, generated, and only for the app that asked. */
export interface KeyDescription {
  challenge: Bytes
  /** `Algorithm` of the keystore: 1 is RSA, 3 is EC. */
  algorithm: 1 | 3
  /** `KeyPurpose`: 2 is SIGN. */
  purpose?: number
  /** `KeyOrigin`: 0 is GENERATED, 2 is IMPORTED. */
  origin?: number
  allApplications?: boolean
  /** Only software holds the key. */
  software?: boolean
}

/** The honest description of a new key. */
export function describedKey({ key, clientDataHash, options }: AttestationCeremony): KeyDescription {
  const software = options.androidKeystore === 'software'
  return { challenge: clientDataHash, algorithm: key.privateKey.kty === 'RSA' ? 1 : 3, software }
}

/** KeyDescription of Android's key attestation, version 3, with the key's properties enforced by the trusted environment or by software. */
export function keyDescription(description: KeyDescription): CertificateExtension {
  const { challenge, software = false } = description
  const created = der.explicit(701, der.integer(Date.UTC(2024)))
  const properties = keyProperties(description)
  const softwareEnforced = der.sequence(...(software ? properties : [created]))
  const hardwareEnforced = der.sequence(...(software ? [] : properties))
  const level = der.enumerated(software ? 0 : 1) // Software, TrustedEnvironment
  const versions = [der.integer(3), level, der.integer(4), level]
  const body = [der.octetString(challenge), der.octetString(new Uint8Array(0)), softwareEnforced, hardwareEnforced]
  return { oid: attestationOids.keyDescription, value: der.sequence(...versions, ...body) }
}

/** Members of an AuthorizationList, in the order of their tags. */
function keyProperties({ algorithm, purpose = 2, origin = 0, allApplications = false }: KeyDescription): Bytes[] {
  return [
    der.explicit(1, der.set(der.integer(purpose))),
    der.explicit(2, der.integer(algorithm)),
    der.explicit(5, der.set(der.integer(4))), // SHA-256
    ...(allApplications ? [der.explicit(600, der.null())] : []),
    der.explicit(702, der.integer(origin)),
  ]
}
