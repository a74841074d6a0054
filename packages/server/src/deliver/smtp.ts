import type { Transporter } from 'nodemailer'
import type { Config } from '../config.ts'
import { type OutgoingMessage, type Transport, UndeliverableError } from './deliver.ts'

const CONNECT_TIMEOUT_MS = 10_000
const SOCKET_TIMEOUT_MS = 20_000
/** One mailbox: anything that could start a header, a second recipient or a comment is not one of ours. */
const ONE_MAILBOX = /^[^\s@"<>(),;:\\[\]]+@[^\s@"<>(),;:\\[\]]+$/

/**
 * Sends mail over SMTP; nodemailer is loaded with the first message. STARTTLS is used where the server offers it; add
 * `?requireTLS=true` to the URL to insist.
 *
 * @param url smtp://user:password@host:587 or smtps://…
 */
export function smtpTransport(url: string, config: Pick<Config, 'mailFrom' | 'brand' | 'publicUrl'>): Transport {
  let mailer: Promise<Transporter> | null = null
  const open = (): Promise<Transporter> => {
    mailer ??= createMailer(url)
    return mailer
  }
  return { send: async message => deliver(await open(), config, message) }
}

async function createMailer(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

async function deliver(
  mailer: Transporter,
  config: Pick<Config, 'mailFrom' | 'brand' | 'publicUrl'>,
  message: OutgoingMessage,
): Promise<void> {
  if (!ONE_MAILBOX.test(message.to)) throw new UndeliverableError('not one mailbox')
  const from = config.mailFrom.includes('<') ? config.mailFrom : { name: config.brand.name, address: config.mailFrom }
  const mail = {
    from,
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.text,
    ...(message.html === null ? {} : { html: message.html }),
    messageId: `<${message.id}@${config.publicUrl.hostname}>`,
    // RFC 3834 §5: no vacation notice answers it
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
  await mailer.sendMail(mail).catch(refuse)
}

/** A 5xx to the recipient is final (RFC 5321 §4.2.1); everything else may pass. */
function refuse(error: unknown): never {
  const { responseCode, command } = error as { responseCode?: number; command?: string }
  if (command === 'RCPT TO' && responseCode !== undefined && responseCode >= 500)
    throw new UndeliverableError(`mail server answered ${responseCode}`)
  throw error
}
