import type { Config } from '../config.ts'
import { type OutgoingMessage, type Transport, UndeliverableError } from './deliver.ts'

const TIMEOUT_MS = 5_000
/** A gateway's "later" among the 4xx: timeout, too early, too many. */
const TRY_AGAIN = new Set([408, 425, 429])

/** A gateway whose address and credentials are there. */
export type Gateway = Required<Pick<NonNullable<Config['sms']>, 'url' | 'account' | 'token' | 'from'>>

/**
 * Whether text messages may go to this number: its dialling prefix stands in `sms.countries` (`+34`, or narrower: `+1212`). In
 * development without a gateway every number may, since nothing leaves the inbox.
 *
 * @param phone E.164
 */
export function phoneAllowed(config: Pick<Config, 'sms' | 'development'>, phone: string): boolean {
  if (!config.sms) return config.development
  return config.sms.countries.some(prefix => phone.startsWith(prefix.startsWith('+') ? prefix : `+${prefix}`))
}

/** Sends text messages over a Twilio-shaped gateway: one form POST with basic authentication. */
export function smsTransport(gateway: Gateway): Transport {
  const url = `${gateway.url.replace(/\/+$/, '')}/2010-04-01/Accounts/${encodeURIComponent(gateway.account)}/Messages.json`
  const authorization = `Basic ${Buffer.from(`${gateway.account}:${gateway.token}`).toString('base64')}`
  return { send: message => post(url, authorization, gateway.from, message) }
}

/** A redirect is refused: it would carry the code and our credentials to somebody else. */
async function post(url: string, authorization: string, from: string, message: OutgoingMessage): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization, accept: 'application/json' },
    body: new URLSearchParams({ To: message.to, From: from, Body: message.text }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await response.body?.cancel()
  if (response.ok) return
  const reason = `gateway answered ${response.status}`
  throw response.status >= 400 && response.status < 500 && !isOurFault(response.status) ? new UndeliverableError(reason) : new Error(reason)
}

/** Wrong credentials are the operator's to mend: the message can still go out when they are. */
const isOurFault = (status: number): boolean => TRY_AGAIN.has(status) || status === 401 || status === 403
