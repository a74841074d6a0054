/**
 * What a text names as a URL (WHATWG URL); null for what is none. Node 20's `URL.canParse` is not asked: once it is compiled, after some
 * thousand calls, it refuses every text with a Latin-1 letter, such as `https://bücher.example`.
 */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}
