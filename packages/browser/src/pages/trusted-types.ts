/**
 * The one door for HTML in our pages, and the one Trusted Types policy (`latchkey`). The policy does not leave this file: it passes only
 * what our own server answered to a fetch of ours.
 */
interface Policy {
  createHTML(text: string): string
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML: (text: string) => string }): Policy
}

// Firefox and Safari 16 have no Trusted Types; there the text itself is taken
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes
const policy: Policy = factory?.createPolicy('latchkey', { createHTML: text => text }) ?? { createHTML: text => text }

const STYLE = /<style\b[^>]*>[^<]*<\/style>/g

/**
 * The page in an answer of our server, as a document of its own in which nothing runs.
 *
 * @returns null for what is not HTML from this origin
 */
export async function pageOf(answer: Response): Promise<Document | null> {
  const type = answer.headers.get('content-type') ?? ''
  if (new URL(answer.url).origin !== location.origin || !/^text\/html\b/.test(type)) return null
  // a whole page brings style blocks with a nonce of its own; Chromium reports them even in a document that shows nothing
  const text = (await answer.text()).replace(STYLE, '')
  const page = new DOMParser().parseFromString(policy.createHTML(text), 'text/html')
  // data blocks may stay; the parser, for which scripts are off, has turned the inside of noscript into elements
  for (const part of page.querySelectorAll('script:not([type="application/json"]), noscript, base, meta')) part.remove()
  return page
}
