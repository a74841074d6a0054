import type { Store } from '../store/store.ts'
import type { Transport } from './deliver.ts'

/**
 * The development inbox: what would leave the machine is shown on a page instead. A message is kept under its own id, once,
 * however often it is tried.
 */
export function inboxTransport(store: Store, now: () => number): Transport {
  return {
    async send({ id, channel, to, subject, text, html }) {
      const kept = await store.read.inbox.list(RECENT)
      if (kept.some(message => message.id === id)) return
      await store.transaction(tx => tx.inbox.insert({ id, channel, to, subject, text, html, sentAt: now() }))
    },
  }
}

const RECENT = 200
