import type { Ctx } from '../ctx.ts'
import type { Transport } from './deliver.ts'

/**
 * The development inbox: what would leave the machine is shown on a page instead. A message is kept under its own id, once,
 * however often it is tried. Its code is printed besides, at level `info`: `npm start` logs less, a program that mounts us reads it there.
 */
export function inboxTransport({ config, store, now, log }: Pick<Ctx, 'config' | 'store' | 'now' | 'log'>): Transport {
  const inbox = `${config.origin}${config.basePath}/development/inbox`
  return {
    async send({ id, channel, to, subject, text, html }) {
      const kept = await store.read.inbox.list(RECENT)
      if (kept.some(message => message.id === id)) return
      await store.transaction(tx => tx.inbox.insert({ id, channel, to, subject, text, html, sentAt: now() }))
      log.info({ event: 'development_message', channel, to, subject, code: codeIn({ subject, text }), inbox }, 'written to the inbox')
    },
  }
}

const RECENT = 200

/** The six digits of a message; null for one that carries none. */
export function codeIn({ subject, text }: { subject: string; text: string }): string | null {
  const found = /^(\d{3}) ?(\d{3})(?!\d)/.exec(subject || text)
  return found ? `${found[1]}${found[2]}` : null
}
