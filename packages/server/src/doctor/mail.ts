import { type Config, ConfigError } from '../config.ts'
import { renderMessage, smtpTransport } from '../deliver/index.ts'

/**
 * `latchkey mail test`: sends one message over the configured mail server, now and without a second try.
 *
 * @returns what came of it, in one line
 * @throws ConfigError with the server's own words where it took none
 */
export async function sendTest(config: Config, to: string): Promise<string> {
  if (config.smtpUrl === null) throw new ConfigError(['LATCHKEY_SMTP_URL is missing: smtp://user:password@host:587.'])
  const told = { id: `test-${Date.now()}`, accountId: null, channel: 'email', to, template: 'mail_test', params: {} } as const
  const server = new URL(config.smtpUrl)
  try {
    await smtpTransport(config.smtpUrl, config).send({ ...told, ...renderMessage(config, 'mail_test', 'email', {}) })
    return `${server.host} took a message for ${to}, from ${config.mailFrom}. If it does not arrive, look into the spam folder first.`
  } catch (error) {
    throw new ConfigError([`${server.host} took no message for ${to}: ${(error as Error).message.replace(/\s+/g, ' ')}`])
  }
}
