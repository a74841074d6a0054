/** Passkey prompts on our pages: one sentence before, a result after, and always a way on. */
import { createPasskey, getPasskey, stopCeremony } from '../ceremony.ts'
import { request } from '../client.ts'
import { capabilities, obstacle } from '../device.ts'
import { LatchkeyError } from '../errors.ts'
import { signalUnknown } from '../signals.ts'
import type {
  AuthenticationJson,
  CreationOptionsJson,
  PasskeyAttachment,
  PasskeyHint,
  RegistrationJson,
  RequestOptionsJson,
} from '../wire.ts'
import { dialogOf, openDialog } from './dialog.ts'
import { announce, around, every, isBusy } from './dom.ts'
import { errorBox, hideError, showError } from './error-box.ts'
import { placeFor } from './place.ts'
import { leaveFor, onContent, sendForm } from './swap.ts'
import { showWaiting } from './waiting.ts'
import { jsonOf } from './words.ts'

// --- Options ---------------------------------------------------------------

type Options = RequestOptionsJson | CreationOptionsJson
const kept = new WeakMap<HTMLFormElement, { options: Options; at: number }>()

const RENEW_MS = 240_000
/** Coming back to the tab renews what is older than this. */
const RETURN_MS = 30_000
const LOOK_MS = 15_000

function optionsOf(form: HTMLFormElement): Options | null {
  if (!kept.has(form)) {
    const options = jsonOf<Options>(form.dataset.lkOptions)
    if (options) kept.set(form, { options, at: Date.now() })
  }
  return kept.get(form)?.options ?? null
}

async function renew(form: HTMLFormElement): Promise<void> {
  const { lkOptionsUrl: url = '', lkOptionsBody: body } = form.dataset
  const options = await request<Options>(url, jsonOf<object>(body) ?? {})
  kept.set(form, { options, at: Date.now() })
}

async function renewOlderThan(ms: number): Promise<void> {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-lk-options-url]')) {
    const at = kept.get(form)?.at ?? 0
    if (isBusy(form) || Date.now() - at < ms) continue
    // the old ones may still do; a click tells better than a timer what is wrong
    const done = await renew(form).then(
      () => true,
      () => false,
    )
    if (done && form.hasAttribute('data-lk-autofill')) restartAutofill()
  }
}

// --- Prompts ---------------------------------------------------------------

interface Place {
  hints: PasskeyHint[]
  attachment: PasskeyAttachment | undefined
}

const placeOf = (form: HTMLFormElement, button: HTMLElement): Place => {
  const hints = (button.dataset.lkHints ?? form.dataset.lkHints ?? '').split(',').filter(Boolean) as PasskeyHint[]
  return { hints, attachment: (button.dataset.lkAttachment ?? form.dataset.lkAttachment) as PasskeyAttachment | undefined }
}

/** Opens the prompt in the task of the click, and sends what comes of it like any other form. */
export function startCeremony(form: HTMLFormElement, submitter: HTMLElement | null, elsewhere?: Place): void {
  const button = submitter ?? form.querySelector<HTMLElement>('button:not([type="button"])')
  const options = optionsOf(form)
  if (!button || !options || isBusy(form)) return
  hideError(form)
  const place = elsewhere ?? placeOf(form, button)
  // whatever came of a prompt could not be sent
  if (!navigator.onLine) {
    fail(form, button, place, new LatchkeyError('LK402'))
    return
  }
  const waiting = showWaiting(form, button, () => restart(form, button, place))
  const asked = { hints: place.hints, ...(place.attachment && { attachment: place.attachment }) }
  const start = performance.now()
  prompts++
  const prompt: Promise<RegistrationJson | AuthenticationJson> =
    form.dataset.lkCeremony === 'create'
      ? createPasskey(options as CreationOptionsJson, asked)
      : getPasskey(options as RequestOptionsJson, asked)
  prompt
    .finally(() => {
      prompts--
      waiting.stop()
    })
    .then(
      answer => void send(form, button, answer, options),
      (error: unknown) => fail(form, button, place, error, performance.now() - start < SEEN_MS),
    )
}

/** Faster than anybody sees a prompt. */
const SEEN_MS = 250

/** Prompts that are open; autofill waits for them. */
let prompts = 0

function restart(form: HTMLFormElement, button: HTMLElement, place: Place): void {
  stopCeremony()
  // the prompt before has to let go of its button first
  setTimeout(() => startCeremony(form, button, place))
}

async function send(
  form: HTMLFormElement,
  button: HTMLElement | null,
  answer: RegistrationJson | AuthenticationJson,
  options: Options,
): Promise<void> {
  const field = form.querySelector<HTMLInputElement>('input[name="response"]')
  if (!field) return
  field.value = JSON.stringify(answer)
  const place = placeFor(form)
  const sent = await sendForm(form, button, page => {
    const { rpId } = options as RequestOptionsJson
    const refused = page.page.querySelector('[data-lk-error="LK301"], [data-lk-error="LK302"]') !== null
    if (rpId && refused) void signalUnknown(rpId, answer.id)
    place(page)
  })
  field.value = ''
  // each challenge is good once
  if (!sent) await renew(form).catch(() => undefined)
}

function fail(form: HTMLFormElement, button: HTMLElement, place: Place, error: unknown, unseen = false): void {
  const { code, repeated, problem } = error instanceof LatchkeyError ? error : new LatchkeyError('LK113')
  announce('')
  void startAutofill()
  if (code === 'LK107' || !form.isConnected) return
  const byItself = form.hasAttribute('data-lk-auto')
  form.removeAttribute('data-lk-auto')
  // nobody asked for this prompt, and nobody saw it: the button is there
  if (byItself && (code === 'LK103' || unseen)) return
  const otherWay = form.dataset.lkOther
  if (code === 'LK101' && repeated && otherWay) {
    openOther(form, otherWay)
    return
  }
  const box = errorBox(
    code,
    { retry: () => restart(form, button, place), elsewhere: () => restart(form, button, otherPlace(code, place)), otherWay },
    problem?.instance,
  )
  showError(form, box)
}

function openOther(form: HTMLFormElement, url: string): void {
  if (dialogOf(form)) void openDialog(url, form)
  else leaveFor(url)
}

/** Another key is asked for as this one was; "somewhere else" is the other side of the device's edge. */
function otherPlace(code: string, place: Place): Place {
  if (code === 'LK114') return place
  return place.attachment === 'cross-platform'
    ? { hints: ['client-device'], attachment: 'platform' }
    : { hints: ['hybrid', 'security-key'], attachment: 'cross-platform' }
}

// --- Autofill --------------------------------------------------------------

let autofill: { form: HTMLFormElement; control: AbortController } | null = null
/** A list that fails at once would be asked for for ever. */
const SETTLED_MS = 1000

async function startAutofill(): Promise<void> {
  const form = document.querySelector<HTMLFormElement>('form[data-lk-autofill]')
  if (!form || autofill || obstacle()) return
  const control = new AbortController()
  autofill = { form, control }
  const start = Date.now()
  let again = false
  try {
    if ((await capabilities()).conditionalGet !== true) return
    // a click may have come first
    const options = optionsOf(form)
    if (!options || prompts > 0) return
    const answer = await getPasskey(options as RequestOptionsJson, { mediation: 'conditional', signal: control.signal })
    await send(form, null, answer, options)
    again = form.isConnected
  } catch (error) {
    again = !(error instanceof LatchkeyError && error.code === 'LK107') && Date.now() - start > SETTLED_MS
  } finally {
    if (autofill?.control === control) autofill = null
  }
  if (again) {
    await renew(form).catch(() => undefined)
    void startAutofill()
  }
}

function stopAutofill(): void {
  autofill?.control.abort()
  autofill = null
}

function restartAutofill(): void {
  stopAutofill()
  void startAutofill()
}

// --- Start -----------------------------------------------------------------

/** A verification that a click has led to opens its prompt by that click: where it lasts that long, and only for a form that asks for it. */
function startByTheClick(root: ParentNode): void {
  const form = root.querySelector<HTMLFormElement>('form[data-lk-auto]')
  if (form && navigator.userActivation?.isActive && !obstacle()) startCeremony(form, null)
}

export function watchCeremonies(): void {
  onContent(root => {
    for (const form of every<HTMLFormElement>(root, 'form[data-lk-options]')) optionsOf(form)
    if (!autofill?.form.isConnected) stopAutofill()
    void startAutofill()
    startByTheClick(root)
  })
  setInterval(() => void renewOlderThan(RENEW_MS), LOOK_MS)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void renewOlderThan(RETURN_MS)
  })
  addEventListener('online', () => void renewOlderThan(RETURN_MS))
  document.addEventListener('keydown', event => {
    // a dialog has its own way: Escape ends the prompt first, then the dialog
    if (event.key === 'Escape' && !around(event.target, 'dialog') && document.querySelector('.lk-waiting')) stopCeremony()
  })
}
