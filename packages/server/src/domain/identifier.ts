import { domainToASCII, domainToUnicode } from 'node:url'
import { typedEmail, typedPhone } from '@latchkey/browser/text'
import { firstLetter } from './letters.ts'
import { Problem } from './problems.ts'
import type { IdentifierKind } from './types.ts'

export interface ParsedIdentifier {
  kind: IdentifierKind
  /** Canonical: lower-cased address with its domain in ASCII, or E.164 number. */
  value: string
}

/**
 * Reads what a person typed as e-mail address or phone number.
 *
 * @throws Problem `identifier_invalid`
 * @example parseIdentifier(' Mei@Example.com ') // { kind: 'email', value: 'mei@example.com' }
 */
export function parseIdentifier(text: string): ParsedIdentifier {
  const email = typedEmail(text)
  if (email) return { kind: 'email', value: email }
  const phone = typedPhone(text)
  if (phone) return { kind: 'phone', value: phone }
  throw new Problem('identifier_invalid', { field: 'identifier' })
}

/** The one spelling of an address of a kind, today's rules applied; null for what is none by them. */
export function canonicalIdentifier(kind: IdentifierKind, value: string): string | null {
  return kind === 'email' ? typedEmail(value) : typedPhone(value)
}

/** An address as its owner writes it: an internationalised domain in its own letters; where they do not lead back, in ASCII. */
export function shownIdentifier(value: string): string {
  const [local, ascii] = value.split('@')
  const domain = domainToUnicode(ascii ?? '')
  return domainToASCII(domain) === ascii ? `${local}@${domain}` : value
}

/** "c•••@example.com", "+34 ••• 12": enough to recognise, not enough to learn. */
export function maskIdentifier(kind: IdentifierKind, value: string): string {
  if (kind === 'phone') return `${value.slice(0, 3)} ••• ${value.slice(-2)}`
  const [local = '', domain = ''] = shownIdentifier(value).split('@')
  return `${firstLetter(local)}•••@${domain}`
}
