/** The small helps of a page: each works on its own, and the page does without it. */
import { sendSignals } from '../signals.ts'
import type { SignalJson } from '../wire.ts'
import { announce, around, every, make } from './dom.ts'
import { onContent } from './swap.ts'
import { fill, jsonOf, words } from './words.ts'

export function watchSmallThings(): void {
  document.addEventListener('click', event => {
    const reveal = around(event.target, '[data-lk-reveal]')
    if (reveal) toggleReveal(reveal)
    const copy = around(event.target, '[data-lk-copy]')
    if (copy) void copyText(copy)
    if (around(event.target, '[data-lk-print]')) print()
    const press = around<HTMLButtonElement>(event.target, 'button[data-lk-press]')
    if (press && event.isTrusted) handPressOn(press)
    closeMenus(event.target)
  })
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape') closeMenus(null)
  })
  onContent(root => {
    // what only a script can do appears when there is one
    for (const button of every(root, '[data-lk-reveal], [data-lk-copy], [data-lk-print]')) button.hidden = false
    for (const element of every(root, '[data-lk-countdown]')) countDown(element)
    // for browsers without a script; in what a script put in place it would be a field like any other
    for (const field of every(root, 'noscript [name="press"]')) field.remove()
    for (const block of every(root, '[data-lk-signal]')) {
      const signal = jsonOf<SignalJson>(block.textContent)
      if (signal) void sendSignals(signal)
    }
    if (every(root, '[data-lk-verdict], [data-lk-check]').length > 0) void checkDevice()
  })
}

/** Only a person's own pointer or key sends it: programs that open links in mail, and click there, freeze nobody. */
function handPressOn(button: HTMLButtonElement): void {
  const field = make('input', { type: 'hidden', name: 'press', value: button.dataset.lkPress ?? '' })
  button.form?.querySelector('[name="press"]')?.remove()
  button.form?.append(field)
}

function toggleReveal(button: HTMLElement): void {
  const field = document.getElementById(button.dataset.lkReveal ?? '')
  if (!(field instanceof HTMLInputElement)) return
  const shown = field.type === 'password'
  field.type = shown ? 'text' : 'password'
  button.setAttribute('aria-pressed', String(shown))
  button.textContent = (shown ? button.dataset.lkHide : button.dataset.lkShow) ?? button.textContent
}

const COPIED_MS = 2000

/** `#id` or `[attribute]` copies what stands there, anything else is the text itself. */
async function copyText(button: HTMLElement): Promise<void> {
  const what = button.dataset.lkCopy ?? ''
  const source = /^[#[]/.test(what) ? document.querySelector<HTMLElement>(what) : null
  const lines = source ? every(source, 'li').map(line => line.textContent?.trim() ?? '') : []
  const text =
    lines.length > 0 ? lines.join('\n') : ((source instanceof HTMLInputElement ? source.value : source?.textContent?.trim()) ?? what)
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    if (source) getSelection()?.selectAllChildren(source)
    return
  }
  announce(words().copied)
  const label = [...button.childNodes].findLast(node => node.nodeType === Node.TEXT_NODE)
  if (!label || label.textContent === words().copied) return
  const before = label.textContent
  label.textContent = words().copied
  setTimeout(() => {
    label.textContent = before
  }, COPIED_MS)
}

function closeMenus(target: EventTarget | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>('details[data-lk-menu][open]')) {
    if (target instanceof Node && menu.contains(target)) continue
    const inside = menu.contains(document.activeElement)
    menu.open = false
    if (inside) menu.querySelector('summary')?.focus()
  }
}

const counting = new WeakSet<HTMLElement>()

/** "Send a new code in 0:24", then the words that stood there, and a button that may be pressed. */
function countDown(element: HTMLElement): void {
  const { lkCountdown: template = '', left: wait = '' } = element.dataset
  if (counting.has(element)) return
  counting.add(element)
  const after = element.textContent?.trim() ?? ''
  const end = Date.now() + Number(wait)
  const label = element.matches('button') ? [...element.childNodes].findLast(node => node.nodeType === Node.TEXT_NODE) : null
  const say = (text: string): void => {
    ;(label ?? element).textContent = text
  }
  const tick = (): void => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    if (left === 0 || !element.isConnected) clearInterval(timer)
    say(left === 0 ? after : fill(template, 'time', `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`))
    if (left > 0) return
    element.removeAttribute('aria-disabled')
    announce(after)
  }
  if (element.matches('button, a')) element.setAttribute('aria-disabled', 'true')
  const timer = setInterval(tick, 1000)
  tick()
}

interface CheckModule {
  checkDevice(root?: ParentNode): unknown
}

/** A file of its own, so that other pages do not carry it. It lies beside this one. */
const CHECK_FILE = './check-device.js'

async function checkDevice(): Promise<void> {
  const url = new URL(CHECK_FILE, import.meta.url).href
  const module = (await import(/* @vite-ignore */ url)) as CheckModule
  module.checkDevice(document)
}
