import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes } from './bytes.ts'
import { Messages, sixDigits } from './messages.ts'

/** A text message as it was handed in. */
export interface Sms {
  sid: string
  to: string
  from: string
  body: string
}

/** A running gateway and what it was asked to send. Made by {@link startSmsGateway}. */
export interface SmsGateway {
  /** `http://127.0.0.1:PORT`, in place of `https://api.twilio.com`. */
  url: string
  /** Account and password for HTTP Basic authentication. */
  accountSid: string
  authToken: string
  /** Every message so far, oldest first. */
  messages: Sms[]
  /** Answers every request with this HTTP status from now on, e.g. 429 or 503; undefined accepts again. */
  failWith: (status: number | undefined) => void
  /** Forgets every message, so that the next wait means a new one. */
  clear: () => void
  /** The newest message to a number (or that fits a predicate), waiting up to `timeoutMs` (5,000) milliseconds for one. */
  waitFor: (wanted: string | ((sms: Sms) => boolean), timeoutMs?: number) => Promise<Sms>
  /** The six-digit code in the newest message to a number that has one, waiting up to `timeoutMs` (5,000) milliseconds. */
  code: (number: string, timeoutMs?: number) => Promise<string>
  close: () => Promise<void>
}

interface Answer {
  status: number
  body: object
}

/**
 * Starts a real HTTP server on a free port of 127.0.0.1 that speaks the part of Twilio's API that sends a message:
 * `POST /2010-04-01/Accounts/{sid}/Messages.json`, form-encoded `To`, `From` (or `MessagingServiceSid`) and `Body`, HTTP Basic
 * authentication, answer 201. Wrong requests are refused with Twilio's error codes.
 *
 * @param credentials what it accepts; a made-up pair unless told.
 * @example
 * const gateway = await startSmsGateway()
 * // configure the server under test with gateway.url, accountSid and authToken, then:
 * const code = await gateway.code('+15550100')
 */
export async function startSmsGateway(credentials: { accountSid?: string; authToken?: string } = {}): Promise<SmsGateway> {
  const accountSid = credentials.accountSid ?? `AC${hex(16)}`
  const authToken = credentials.authToken ?? hex(16)
  const texts = new Messages<Sms>()
  let failure: number | undefined

  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    const form = new URLSearchParams(await bodyOf(request))
    if (failure !== undefined) return refuse(failure, 20500, 'refused by the test')
    if (!isAuthorized(request, accountSid, authToken)) return refuse(401, 20003, 'Authenticate')
    const path = new URL(request.url ?? '/', 'http://gateway').pathname
    if (path !== `/2010-04-01/Accounts/${accountSid}/Messages.json`)
      return refuse(404, 20404, `The requested resource ${path} was not found`)
    if (request.method !== 'POST') return refuse(405, 20004, 'Method not allowed')
    return accept(form)
  }
  const accept = (form: URLSearchParams): Answer => {
    const [to, body] = [form.get('To'), form.get('Body')]
    const from = form.get('From') ?? form.get('MessagingServiceSid')
    if (!to) return refuse(400, 21604, "A 'To' phone number is required.")
    if (!/^\+[1-9]\d{5,14}$/.test(to)) return refuse(400, 21211, `Invalid 'To' Phone Number: ${to}`)
    if (!from) return refuse(400, 21603, "A 'From' phone number is required.")
    if (!body) return refuse(400, 21602, 'Message body is required.')
    const sms = { sid: `SM${hex(16)}`, to, from, body }
    texts.add(sms)
    return { status: 201, body: { ...sms, account_sid: accountSid, status: 'queued', error_code: null, error_message: null } }
  }
  const server = createServer((request, response) => {
    answerTo(request).then(
      answer => send(response, answer),
      () => response.destroy(),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

  const waitFor: SmsGateway['waitFor'] = async (wanted, timeoutMs = 5_000) => {
    const fits = typeof wanted === 'function' ? wanted : (sms: Sms): boolean => sms.to === wanted
    return await texts.waitFor(fits, timeoutMs, typeof wanted === 'string' ? `message to ${wanted}` : 'such message')
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accountSid,
    authToken,
    messages: texts.all,
    failWith: status => {
      failure = status
    },
    clear: () => texts.clear(),
    waitFor,
    code: async (number, timeoutMs) => {
      const { body } = await waitFor(sms => sms.to === number && sixDigits(sms.body) !== undefined, timeoutMs)
      return sixDigits(body) ?? ''
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function isAuthorized(request: IncomingMessage, accountSid: string, authToken: string): boolean {
  const wanted = Buffer.from(`Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`)
  const given = Buffer.from(request.headers.authorization ?? '')
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function refuse(status: number, code: number, message: string): Answer {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function hex(length: number): string {
  return Buffer.from(randomBytes(length)).toString('hex')
}
