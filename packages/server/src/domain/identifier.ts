import { Problem } from './problems.ts'
import type { IdentifierKind } from './types.ts'

export interface ParsedIdentifier {
  kind: IdentifierKind
  /** Canonical: lower-cased address, or E.164 number. */
  value: string
}

// one @, no spaces or quotes, a dotted domain of letters, digits and hyphens; what mail servers accept beyond that people do not have
const EMAIL = /^[^\s@"<>(),;:\\[\]]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u
const PHONE = /^\+[1-9]\d{6,14}$/

/**
 * Reads what a person typed as e-mail address or phone number.
 *
 * @throws Problem `identifier_invalid`
 * @example parseIdentifier(' Mei@Example.com ') // { kind: 'email', value: 'mei@example.com' }
 */
export function parseIdentifier(text: string): ParsedIdentifier {
  const typed = text.normalize('NFC').trim()
  const email = typed.toLowerCase()
  if (email.length <= 254 && EMAIL.test(email)) return { kind: 'email', value: email }
  const phone = typed.replace(/^00/, '+').replace(/[\s().-]/g, '')
  if (PHONE.test(phone)) return { kind: 'phone', value: phone }
  throw new Problem('identifier_invalid', { field: 'identifier' })
}

/** "c•••@example.com", "+34 ••• 12": enough to recognise, not enough to learn. */
export function maskIdentifier(kind: IdentifierKind, value: string): string {
  if (kind === 'phone') return `${value.slice(0, 3)} ••• ${value.slice(-2)}`
  const [local = '', domain = ''] = value.split('@')
  return `${[...local][0] ?? ''}•••@${domain}`
}
