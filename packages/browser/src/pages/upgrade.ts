/** A passkey that the browser makes silently, right after a sign-in with a password. Nothing of it is ever an error of the person's. */
import { request } from '../client.ts'
import { canUpgrade, upgradePasskey } from '../upgrade.ts'
import type { CreationOptionsJson } from '../wire.ts'
import { every } from './dom.ts'
import { leaveFor, onContent } from './swap.ts'
import { jsonOf } from './words.ts'

export function watchUpgrade(): void {
  onContent(root => {
    for (const field of every<HTMLInputElement>(root, 'input[data-lk-can-upgrade]')) void say(field)
    for (const mark of every(root, '[data-lk-upgrade]')) void upgrade(mark)
  })
}

/** The form tells the server what this browser can. */
async function say(field: HTMLInputElement): Promise<void> {
  if (await canUpgrade()) field.value = '1'
}

async function upgrade({ dataset: { lkUpgrade, lkUrl = '', lkNext = '', lkDone } }: HTMLElement): Promise<void> {
  const options = jsonOf<CreationOptionsJson>(lkUpgrade)
  const made = options && (await upgradePasskey(options, body => request(lkUrl, body)))
  leaveFor(made && lkDone ? lkDone + encodeURIComponent(made.passkey.id) : lkNext)
}
