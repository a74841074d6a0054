/** Where the answer to a form belongs. */
import { askFirst, dialogOf, placeInDialog } from './dialog.ts'
import { announce } from './dom.ts'
import { placeRenamed } from './rename.ts'
import { type Answer, contentIsNew, placeMain } from './swap.ts'
import { words } from './words.ts'

export function placeFor(form: HTMLFormElement): (answer: Answer) => void {
  const card = form.closest<HTMLElement>('[data-lk-renaming]')
  if (card)
    return answer => {
      if (!askFirst(form, answer)) placeRenamed(card)(answer)
    }
  const dialog = dialogOf(form)
  return dialog ? placeInDialog(dialog) : placeMain
}

/** A name that saves itself: "Saved" beside it, its form again with what is wrong, or the verification that it needs. */
export const placeSaved =
  (form: HTMLFormElement) =>
  (answer: Answer): void => {
    if (askFirst(form, answer)) return
    const { page } = answer
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
