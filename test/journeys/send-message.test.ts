import { type OutgoingMessage, UndeliverableError } from '@latchkey/server'
import { internals } from '@latchkey/server/internals'
import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

const carried: OutgoingMessage[] = []
let refuse: (message: OutgoingMessage) => void = () => {}
const servers: RunningLatchkey[] = []
const start = async (more: Parameters<typeof startLatchkey>[0] = {}): Promise<RunningLatchkey> => {
  const sendMessage = async (message: OutgoingMessage): Promise<void> => {
    refuse(message)
    carried.push(message)
  }
  servers.push(await startLatchkey({ sendMessage, ...more }))
  return servers.at(-1)!
}
beforeEach(() => {
  carried.length = 0
  refuse = () => {}
})
afterAll(async () => {
  for (const server of servers) await server.close()
})

/** Asks for an account, and waits until the message of it was tried. */
async function beginSignUp(server: RunningLatchkey, address: string): Promise<void> {
  const browser = server.browser()
  await browser.open('/sign-up')
  await browser.submit('/sign-up', { identifier: address })
  await (await internals.get(server.latchkey))!.outbox.drain()
}

describe('sendMessage, a host’s own way to carry messages', () => {
  it('is told what each message says, as data and in words', async () => {
    const server = await start()
    await beginSignUp(server, 'mei@example.com')
    expect(carried).toEqual([
      {
        id: expect.any(String),
        accountId: null,
        channel: 'email',
        to: 'mei@example.com',
        template: 'sign_up_code',
        params: expect.objectContaining({ code: expect.stringMatching(/^\d{6}$/), expiresAt: server.clock.now() + 600_000 }),
        subject: expect.stringContaining('code'),
        text: expect.stringContaining(String(carried[0]?.params.code)),
        html: expect.stringContaining('<'),
      },
    ])
  })

  it('is asked again with the same id when it throws, and not when nothing can help', async () => {
    const server = await start()
    let tries: string[] = []
    refuse = ({ id }) => {
      tries.push(id)
      throw new Error('away')
    }
    await beginSignUp(server, 'again@example.com')
    refuse = () => {}
    server.clock.advance(2_000)
    await (await internals.get(server.latchkey))!.outbox.drain()
    expect(carried.map(({ id }) => id)).toEqual(tries)
    tries = []
    refuse = ({ id }) => {
      tries.push(id)
      throw new UndeliverableError('no such address')
    }
    await beginSignUp(server, 'never@example.com')
    server.clock.advance(60_000)
    await (await internals.get(server.latchkey))!.outbox.drain()
    expect(tries).toHaveLength(1)
  })

  it('carries text messages where the host says they may go, without a gateway', async () => {
    const server = await start({ sms: { countries: ['+34'] } })
    await beginSignUp(server, '+34600000123')
    expect(carried.map(({ channel, to, subject, html }) => [channel, to, subject, html])).toEqual([['sms', '+34600000123', '', null]])
    await beginSignUp(server, '+491600000123')
    expect(carried).toHaveLength(1)
  })

  it('stands in for SMTP in production, and a gateway needs all that it asks for', async () => {
    const masterKey = Buffer.alloc(32, 7).toString('base64')
    const production = { production: true, masterKey }
    await expect(startLatchkey(production)).rejects.toThrow('LATCHKEY_SMTP_URL is missing')
    const server = await start(production)
    await beginSignUp(server, 'real@example.com')
    expect(carried.map(({ to }) => to)).toEqual(['real@example.com'])
    await expect(startLatchkey({ sms: { countries: ['+34'], url: 'https://sms.example' } })).rejects.toThrow(
      'sms.account is missing\nsms.token is missing\nsms.from is missing',
    )
  })
})
