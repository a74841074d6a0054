import type { Ctx } from '../ctx.ts'
import type { Transport, Transports } from './deliver.ts'
import { inboxTransport } from './inbox.ts'
import { type Gateway, smsTransport } from './sms.ts'
import { smtpTransport } from './smtp.ts'

/** Who carries the messages of this deployment: in development the inbox, and a provider beside it only if one is configured. */
export function createTransports(ctx: Pick<Ctx, 'config' | 'store' | 'now' | 'log'>): Transports {
  const { config } = ctx
  const inbox = config.development ? inboxTransport(ctx) : null
  return {
    email: both(inbox, byHost(config) ?? (config.smtpUrl ? smtpTransport(config.smtpUrl, config) : null)),
    sms: both(inbox, byHost(config) ?? (config.sms ? smsTransport(config.sms as Gateway) : null)),
  }
}

/** The host's own way, which stands in for both providers. */
const byHost = ({ sendMessage }: Pick<Ctx['config'], 'sendMessage'>): Transport | null =>
  sendMessage ? { send: async message => sendMessage(message) } : null

function both(inbox: Transport | null, provider: Transport | null): Transport | null {
  if (!inbox || !provider) return inbox ?? provider
  return {
    async send(message) {
      await inbox.send(message)
      await provider.send(message)
    },
  }
}
