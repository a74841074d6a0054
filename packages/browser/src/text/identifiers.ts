import { asciiDigits, hasStackedMarks, hasUnprintable, withoutDashes, withoutInvisible, withoutInvisibleEnds } from './characters.ts'

/** Longer than any address with all that is dropped from it; compatibility forms grow, so that this comes first. */
const LONGEST = 1024
const LONGEST_EMAIL = 254

// no spaces or quotes; what mail servers accept beyond that people do not have
const LOCAL = /^[^\s@"<>(),;:\\[\]]{1,64}$/u
/** A dotted name of LDH labels (RFC 5890 §2.3.1) whose last one is no number. */
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/

/** What would end the host of a URL, or is read in another way there. */
const NO_HOST = /[\s/?#\\:@%[\]<>^|]/u
const WORKS_IN_HOST = /\u200c|\u200d|\ufe0f/g

/**
 * A domain as the DNS has it (UTS #46 nontransitional, as URLs are read): an internationalised name and its punycode are one, ideographic
 * full stops are dots, one dot at the end is dropped. null for what is no dotted host name.
 *
 * @example asciiDomain('Bücher.example') // 'xn--bcher-kva.example'
 */
export function asciiDomain(text: string): string | null {
  const domain = text.replace(/[.\u3002\uff0e\uff61]$/, '')
  if (NO_HOST.test(domain) || hasUnprintable(domain.replace(WORKS_IN_HOST, ''))) return null
  try {
    const { hostname } = new URL(`http://${domain}`)
    return HOST_NAME.test(hostname) ? hostname : null
  } catch {
    return null
  }
}

const lower = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC')

/**
 * The e-mail address that a person means, as it is stored, looked up and written to: compatibility forms as plain ones, lower case,
 * invisible characters and blanks at the ends dropped, the domain in ASCII. null for what is none.
 *
 * @example typedEmail(' Eva@Bücher.example ') // 'eva@xn--bcher-kva.example'
 */
export function typedEmail(text: string): string | null {
  const typed = text.length > LONGEST ? '' : withoutInvisibleEnds(lower(text))
  const [local = '', domain, ...more] = typed.split('@')
  if (domain === undefined || more.length > 0 || !LOCAL.test(local) || hasUnprintable(local) || hasStackedMarks(local)) return null
  const ascii = asciiDomain(domain)
  const email = `${local}@${ascii}`
  return ascii !== null && email.length <= LONGEST_EMAIL ? email : null
}

const E164 = /^\+[1-9]\d{6,14}$/
/** Where numbers keep their leading zero abroad: Italy, San Marino, Ivory Coast, Burkina Faso, Benin, Gabon, the Congo. */
const ZERO_STAYS = /^\+(?:39|378|225|226|229|241|242)/
const BRACKETED_ZERO = /[([]0[)\]]/
/** An area code as it is dialled at home, `(020)`; North America and Russia put no zero in front of theirs. */
const AREA_CODE = /^(\+(?![17])\d{2,3})[([]0(\d+)[)\]]/

/**
 * The number that a person means, in E.164: every script's digits, spaces, dots, slashes, brackets and hyphens dropped, `00` read as
 * `+`, and a zero that begins a bracket, which is dialled within the country only, left out. null for what is none, with an extension too.
 *
 * @example typedPhone('+44 (0)20 7946 0958') // '+442079460958'
 */
export function typedPhone(text: string): string | null {
  if (text.length > LONGEST) return null
  const plain = asciiDigits(withoutDashes(withoutInvisible(text.normalize('NFKC')))).replace(/\s/g, '')
  const international = plain.replace(/^\(?(?:00|\+)\)?/, '+')
  const zero = ZERO_STAYS.test(international) ? '0' : ''
  const phone = international
    .replace(BRACKETED_ZERO, zero)
    .replace(AREA_CODE, `$1${zero}$2`)
    .replace(/[()[\]./]/g, '')
  return E164.test(phone) ? phone : null
}
