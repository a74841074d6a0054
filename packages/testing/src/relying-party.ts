import type { CredentialDescriptorJSON } from './ceremony-json.ts'
import type { StoredKey } from './stored-key.ts'

/** L3 §5.1.3, §5.1.4: the RP ID is the origin's host or a parent domain of it, never an address. */
export function rpIdFor(origin: string, wanted: string | undefined): string {
  if (origin.startsWith('android:') && wanted) return wanted // an app is bound to its RP ID by asset links, not by its origin
  const host = new URL(origin).hostname
  const rpId = wanted ?? host
  const isAddress = host.startsWith('[') || /^[\d.]+$/.test(host)
  const isParent = host.endsWith(`.${rpId}`) && rpId.includes('.')
  if (isAddress || !(rpId === host || isParent)) throw new DOMException(`${rpId} is no RP ID for ${origin}`, 'SecurityError')
  return rpId
}

/** Is the credential one of those that the list names? */
export function names(list: readonly CredentialDescriptorJSON[], key: StoredKey): boolean {
  return list.some(entry => entry.type === 'public-key' && entry.id === key.id)
}
