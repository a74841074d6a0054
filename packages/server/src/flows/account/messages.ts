import { typedName } from '@latchkey/browser/text'
import type { Caller, Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import { isTimeZone } from '../../domain/time-zone.ts'
import type { MessageSettings } from '../../domain/types.ts'
import { takeAtOnce } from '../prove/step-up.ts'
import { changeAccount } from './account.ts'
import { happened, tell } from './events.ts'

const PHRASE_MAX = 32
const OPERATION = 'account.messages'

/** @throws Problem `label_invalid` unless 1 to 32 printable characters; NFC, trimmed */
export function parsePhrase(text: string): string {
  const phrase = typedName(text, PHRASE_MAX)
  if (phrase === null) throw new Problem('label_invalid', { field: 'phrase' })
  return phrase
}

/**
 * Sets how messages look: the zone of their times, and the phrase by which the owner knows ours. A phrase that is set, changed or taken
 * away is told to every address, with the phrase of before: a forged word of it cannot have that.
 *
 * @param set what changes; left out stays
 * @throws Problem `step_up_required`; `bad_request` for a zone that is none
 * @example await setMessages(ctx, caller, { phrase: parsePhrase('blue heron at noon') })
 */
export async function setMessages(ctx: Ctx, caller: Caller, set: Partial<MessageSettings>): Promise<void> {
  if (!isTimeZone(set.zone ?? 'UTC')) throw new Problem('bad_request', { field: 'zone' })
  await changeAccount(ctx, caller, async own => {
    await takeAtOnce(own, { operation: OPERATION, target: null })
    const { account } = own.facts
    const messages = { ...account.messages, ...set }
    await own.tx.accounts.update(account.id, { messages })
    const phrase = messages.phrase !== account.messages.phrase
    await happened(own, OPERATION, { body: { zone: messages.zone, phrase } })
    if (phrase) await tell(own, 'phrase_changed')
  })
}
