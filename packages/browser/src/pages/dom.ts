/** Small things about elements. */

type Attributes = Readonly<Record<string, string>>

/** An element with its class, text or children. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

export function makeButton(look: string, text: string, press: () => void): HTMLButtonElement {
  const button = make('button', { type: 'button', class: `lk-btn ${look}`.trim() }, text)
  button.addEventListener('click', press)
  return button
}

export const makeLink = (href: string, text: string): HTMLAnchorElement => make('a', { class: 'lk-btn lk-btn--row', href }, text)

const SVG = 'http://www.w3.org/2000/svg'

/** The address of the icon sprite is taken from an icon that is on the page. */
export function makeIcon(name: string): Element | string {
  const sprite = document.querySelector('use[href*="icons.svg#"]')?.getAttribute('href')
  if (!sprite) return ''
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'lk-icon')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('focusable', 'false')
  const use = document.createElementNS(SVG, 'use')
  use.setAttribute('href', sprite.replace(/#.*/, `#${name}`))
  svg.append(use)
  return svg
}

/** Finds the element itself, too. */
export function every<T extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): T[] {
  const found = [...root.querySelectorAll<T>(selector)]
  return root instanceof Element && root.matches(selector) ? [root as unknown as T, ...found] : found
}

/** The nearest element around whatever an event came from. */
export const around = <T extends HTMLElement = HTMLElement>(target: EventTarget | null, selector: string): T | null =>
  target instanceof Element ? target.closest<T>(selector) : null

let later: ReturnType<typeof setTimeout> | undefined
/** One polite sentence for readers; emptied first, so that the same one is read again. */
export function announce(text: string): void {
  say('')
  clearTimeout(later)
  later = setTimeout(() => say(text), 50)
}
const say = (text: string): void => document.querySelector('[data-lk-status]')?.replaceChildren(text)

export function setBusy(element: HTMLElement, busy: boolean): void {
  for (const name of ['aria-busy', 'aria-disabled']) {
    if (busy) element.setAttribute(name, 'true')
    else element.removeAttribute(name)
  }
}
export const isBusy = (element: Element): boolean => element.getAttribute('aria-busy') === 'true'

/** Takes focus without an outline jumping through the page. */
export function focusOn(element: HTMLElement | null | undefined): void {
  if (!element) return
  if (!element.matches('a[href], button, input, select, textarea, [tabindex]')) element.tabIndex = -1
  element.focus()
}
