/** Sends forms and puts answers in place of what is shown. Whatever is odd becomes a plain page load. */
import { LatchkeyError } from '../errors.ts'
import type { ProblemJson } from '../wire.ts'
import { every, focusOn, isBusy, setBusy } from './dom.ts'
import { errorBox, showError } from './error-box.ts'
import { pageOf } from './trusted-types.ts'
import { fill, forgetWords, jsonOf, words } from './words.ts'

type Setup = (root: ParentNode) => void
const setups: Setup[] = []
/** What has to be done for new content, at the start and after each swap. */
export function onContent(setup: Setup): void {
  setups.push(setup)
}
export function contentIsNew(root: ParentNode): void {
  for (const setup of setups) setup(root)
}

const mainOf = (page: Document): HTMLElement | null => page.querySelector<HTMLElement>('main')
/** The frame around a `<main>`; only the same one may keep standing. */
const frameOf = (main: HTMLElement | null): string => main?.dataset.lkShell ?? ''

/**
 * Fetches as the page script does: the server may answer with `<main>` alone.
 *
 * @param frame the one that has to fit; a page for another one then comes whole
 */
export async function fetchPage(url: string, init: RequestInit = {}, frame = ''): Promise<Response> {
  const headers = { accept: 'text/html', 'X-LK-Fragment': '1', ...(frame && { 'X-LK-Shell': frame }) }
  return await fetch(url, { credentials: 'same-origin', redirect: 'follow', ...init, headers })
}

/** An answer that was read: where it came from, and what was in it. */
export interface Answer {
  /** Where it ended after redirects. */
  url: string
  redirected: boolean
  page: Document
}

/** The body of a form as the browser would send it. */
function bodyOf(form: HTMLFormElement, submitter: HTMLElement | null): URLSearchParams {
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value)
  // the second argument of FormData is younger than our oldest browsers
  if (submitter instanceof HTMLButtonElement && submitter.name) body.append(submitter.name, submitter.value)
  return body
}

/** Fields named `action` hide the property of that name. */
const actionOf = (form: HTMLFormElement, submitter: HTMLElement | null): string =>
  new URL(submitter?.getAttribute('formaction') ?? form.getAttribute('action') ?? '', location.href).href

/** What the server can be sent this way; the rest is left to the browser. */
export function isOurs(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  const method = (submitter?.getAttribute('formmethod') ?? form.getAttribute('method') ?? 'get').toLowerCase()
  const plain = form.hasAttribute('data-lk-plain') || form.target !== '' || form.enctype !== 'application/x-www-form-urlencoded'
  return method === 'post' && !plain && new URL(actionOf(form, submitter)).origin === location.origin
}

/**
 * Posts a form once, however often it is submitted, and hands the answer on. A connection that fails is told above the form.
 *
 * @returns false when nothing came of it and the form is ready again
 */
export async function sendForm(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  place: (answer: Answer) => void,
  init: RequestInit = {},
): Promise<boolean> {
  if (isBusy(form)) return false
  form.setAttribute('aria-busy', 'true')
  const button = submitter ?? form.querySelector<HTMLElement>('button:not([type="button"])')
  const body = bodyOf(form, submitter)
  if (button) setBusy(button, true)
  try {
    const answer = await fetchPage(actionOf(form, submitter), { method: 'POST', body, ...init }, frameOf(mainOf(document)))
    return await read(answer, place)
  } catch (error) {
    tell(form, submitter, error)
    return false
  } finally {
    form.removeAttribute('aria-busy')
    if (button) setBusy(button, false)
  }
}

async function read(answer: Response, place: (answer: Answer) => void): Promise<boolean> {
  if (/\bjson\b/.test(answer.headers.get('content-type') ?? '')) {
    const problem = jsonOf<ProblemJson>(await answer.text())
    throw new LatchkeyError(problem?.ref ?? 'LK404', problem ? { problem } : {})
  }
  const page = await pageOf(answer)
  // a way out of our origin, a download, something of a proxy: the browser goes there by itself
  if (!page || !mainOf(page)) {
    if (!answer.redirected && !page) throw new LatchkeyError('LK404')
    leaveFor(answer.redirected ? answer.url : location.href)
    return true
  }
  place({ url: answer.url, redirected: answer.redirected, page })
  return true
}

function tell(form: HTMLFormElement, submitter: HTMLElement | null, error: unknown): void {
  const code = error instanceof LatchkeyError ? error.code : 'LK402'
  const trace = error instanceof LatchkeyError ? error.problem?.instance : ''
  showError(form, errorBox(code, { retry: () => form.requestSubmit(submitter), otherWay: form.dataset.lkOther }, trace))
}

/** A plain page load. */
export function leaveFor(url: string): void {
  location.assign(url)
}

/** Puts the answer's `<main>` in place, under its address where it was led to one. */
export function placeMain({ url, redirected, page }: Answer): void {
  const next = mainOf(page)
  const now = mainOf(document)
  const whole = page.querySelector('body > header') !== null
  const sameFrame = frameOf(next) === frameOf(now) && frameOf(now) !== ''
  if (!next || !now || (!sameFrame && !whole && redirected)) {
    leaveFor(url)
    return
  }
  const before = location.href
  if (redirected && withoutHash(url) !== withoutHash(before)) history.pushState({ lk: true }, '', url)
  address = pathOf(location)
  if (!sameFrame && whole) replaceBody(page)
  else now.replaceWith(document.adoptNode(next))
  setTitle(page)
  markCurrent()
  if (withoutHash(before) !== withoutHash(location.href)) scrollTo(0, 0)
  contentIsNew(sameFrame || !whole ? next : document)
  focusIn(next)
}

const withoutHash = (url: string): string => url.replace(/#.*/, '')

/** Another frame came whole: nothing has to be asked for twice, and what is shown once is not lost. */
function replaceBody(page: Document): void {
  document.body.className = page.body.className
  document.documentElement.lang = page.documentElement.lang
  document.body.replaceChildren(...[...page.body.childNodes].map(node => document.adoptNode(node)))
  forgetWords()
}

/** A whole page has its title; for `<main>` alone the last part of ours, the brand, is kept. */
function setTitle(page: Document): void {
  if (page.title) {
    document.title = page.title
    return
  }
  const main = mainOf(document)
  const task = main?.dataset.lkTitle
  if (!task) return
  const frame = document.title.split(' – ').slice(1)
  const wrong = main.querySelector('[data-lk-error]') !== null
  document.title = [wrong ? fill(words().error, 'title', task) : task, ...frame].join(' – ')
}

/** The side list stays; its mark moves. */
function markCurrent(): void {
  const links = every<HTMLAnchorElement>(document, '.lk-nav a[href]')
  const fits = links.filter(link => `${location.pathname}/`.startsWith(`${link.pathname}/`))
  const best = fits.sort((a, b) => b.pathname.length - a.pathname.length)[0]
  for (const link of links) {
    if (link === best) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

/** What went wrong first, then what the page wants to be typed, then its heading. */
export function focusIn(root: HTMLElement): void {
  const first = ['[data-lk-error] h2', '[aria-invalid="true"]', '[autofocus]', 'h1', 'h2', '[tabindex]']
  const found = first.map(selector => root.querySelector<HTMLElement>(selector)).find(element => element !== null)
  focusOn(found)
}

const pathOf = (place: Location): string => place.pathname + place.search
let address = pathOf(location)

/** Back and forward to an address that was put there by a swap: the page behind it is loaded. */
export function watchHistory(): void {
  addEventListener('popstate', () => {
    if (pathOf(location) !== address) location.reload()
  })
}
