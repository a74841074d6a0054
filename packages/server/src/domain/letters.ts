const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** What a reader takes for one letter: an emoji with all its parts, a letter with its marks. @example firstLetter('👩‍🚀 Ada') // '👩‍🚀' */
export const firstLetter = (text: string): string => segmenter.segment(text)[Symbol.iterator]().next().value?.segment ?? ''

/**
 * The longest beginning of whole letters that has at most so many UTF-16 units, without spaces at its end.
 *
 * @example cutLetters('Acme 👩‍🚀', 7) // 'Acme'
 */
export function cutLetters(text: string, most: number): string {
  let end = 0
  for (const { index, segment } of segmenter.segment(text)) {
    if (index + segment.length > most) break
    end = index + segment.length
  }
  return text.slice(0, end).trimEnd()
}
