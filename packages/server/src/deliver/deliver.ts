import type { Channel } from '../store/store.ts'

/** One message on its way to one recipient: what it tells, and words for it. */
export interface OutgoingMessage {
  /** The outbox row's id: the same on every try, so that a receiver can tell a repeat. */
  id: string
  channel: Channel
  /** An e-mail address, or a phone number in E.164. */
  to: string
  accountId: string | null
  /** What it tells: `code`, `passkey_created`, `change_waits`, … */
  template: string
  /** What it tells it with: `code`, `name`, `device`, `place`, …; times in epoch milliseconds. */
  params: Readonly<Record<string, string | number | null>>
  /** One line; empty for a text message. */
  subject: string
  text: string
  /** null for a text message. */
  html: string | null
}

/** Hands a message to whoever carries it; resolves when they have it. */
export interface Transport {
  /** @throws UndeliverableError when no later try can help; any other error is tried again */
  send(message: OutgoingMessage): Promise<void>
}

/** Who carries which channel; null where nobody does. */
export interface Transports {
  email: Transport | null
  sms: Transport | null
}

/** The message can never be delivered, e.g. the gateway refuses the number. Its text holds no address: it is logged. */
export class UndeliverableError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'UndeliverableError'
  }
}
