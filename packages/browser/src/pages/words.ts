/** The words of the page, as the server wrote them into `<script data-lk-words>`. */
interface Words {
  cancel: string
  check: string
  checking: string
  checkUrl: string
  code: string
  copied: string
  error: string
  follow: string
  how: string
  noPrompt: string
  other: string
  retry: string
  saved: string
  waiting: string
  errors: Record<string, ErrorWords | undefined>
}
export interface ErrorWords {
  title: string
  text?: string
  action?: string
}

/** Never a blank screen: a page without words still says something. */
const BARE: Words = {
  cancel: 'Cancel',
  check: 'Check this device',
  checking: 'Checking code',
  checkUrl: '/check-device',
  code: 'Code {code}',
  copied: 'Copied',
  error: 'Error: {title}',
  follow: 'Follow the prompt on your device.',
  how: 'How',
  noPrompt: 'Don’t see a prompt?',
  other: 'Try another way',
  retry: 'Try again',
  saved: 'Saved',
  waiting: 'Waiting for your device…',
  errors: {},
}

let read: Words | null = null

export function words(): Words {
  read ??= { ...BARE, ...jsonOf<Partial<Words>>(document.querySelector('script[data-lk-words]')?.textContent) }
  return read
}

/** Another page may speak another language. */
export function forgetWords(): void {
  read = null
}

export const errorWords = (code: string): ErrorWords =>
  words().errors[code] ?? words().errors.LK113 ?? { title: code, action: words().retry }

/** What data attributes and data blocks hold; null for anything else. */
export function jsonOf<T>(text: string | null | undefined): T | null {
  try {
    return text ? (JSON.parse(text) as T) : null
  } catch {
    return null
  }
}

export const fill = (template: string, name: string, value: string): string => template.replace(`{${name}}`, value)
