/** A passkey's name is changed in its card: the form of the rename page moves in. */
import { announce, around, focusOn, isBusy, setBusy } from './dom.ts'
import { type Answer, contentIsNew, fetchPage, leaveFor, placeMain } from './swap.ts'
import { pageOf } from './trusted-types.ts'

const FORM = 'main form[data-lk-rename-form], main form[method="post"]'

export function watchRename(): void {
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const card = around(around(event.target, 'a[data-lk-rename]'), '[data-lk-passkey]')
    if (card) {
      event.preventDefault()
      void open(card)
      return
    }
    const renamed = around(event.target, '[data-lk-renaming]')
    const away = around<HTMLAnchorElement>(event.target, '[data-lk-renaming] form [data-lk-close]')
    if (renamed && away) {
      event.preventDefault()
      close(renamed)
    }
  })
  document.addEventListener('keydown', event => {
    const card = around(event.target, '[data-lk-renaming] form')?.closest<HTMLElement>('[data-lk-renaming]')
    if (event.key === 'Escape' && card) close(card)
  })
}

const linkOf = (card: HTMLElement): HTMLAnchorElement | null => card.querySelector('a[data-lk-rename]')

async function open(card: HTMLElement): Promise<void> {
  const link = linkOf(card)
  if (!link || isBusy(link) || card.hasAttribute('data-lk-renaming')) return
  setBusy(link, true)
  try {
    const page = await pageOf(await fetchPage(link.href))
    const form = page?.querySelector<HTMLFormElement>(FORM)
    if (!form) return leaveFor(link.href)
    card.setAttribute('data-lk-renaming', '')
    const place = card.querySelector<HTMLElement>('.lk-passkey__name')
    for (const part of place?.children ?? []) part.setAttribute('hidden', '')
    place?.append(document.adoptNode(form))
    ready(form)
  } catch {
    leaveFor(link.href)
  } finally {
    setBusy(link, false)
  }
}

function ready(form: HTMLFormElement): void {
  contentIsNew(form)
  const input = form.querySelector<HTMLInputElement>('input:not([type="hidden"])')
  input?.focus()
  input?.select()
}

function close(card: HTMLElement): void {
  card.removeAttribute('data-lk-renaming')
  for (const form of card.querySelectorAll('.lk-passkey__name > form')) form.remove()
  for (const part of card.querySelectorAll('.lk-passkey__name > [hidden]')) part.removeAttribute('hidden')
  focusOn(linkOf(card))
}

/** Takes the one card out of the answer, so that a person stays where the renaming began. */
export const placeRenamed =
  (card: HTMLElement) =>
  (answer: Answer): void => {
    const renamed = answer.page.getElementById(card.id)
    const refused = answer.page.querySelector<HTMLFormElement>(FORM)
    if (renamed && answer.redirected) {
      const adopted = document.adoptNode(renamed)
      card.replaceWith(adopted)
      contentIsNew(adopted)
      focusOn(adopted.querySelector<HTMLElement>('h2, h3'))
      announce(adopted.dataset.lkRenamed ?? '')
    } else if (refused && !answer.redirected) {
      const form = document.adoptNode(refused)
      card.querySelector('.lk-passkey__name > form')?.replaceWith(form)
      ready(form)
    } else placeMain(answer)
  }
