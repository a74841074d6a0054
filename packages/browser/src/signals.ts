import type { SignalJson } from './wire.ts'

/** Chrome 132 and Safari 26 have these (WebAuthn L3 §5.1.10); where they are missing, pages say how to remove by hand. */
interface Signals {
  signalAllAcceptedCredentials?(known: { rpId: string; userId: string; allAcceptedCredentialIds: string[] }): Promise<void>
  signalCurrentUserDetails?(user: { rpId: string; userId: string; name: string; displayName: string }): Promise<void>
  signalUnknownCredential?(unknown: { rpId: string; credentialId: string }): Promise<void>
}
const statics = (): Signals => (globalThis as { PublicKeyCredential?: Signals }).PublicKeyCredential ?? {}

/** Tells password managers which passkeys are left and what the account is called. Never fails: it is a courtesy. */
export async function sendSignals({ rpId, userId, acceptedIds, name, displayName }: SignalJson): Promise<void> {
  await quietly(() => statics().signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds: acceptedIds }))
  await quietly(() => statics().signalCurrentUserDetails?.({ rpId, userId, name, displayName }))
}

/** Tells them that a passkey which they offered is not known here. */
export async function signalUnknown(rpId: string, credentialId: string): Promise<void> {
  await quietly(() => statics().signalUnknownCredential?.({ rpId, credentialId }))
}

async function quietly(send: () => Promise<void> | undefined): Promise<void> {
  try {
    await send()
  } catch {
    // an invalid domain or a provider that does not care
  }
}
