/** Where the answer to a form belongs. */
import { dialogOf, placeInDialog } from './dialog.ts'
import { announce } from './dom.ts'
import { placeRenamed } from './rename.ts'
import { type Answer, contentIsNew, placeMain } from './swap.ts'
import { words } from './words.ts'

export function placeFor(form: HTMLFormElement): (answer: Answer) => void {
  const card = form.closest<HTMLElement>('[data-lk-renaming]')
  if (card) return placeRenamed(card)
  const dialog = dialogOf(form)
  return dialog ? placeInDialog(dialog) : placeMain
}

/** A name that saves itself: "Saved" beside it, or its form again with what is wrong. */
export const placeSaved =
  (form: HTMLFormElement) =>
  ({ page }: Answer): void => {
    const refused = page.querySelector<HTMLFormElement>('form[data-lk-save-on-blur]')
    if (refused?.querySelector('[aria-invalid="true"]')) {
      const next = document.adoptNode(refused)
      form.replaceWith(next)
      contentIsNew(next)
      return
    }
    const note = form.querySelector<HTMLElement>('[data-lk-saved]')
    if (note) {
      note.textContent = words().saved
      note.hidden = false
    }
    announce(words().saved)
  }
