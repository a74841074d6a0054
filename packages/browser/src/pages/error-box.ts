import { make, makeButton, makeIcon, makeLink } from './dom.ts'
import { errorWords, fill, words } from './words.ts'

/** What the one button of the box does; null where the words call for a link. */
export interface BoxActions {
  /** Opens the prompt again. */
  retry?: (() => void) | undefined
  /** Opens it for another device. */
  elsewhere?: (() => void) | undefined
  /** The page behind "Try another way". */
  otherWay?: string | undefined
}

const RETRY = new Set(['LK101', 'LK102', 'LK103', 'LK108', 'LK112', 'LK113', 'LK117', 'LK206', 'LK305', 'LK306', 'LK402', 'LK404'])
const ELSEWHERE = new Set(['LK105', 'LK111', 'LK114', 'LK207'])
const SCREEN_LOCK = new Set(['LK110', 'LK204', 'LK304'])
/** Nothing that a check of this device would explain. */
const NOT_THE_DEVICE = new Set(['LK117', 'LK305', 'LK402', 'LK404'])

/** The same box as `ErrorBox` of the server's parts: calm, next best action, a reference to read out. */
export function errorBox(code: string, actions: BoxActions, trace = ''): HTMLElement {
  const { title, text = '' } = errorWords(code)
  const heading = make('h2', { tabindex: '-1' }, title)
  const reference = trace ? `${code} · ${trace.slice(-4).toUpperCase()}` : code
  const row = make('div', { class: 'lk-cluster' }, ...buttons(code, actions))
  row.append(make('span', { class: 'lk-fine lk-muted lk-nowrap', translate: 'no' }, fill(words().code, 'code', reference)))
  return make(
    'div',
    { class: 'lk-banner', role: 'alert', 'data-lk-error': code, 'data-lk-from-script': '' },
    makeIcon('info'),
    make('div', {}, heading, ` ${text}`, row),
  )
}

function buttons(code: string, actions: BoxActions): HTMLElement[] {
  const made: HTMLElement[] = []
  const first = firstAction(code, actions)
  if (first) made.push(first)
  // another way needs a connection, too
  if (actions.otherWay && code !== 'LK402' && first?.getAttribute('href') !== actions.otherWay)
    made.push(makeLink(actions.otherWay, words().other))
  if (!NOT_THE_DEVICE.has(code)) made.push(...checkLink())
  return made
}

/** To "Check this device", unless this is it. */
export const checkLink = (): HTMLElement[] => (location.pathname === words().checkUrl ? [] : [makeLink(words().checkUrl, words().check)])

function firstAction(code: string, { retry, elsewhere, otherWay }: BoxActions): HTMLElement | null {
  const { action = words().retry } = errorWords(code)
  if (RETRY.has(code)) return retry ? makeButton('lk-btn--row', action, retry) : null
  if (ELSEWHERE.has(code)) return elsewhere ? makeButton('lk-btn--row', action, elsewhere) : null
  if (SCREEN_LOCK.has(code)) return makeLink(`${words().checkUrl}#screen_lock`, action)
  if (code === 'LK104') return makeButton('lk-btn--row', action, () => void navigator.clipboard?.writeText(location.href))
  if (code === 'LK202') return makeLink(location.href.replace(/^http:/, 'https:'), action)
  if (code === 'LK203') {
    const link = makeLink(location.href, action)
    link.target = '_blank'
    return link
  }
  return otherWay ? makeLink(otherWay, action) : null
}

/** Shows the box above the primary action, in the place of the one before, and leads the reader to it. */
export function showError(form: HTMLElement, box: HTMLElement): void {
  hideError(form)
  form.prepend(box)
  box.querySelector('h2')?.focus()
}

export function hideError(form: HTMLElement): void {
  for (const box of form.querySelectorAll('[data-lk-from-script][data-lk-error]')) box.remove()
}
