/** What this browser or device cannot do is replaced by the reason and the way on. */
import { capabilities, isReplaced, obstacle } from '../device.ts'
import { every, make, makeLink } from './dom.ts'
import { onContent } from './swap.ts'
import { errorWords, words } from './words.ts'

export function watchSupport(): void {
  onContent(root => {
    const code = obstacle()
    if (code) explain(root, code)
    else void explainCards(root)
  })
  // Bluetooth or a screen lock may have been turned on meanwhile
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && !obstacle()) void explainCards(document)
  })
}

/** `[data-lk-unsupported]` names the code that it speaks for, or none for all. */
function explain(root: ParentNode, code: string): void {
  for (const element of every(root, '[data-lk-needs-passkey]')) element.hidden = true
  for (const element of every(root, '[data-lk-unsupported]')) {
    const { lkUnsupported: wanted } = element.dataset
    element.hidden = wanted !== '' && wanted !== code
  }
}

/** Buttons that ask for a place; where a whole form does, its buttons do. */
const CARDS = 'form[data-lk-ceremony] button:is([data-lk-attachment], [data-lk-hints]), form[data-lk-hints] button:not([type="button"])'

async function explainCards(root: ParentNode): Promise<void> {
  const cards = every<HTMLButtonElement>(root, CARDS)
  if (cards.length === 0) return
  const can = await capabilities()
  for (const card of cards) {
    const code = reasonFor(card, can)
    const shown = card.nextElementSibling instanceof HTMLElement && card.nextElementSibling.dataset.lkOff ? card.nextElementSibling : null
    if (shown?.dataset.lkOff === code) continue
    shown?.remove()
    card.hidden = code !== undefined
    if (code) card.after(reasonCard(card, code))
  }
}

/** Only what is known to be missing; a browser that does not tell gets its chance. */
function reasonFor(card: HTMLElement, can: Record<string, boolean | undefined>): string | undefined {
  const form = card.closest<HTMLElement>('form')?.dataset
  const creates = form?.lkCeremony === 'create'
  // an extension saves passkeys without the device's screen lock
  const local = creates && card.dataset.lkAttachment === 'platform' && !isReplaced('create')
  if (local && can.userVerifyingPlatformAuthenticator === false) return 'LK204'
  return (card.dataset.lkHints ?? form?.lkHints)?.startsWith('hybrid') && can.hybridTransport === false ? 'LK208' : undefined
}

const FIX: Record<string, string> = { LK204: '#screen_lock', LK208: '#bluetooth' }

function reasonCard(card: HTMLElement, code: string): HTMLElement {
  const off = make('div', { class: 'lk-option lk-option--off', 'data-lk-off': code })
  off.append(...[...card.cloneNode(true).childNodes].slice(0, -1))
  const { title, text = '' } = errorWords(code)
  const note = off.querySelector('.lk-row__note') ?? off
  note.textContent = `${title} ${text}`
  const link = makeLink(words().checkUrl + (FIX[code] ?? ''), words().how)
  link.className = 'lk-link'
  off.append(link)
  return off
}
