/** "Try it" on the device check: a passkey is made and signs in, for nobody. The server verifies both and keeps nothing. */
import { createPasskey, getPasskey, stopCeremony } from '../ceremony.ts'
import { request } from '../client.ts'
import { LatchkeyError } from '../errors.ts'
import { signalUnknown } from '../signals.ts'
import type { CreationOptionsJson, CredentialDescriptorJson, RegistrationJson, RequestOptionsJson } from '../wire.ts'
import { announce, around, isBusy, make, makeIcon } from './dom.ts'
import { errorBox, showError } from './error-box.ts'
import { showWaiting } from './waiting.ts'
import { type ErrorWords, jsonOf, words } from './words.ts'

interface TryOptions {
  create: CreationOptionsJson
  get: RequestOptionsJson
}
/** From `data-lk-try-words`: what only this page says. */
interface TryWords {
  next: string
  title: string
  synced: string
  device: string
  gone: string
  errors: Record<string, ErrorWords>
}

/** Half of what the server lets them live. */
const FRESH_MS = 150_000
let ahead: { at: number; options: Promise<TryOptions> } | null = null
/** Made, but the browser wants another click before it signs. */
let half: { made: RegistrationJson; options: TryOptions } | null = null

export function watchTry(): void {
  document.addEventListener('click', event => {
    const button = around(event.target, '[data-lk-try]')
    if (button && !isBusy(button)) void attempt(button)
  })
  // options at hand let the click open the prompt in its own task
  for (const name of ['pointerover', 'focusin'])
    document.addEventListener(name, event => {
      const button = around(event.target, '[data-lk-try]')
      if (button && !isBusy(button)) void prepare(button).catch(() => undefined)
    })
}

/** Those that are at hand or on their way, else others. */
function prepare(button: HTMLElement): Promise<TryOptions> {
  if (ahead && Date.now() - ahead.at < FRESH_MS) return ahead.options
  const asked = { at: Date.now(), options: request<TryOptions>(`${button.dataset.lkTry}/options`, {}) }
  ahead = asked
  asked.options.catch(() => {
    if (ahead === asked) ahead = null
  })
  return asked.options
}

async function attempt(button: HTMLElement): Promise<void> {
  const own = jsonOf<TryWords>(button.dataset.lkTryWords)
  const place = document.querySelector<HTMLElement>('[data-lk-try-result]')
  const board = around(button, '[data-lk-verdict]')
  if (!own || !place || !board) return
  Object.assign(words().errors, own.errors)
  place.hidden = true
  place.replaceChildren()
  const again = (): void => {
    stopCeremony()
    // the prompt before has to let go of its button first
    setTimeout(() => void attempt(button))
  }
  const waiting = showWaiting(board, button, again)
  try {
    const { synced } = await makeAndUse(button, own)
    showDone(place, own, synced)
  } catch (error) {
    showFailure(place, error, again)
  } finally {
    waiting.stop()
  }
}

async function makeAndUse(button: HTMLElement, own: TryWords): Promise<{ synced: boolean }> {
  const options = half?.options ?? (await prepare(button))
  const made = half?.made ?? (await createPasskey(options.create))
  half = null
  ahead = null
  try {
    announce(own.next)
    const authentication = await getPasskey({ ...options.get, allowCredentials: [descriptorOf(made)] })
    return await request(`${button.dataset.lkTry}/passkey`, { registration: made, authentication })
  } catch (error) {
    if (error instanceof LatchkeyError && error.code === 'LK103') half = { made, options }
    throw error
  } finally {
    // whatever came of it, nobody needs this passkey any more
    const { rpId } = options.get
    if (rpId && !half) void signalUnknown(rpId, made.id)
  }
}

const descriptorOf = ({ id, response }: RegistrationJson): CredentialDescriptorJson => ({
  type: 'public-key',
  id,
  transports: response.transports,
})

function showDone(place: HTMLElement, own: TryWords, synced: boolean): void {
  const text = `${synced ? own.synced : own.device} ${own.gone}`
  const box = make(
    'div',
    { class: 'lk-banner lk-banner--ok' },
    makeIcon('check'),
    make('div', {}, make('strong', {}, own.title), ` ${text}`),
  )
  place.append(box)
  place.hidden = false
  announce(`${own.title} ${text}`)
}

function showFailure(place: HTMLElement, error: unknown, again: () => void): void {
  const { code, problem } = error instanceof LatchkeyError ? error : new LatchkeyError('LK113')
  announce('')
  // ended by the person, who knows
  if (code === 'LK107') return
  place.hidden = false
  showError(place, errorBox(code, { retry: again }, problem?.instance))
}
