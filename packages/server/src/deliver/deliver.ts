import type { Channel } from '../store/store.ts'

/** One message, rendered, on its way to one recipient. */
export interface OutgoingMessage {
  /** The outbox row's id: the same on every try, so that a receiver can tell a repeat. */
  id: string
  channel: Channel
  to: string
  subject: string
  text: string
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
