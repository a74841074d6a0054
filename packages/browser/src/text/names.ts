import { hasStackedMarks, hasUnprintable } from './characters.ts'

/** Scripts in which a joiner between two letters decides how they are drawn (RFC 5892 appendix A.1 and A.2). */
const JOINING = [
  'Arabic',
  'Syriac',
  'Mandaic',
  'Nko',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Oriya',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Myanmar',
  'Khmer',
  'Mongolian',
]
const JOINING_LETTER = `[${JOINING.map(script => `\\p{Script=${script}}`).join('')}\\u064b-\\u0655]`

/**
 * Invisible characters that do their work: one joiner between letters of a joining script, or behind a chillu, emoji sequences, keycaps, variants of an
 * ideograph (U+E0100 and up) or of a Mongolian letter. `$1` is what stays to be judged.
 */
const AT_WORK: RegExp[] = [
  new RegExp(`(${JOINING_LETTER})[\\u200c\\u200d](?=${JOINING_LETTER})`, 'gu'),
  // a Malayalam chillu as it was spelled before Unicode 5.1, which often ends a word
  /(\p{Script=Malayalam}\u0d4d)\u200d(?![\u200c\u200d])/gu,
  /(\p{Extended_Pictographic})(?:[\ufe0e\ufe0f]?\p{Emoji_Modifier}?\u200d(?=\p{Extended_Pictographic})|[\ufe0e\ufe0f])/gu,
  /([0-9#*])\ufe0f(?=\u20e3)/gu,
  /(\p{Script=Han})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/gu,
  /(\p{Script=Mongolian})[\u180b-\u180f]/gu,
]

/**
 * Whether all of a text can be seen, and reads as it is written: no control, bidirectional, tag or other invisible character but where
 * a script or an emoji needs it, no lone surrogate, no private use, no pile of marks. Judges only; nothing is changed.
 *
 * @example isPrintable('Ana\u202e1') // false
 */
export function isPrintable(text: string): boolean {
  const seen = AT_WORK.reduce((rest, pattern) => rest.replace(pattern, '$1'), text)
  return !hasUnprintable(seen) && !hasStackedMarks(seen.normalize('NFC'))
}

/**
 * What a typed name means: NFC, ends trimmed, any run of spaces one space. null unless it is printable, shows something, and has at
 * most so many code points.
 *
 * @example typedName('  Work   laptop ', 64) // 'Work laptop'
 */
export function typedName(text: string, most: number): string | null {
  if (text.length > 8 * most) return null
  const name = text
    .normalize('NFC')
    .replace(/^[\t\n\r\p{Zs}]+|[\t\n\r\p{Zs}]+$/gu, '')
    .replace(/\p{Zs}+/gu, ' ')
  return name !== '' && [...name].length <= most && isPrintable(name) ? name : null
}

/** Visible ASCII without spaces: what an address of a payment network is made of. */
export const isAsciiWord = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)
