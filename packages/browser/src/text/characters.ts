/** Classes of characters that the judges of this folder share. No lookbehind: Safari before 16.4 has none. */

/** What is drawn as nothing: zero-width, soft hyphen, fillers, bidirectional controls, tags, variation selectors, blank braille. */
const INVISIBLE = '\\p{Default_Ignorable_Code_Point}\\p{Cf}\\u2800'
/** Besides the invisible ones: control characters, line separators, lone surrogates, private use, noncharacters, replacement marks. */
const UNPRINTABLE = `${INVISIBLE}\\p{Cc}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}\\ufff9-\\ufffd`
/** Every hyphen and dash, the minus signs, and what keyboards give in their place: a Japanese one types a long vowel. */
const DASHES = '\\p{Pd}\\u2212\\u02d7\\u2043\\u00ad\\u30fc\\u2500'

const ONE_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'gu')
const ONE_UNPRINTABLE = new RegExp(`[${UNPRINTABLE}]`, 'u')
const INVISIBLE_ENDS = new RegExp(`^[\\s${INVISIBLE}]+|[\\s${INVISIBLE}]+$`, 'gu')
const ONE_DASH = new RegExp(`[${DASHES}]`, 'gu')

/** Whether a text can be stored everywhere: no U+0000, which PostgreSQL refuses, and no lone surrogate, which UTF-8 can't carry. */
export const isPlainText = (text: string): boolean => !/\0|\p{Cs}/u.test(text)

export const hasUnprintable = (text: string): boolean => ONE_UNPRINTABLE.test(text)
export const withoutInvisible = (text: string): string => text.replace(ONE_INVISIBLE, '')
export const withoutInvisibleEnds = (text: string): string => text.replace(INVISIBLE_ENDS, '')
export const withoutDashes = (text: string): string => text.replace(ONE_DASH, '')

/** Marks without a letter, the same one twice, more than four that do not advance (UTS #39 §5.4), or a stack of any nine. */
const STACKED = /^\p{M}|\p{Z}\p{M}|([\p{Mn}\p{Me}])\1|[\p{Mn}\p{Me}]{5}|\p{M}{9}/u
export const hasStackedMarks = (text: string): boolean => STACKED.test(text)

const isDigit = (point: number): boolean => /^\p{Nd}$/u.test(String.fromCodePoint(point))

/** Digits of every script as 0 to 9: Unicode encodes each set as ten in a row. */
export const asciiDigits = (text: string): string =>
  text.replace(/[^\P{Nd}0-9]/gu, digit => {
    const point = digit.codePointAt(0) ?? 0
    let first = point
    while (isDigit(first - 1)) first--
    return String((point - first) % 10)
  })
