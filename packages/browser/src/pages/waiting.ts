import { stopCeremony } from '../ceremony.ts'
import { announce, every, make, makeButton, makeLink, setBusy } from './dom.ts'
import { checkLink } from './error-box.ts'
import { words } from './words.ts'

const HELP_MS = 20_000

/** "Waiting for your device…" in the button, Cancel below it, and after a while what to do when there is no prompt. */
export function showWaiting(form: HTMLElement, button: HTMLElement, again: () => void): { stop(): void } {
  const label = button.querySelector<HTMLElement>('.lk-row__note') ?? button
  const before = [...label.childNodes]
  const others = every(form, 'button').filter(one => one !== button && !one.hasAttribute('aria-disabled'))
  const box = make('div', { class: 'lk-waiting' }, makeButton('lk-btn--text', words().cancel, stopCeremony))
  label.replaceChildren(words().waiting)
  setBusy(button, true)
  form.setAttribute('aria-busy', 'true')
  for (const one of others) one.setAttribute('aria-disabled', 'true')
  button.after(box)
  announce(words().follow)
  const timer = setTimeout(() => box.prepend(noPrompt(form, again)), HELP_MS)
  return {
    stop() {
      clearTimeout(timer)
      const had = box.contains(document.activeElement)
      box.remove()
      label.replaceChildren(...before)
      setBusy(button, false)
      form.removeAttribute('aria-busy')
      for (const one of others) one.removeAttribute('aria-disabled')
      if (had) button.focus()
    },
  }
}

function noPrompt(form: HTMLElement, again: () => void): HTMLElement {
  announce(words().noPrompt)
  const { lkOther: otherWay } = form.dataset
  const ways = [makeButton('lk-btn--row', words().retry, again), ...(otherWay ? [makeLink(otherWay, words().other)] : []), ...checkLink()]
  return make('div', {}, make('p', {}, words().noPrompt), make('div', { class: 'lk-cluster' }, ...ways))
}
