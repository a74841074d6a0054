import type { AddressInfo } from 'node:net'
import { Messages, sixDigits } from './messages.ts'
import { type ReadableMail, readMail } from './mime.ts'

/** An e-mail as it arrived. */
export interface Mail extends ReadableMail {
  /** The envelope's sender. */
  from: string
  /** The envelope's recipients. */
  to: string[]
  /** The message as sent, headers and all. */
  raw: string
}

/** A running SMTP server and what it received. Made by {@link startSmtpInbox}. */
export interface SmtpInbox {
  host: string
  port: number
  /** `smtp://127.0.0.1:PORT`, for the mailer's configuration. */
  url: string
  /** Every e-mail so far, oldest first. */
  messages: Mail[]
  /** Refuses every message, or its recipient, with this SMTP status from now on, e.g. 451 or 550; undefined accepts again. */
  failWith: (status: number | undefined, what?: 'message' | 'recipient') => void
  /** Forgets every e-mail, so that the next wait means a new one. */
  clear: () => void
  /** The newest e-mail to an address (or that fits a predicate), waiting up to `timeoutMs` (5,000) milliseconds for one. */
  waitFor: (wanted: string | ((mail: Mail) => boolean), timeoutMs?: number) => Promise<Mail>
  /** The six-digit code in the newest e-mail to an address that has one, waiting up to `timeoutMs` (5,000) milliseconds. */
  code: (address: string, timeoutMs?: number) => Promise<string>
  close: () => Promise<void>
}

/**
 * Starts a real SMTP server on a free port of 127.0.0.1, without authentication or TLS, that keeps what it is sent.
 *
 * @throws Error when the package `smtp-server` is not installed.
 * @example
 * const inbox = await startSmtpInbox()
 * // point the server under test to inbox.url, then:
 * const code = await inbox.code('ada@example.org')
 * await inbox.close()
 */
export async function startSmtpInbox(): Promise<SmtpInbox> {
  const { SMTPServer } = await import('smtp-server')
  const mails = new Messages<Mail>()
  let failure: { message?: number | undefined; recipient?: number | undefined } = {}
  const refused = (responseCode: number | undefined): Error | null =>
    responseCode ? Object.assign(new Error('refused by the test'), { responseCode }) : null
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: (_address, _session, answer) => answer(refused(failure.recipient)),
    async onData(stream, session, answer) {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk as Buffer)
      if (failure.message) return answer(refused(failure.message))
      const raw = Buffer.concat(chunks)
      const { mailFrom, rcptTo } = session.envelope
      mails.add({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(recipient => recipient.address),
        ...readMail(raw),
        raw: raw.toString(),
      })
      answer()
    },
  })
  server.on('error', () => {}) // a client that hangs up early is no concern of the test
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo

  const waitFor: SmtpInbox['waitFor'] = async (wanted, timeoutMs = 5_000) => {
    const fits = typeof wanted === 'function' ? wanted : (mail: Mail): boolean => isTo(mail, wanted)
    return await mails.waitFor(fits, timeoutMs, typeof wanted === 'string' ? `e-mail to ${wanted}` : 'such e-mail')
  }
  return {
    host: '127.0.0.1',
    port,
    url: `smtp://127.0.0.1:${port}`,
    messages: mails.all,
    failWith: (status, what = 'message') => {
      failure = { [what]: status }
    },
    clear: () => mails.clear(),
    waitFor,
    code: async (address, timeoutMs) => codeIn(await waitFor(mail => isTo(mail, address) && codeIn(mail) !== '', timeoutMs)),
    close: async () => await new Promise<void>(resolve => server.close(resolve)),
  }
}

function isTo(mail: Mail, address: string): boolean {
  return mail.to.some(recipient => recipient.toLowerCase() === address.toLowerCase())
}

function codeIn(mail: Mail): string {
  const readable = mail.text || mail.html.replace(/<style[\s\S]*?<\/style>/gi, '').replace(/<[^>]*>/g, ' ')
  return sixDigits(readable) ?? sixDigits(mail.subject) ?? ''
}
