/** Links with `data-lk-dialog` open their page's content in a native dialog; links and forms inside stay inside, `data-lk-close` closes it. */
import { stopCeremony } from '../ceremony.ts'
import { around, every, focusOn, isBusy, setBusy } from './dom.ts'
import { type Answer, contentIsNew, fetchPage, focusIn, leaveFor, placeMain } from './swap.ts'
import { pageOf } from './trusted-types.ts'

export function watchDialogs(): void {
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const dialog = dialogOf(event.target)
    const link = around<HTMLAnchorElement>(event.target, 'a[href]')
    if (dialog && around(event.target, '[data-lk-close]')) {
      event.preventDefault()
      dialog.close()
    } else if (link && (dialog ? leadsOn(link) : link.hasAttribute('data-lk-dialog')) && link.origin === location.origin) {
      event.preventDefault()
      void openDialog(link.href, link)
    }
  })
}

export const dialogOf = (target: EventTarget | null): HTMLDialogElement | null => around<HTMLDialogElement>(target, 'dialog.lk-dialog')

/** What closes a dialog is marked so (`data-lk-close`); where a link leads says nothing about that. Every other link is the next step, inside. */
const leadsOn = (link: HTMLAnchorElement): boolean => link.target === '' && !link.hasAttribute('download')

/** Shows a page of ours in the dialog that the opener is in, or in a new one. A page that is none for a dialog is opened as a page. */
export async function openDialog(url: string, opener: HTMLElement): Promise<void> {
  if (isBusy(opener)) return
  setBusy(opener, true)
  try {
    const answer = await fetchPage(url)
    const page = await pageOf(answer)
    const content = page && contentOf(page, answer.url)
    if (content) show(dialogOf(opener) ?? makeDialog(opener), content)
    else leaveFor(url)
  } catch {
    leaveFor(url)
  } finally {
    setBusy(opener, false)
  }
}

/**
 * An answer that asks something first, above the form that was sent: what was typed stays there, and Cancel leads back to it.
 *
 * @returns false for an answer that is none for a dialog
 */
export function askFirst(form: HTMLFormElement, { page, url }: Answer): boolean {
  const content = contentOf(page, url)
  if (content) show(makeDialog(form.querySelector<HTMLElement>('button') ?? form), content)
  return content !== null
}

/** What stands in the dialog, with the error box above it where there is one. */
function contentOf(page: Document, url: string): HTMLElement | null {
  const content = page.querySelector<HTMLElement>('main [data-lk-dialog-content]')
  if (!content) return null
  const box = [...page.querySelectorAll('main [data-lk-error]')].find(element => !content.contains(element))
  if (box) content.prepend(box)
  for (const form of content.querySelectorAll('form:not([action])')) form.setAttribute('action', url)
  for (const heading of content.querySelectorAll('h1')) heading.replaceWith(asH2(heading))
  return document.adoptNode(content)
}

/** The page below keeps the one h1. */
function asH2(heading: Element): Element {
  const made = heading.ownerDocument.createElement('h2')
  for (const { name, value } of heading.attributes) made.setAttribute(name, value)
  made.append(...heading.childNodes)
  return made
}

function makeDialog(opener: HTMLElement): HTMLDialogElement {
  const dialog = document.createElement('dialog')
  dialog.className = 'lk-dialog'
  dialog.addEventListener('cancel', event => {
    if (event.target !== dialog || !dialog.querySelector('.lk-waiting')) return
    // Escape ends the prompt first
    event.preventDefault()
    stopCeremony()
  })
  dialog.addEventListener('close', () => {
    if (dialog.querySelector('.lk-waiting')) stopCeremony()
    dialog.remove()
    focusOn(opener.isConnected ? opener : document.querySelector<HTMLElement>('main h1'))
  })
  return dialog
}

function show(dialog: HTMLDialogElement, content: HTMLElement): void {
  const id = content.dataset.lkDialogContent ?? ''
  dialog.replaceChildren(content)
  dialog.setAttribute('aria-labelledby', `${id}-title`)
  dialog.setAttribute('aria-describedby', content.getAttribute('aria-describedby') ?? `${id}-text`)
  if (content.querySelector('.lk-btn--danger')) dialog.setAttribute('role', 'alertdialog')
  else dialog.removeAttribute('role')
  content.removeAttribute('aria-describedby')
  const isOpen = dialog.open
  if (!isOpen) {
    document.body.append(dialog)
    dialog.showModal()
  }
  contentIsNew(dialog)
  if (isOpen || every(dialog, '[autofocus], [data-lk-error]').length > 0) focusIn(dialog)
}

/** The next step in the same dialog; an answer that is none closes it and takes the page's place. */
export const placeInDialog =
  (dialog: HTMLDialogElement) =>
  (answer: Answer): void => {
    const content = contentOf(answer.page, answer.url)
    if (content) {
      if (dialog.isConnected) show(dialog, content)
      return
    }
    dialog.close()
    placeMain(answer)
  }
