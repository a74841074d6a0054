/** Every form of ours is sent by the script; what it cannot send goes the browser's way. */
import { typedDigits } from '../text/codes.ts'
import { startCeremony } from './ceremonies.ts'
import { announce, around } from './dom.ts'
import { placeFor, placeSaved } from './place.ts'
import { isOurs, sendForm } from './swap.ts'
import { words } from './words.ts'

export function watchForms(): void {
  document.addEventListener('submit', event => {
    const form = event.target
    if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return
    const submitter = event.submitter instanceof HTMLElement ? event.submitter : null
    if (submitter && mayNotYet(submitter)) return event.preventDefault()
    if (form.hasAttribute('data-lk-ceremony') && !submitter?.hasAttribute('formaction')) {
      event.preventDefault()
      startCeremony(form, submitter)
    } else if (isOurs(form, submitter)) {
      event.preventDefault()
      if (form.hasAttribute('data-lk-save-on-blur')) save(form)
      else void sendForm(form, submitter, placeFor(form))
    }
  })
  document.addEventListener('change', event => {
    const form = around<HTMLFormElement>(event.target, 'form')
    if (form?.hasAttribute('data-lk-switch')) void flip(form, event.target)
    else if (form?.hasAttribute('data-lk-save-on-blur') && form.reportValidity()) save(form)
  })
  document.addEventListener('input', typed)
}

/** A switch shows what holds at the server: it goes back when nothing came of it. */
async function flip(form: HTMLFormElement, input: EventTarget | null): Promise<void> {
  const done = await sendForm(form, null, placeFor(form))
  if (!done && input instanceof HTMLInputElement) input.checked = !input.checked
}

/** A button that a countdown still holds. */
const mayNotYet = (button: HTMLElement): boolean =>
  button.hasAttribute('data-lk-countdown') && button.getAttribute('aria-disabled') === 'true'

/** The person may be on the way to the next page already. */
function save(form: HTMLFormElement): void {
  void sendForm(form, null, placeSaved(form), { keepalive: true })
}

/** Time to see the last digit, and to take it back. */
const SUBMIT_DELAY_MS = 250
let waiting: ReturnType<typeof setTimeout> | undefined

function typed(event: Event): void {
  const field = event.target
  if (!(field instanceof HTMLInputElement) || !field.dataset.lkAutosubmit) return
  clearTimeout(waiting)
  const { form } = field
  if (!form || typedDigits(field.value)?.length !== Number(field.dataset.lkAutosubmit)) return
  waiting = setTimeout(() => {
    if (!form.isConnected) return
    announce(words().checking)
    form.requestSubmit()
  }, SUBMIT_DELAY_MS)
}
