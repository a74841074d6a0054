import { asciiDigits, withoutDashes, withoutInvisible } from './characters.ts'

/** Longer than any code with all its separators; compatibility forms grow, so that this comes first. */
const LONGEST = 128
/** Crockford's base 32: no I, L, O or U, so that what is read aloud or off paper comes back right. */
export const RECOVERY_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Characters of a recovery code, without its hyphens. */
export const RECOVERY_LENGTH = 16

/** Typed or pasted code: full width and other scripts' digits as ASCII; spaces, every kind of hyphen and what is invisible dropped. */
const bare = (text: string): string =>
  text.length > LONGEST ? '' : asciiDigits(withoutDashes(withoutInvisible(text.normalize('NFKC')))).replace(/\s/g, '')

/**
 * The digits of a typed code; null where anything else stands in it.
 *
 * @example typedDigits('123-456') // '123456'
 */
export function typedDigits(text: string): string | null {
  const digits = bare(text)
  return /^\d+$/.test(digits) ? digits : null
}

/**
 * What a typed recovery code means: case, spaces and dashes do not matter, I and L are read as 1, O as 0. null when it can't be one.
 *
 * @example typedRecoveryCode('abcd efgh-jkmn-pqro') // 'ABCDEFGHJKMNPQR0'
 */
export function typedRecoveryCode(text: string): string | null {
  const code = bare(text).toUpperCase().replace(/[IL]/g, '1').replaceAll('O', '0')
  return code.length === RECOVERY_LENGTH && [...code].every(letter => RECOVERY_ALPHABET.includes(letter)) ? code : null
}
