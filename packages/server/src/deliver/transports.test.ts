import { createServer, type Server } from 'node:net'
import { type SmsGateway, type SmtpInbox, startSmsGateway, startSmtpInbox } from '@latchkey/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeCtx } from '../methods/context.fixture.ts'
import { UndeliverableError } from './deliver.ts'
import { createTransports, phoneAllowed, smsTransport, smtpTransport } from './index.ts'

const config = {
  mailFrom: 'no-reply@example.com',
  brand: { name: 'Harbor "Exchange"\r\nBcc: x@example.com' },
  publicUrl: new URL('https://accounts.example.com'),
}
const TOLD = { accountId: null, template: 'code', params: {} }
const mail = { ...TOLD, id: 'm1', channel: 'email' as const, to: 'mei@example.com', subject: 'Hello', text: 'plain', html: '<p>rich</p>' }
const sms = { ...TOLD, id: 's1', channel: 'sms' as const, to: '+34600000001', subject: '', text: 'hello', html: null }

describe('SMTP, against a real server', () => {
  let inbox: SmtpInbox
  beforeAll(async () => {
    inbox = await startSmtpInbox()
  })
  beforeEach(() => inbox.clear())
  afterAll(() => inbox.close())

  test('both parts, from the brand, not to be answered by machines', async () => {
    await smtpTransport(inbox.url, config).send(mail)
    const got = await inbox.waitFor('mei@example.com')
    expect(got).toMatchObject({ from: 'no-reply@example.com', to: ['mei@example.com'], subject: 'Hello' })
    expect(got.text.trim()).toBe('plain')
    expect(got.html.trim()).toBe('<p>rich</p>')
    expect(got.raw).toContain('Auto-Submitted: auto-generated')
    expect(got.raw).toContain('Message-ID: <m1@accounts.example.com>')
  })

  test('no header comes from a name, a subject or an address (V-19)', async () => {
    await smtpTransport(inbox.url, config).send({ ...mail, subject: 'Hi\r\nX-Evil: 1\r\n\r\nbody' })
    const head = (await inbox.waitFor('mei@example.com')).raw.split('\r\n\r\n')[0] ?? ''
    expect(head).not.toMatch(/^(X-Evil|Bcc):/im)
    for (const to of ['a@example.com,b@example.com', 'a@example.com\r\nBcc: b@example.com', 'A <a@example.com>', 'a@b@example.com', ''])
      await expect(smtpTransport(inbox.url, config).send({ ...mail, to })).rejects.toBeInstanceOf(UndeliverableError)
    expect(inbox.messages).toHaveLength(1)
  })

  test('a refusal for now may be tried again, one for good may not', async () => {
    inbox.failWith(451)
    await expect(smtpTransport(inbox.url, config).send(mail)).rejects.not.toBeInstanceOf(UndeliverableError)
    inbox.failWith(450, 'recipient')
    await expect(smtpTransport(inbox.url, config).send(mail)).rejects.not.toBeInstanceOf(UndeliverableError)
    inbox.failWith(550, 'recipient')
    await expect(smtpTransport(inbox.url, config).send(mail)).rejects.toThrow(new UndeliverableError('mail server answered 550'))
    inbox.failWith(undefined)
  })
})

describe('SMS, against a gateway', () => {
  let gateway: SmsGateway
  beforeAll(async () => {
    gateway = await startSmsGateway()
  })
  beforeEach(() => gateway.clear())
  afterAll(() => gateway.close())
  const transport = (token = gateway.authToken) =>
    smsTransport({ url: `${gateway.url}/`, account: gateway.accountSid, token, from: '+15550100' })

  test('one form post with basic authentication', async () => {
    await transport().send(sms)
    expect(await gateway.waitFor('+34600000001')).toMatchObject({ to: '+34600000001', from: '+15550100', body: 'hello' })
  })

  test('a refused number is final, an outage and wrong credentials are not', async () => {
    const answer = async (status: number): Promise<boolean> => {
      gateway.failWith(status)
      return transport()
        .send(sms)
        .catch(error => error instanceof UndeliverableError) as Promise<boolean>
    }
    for (const final of [400, 404, 409]) expect([final, await answer(final)]).toEqual([final, true])
    for (const passing of [408, 425, 429, 500, 503]) expect([passing, await answer(passing)]).toEqual([passing, false])
    gateway.failWith(undefined)
    await expect(transport('wrong').send(sms)).rejects.not.toBeInstanceOf(UndeliverableError)
  })

  test('one that hangs is given up after five seconds', async () => {
    const deaf: Server = createServer(() => {})
    await new Promise<void>(resolve => deaf.listen(0, '127.0.0.1', resolve))
    const { port } = deaf.address() as { port: number }
    const before = performance.now()
    await expect(smsTransport({ url: `http://127.0.0.1:${port}`, account: 'a', token: 't', from: 'x' }).send(sms)).rejects.toThrow()
    expect(performance.now() - before).toBeGreaterThan(4_500)
    deaf.close()
  })

  test('prefixes on the list, and no others', () => {
    const listed = { development: false, sms: { url: '', account: '', token: '', from: '', countries: ['+34', '1212'] } }
    expect(['+34600', '+12125550100', '+13105550100', '+44700'].map(phone => phoneAllowed(listed, phone))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect([phoneAllowed({ development: true, sms: null }, '+44700'), phoneAllowed({ development: false, sms: null }, '+44700')]).toEqual([
      true,
      false,
    ])
  })
})

describe('the development inbox', () => {
  test('gets everything, once however often it is tried; no provider is needed', async () => {
    const ctx = await makeCtx({ publicUrl: 'http://localhost:4400', smtpUrl: '' })
    const { email, sms: texts } = createTransports({ ...ctx, config: { ...ctx.config, smtpUrl: null, sms: null } })
    await email?.send(mail)
    await email?.send(mail)
    await texts?.send(sms)
    const kept = await ctx.store.read.inbox.list(10)
    expect(
      kept.map(({ id, channel, to, subject, text }) => ({ id, channel, to, subject, text })).toSorted((a, b) => a.id.localeCompare(b.id)),
    ).toEqual([
      { id: 'm1', channel: 'email', to: 'mei@example.com', subject: 'Hello', text: 'plain' },
      { id: 's1', channel: 'sms', to: '+34600000001', subject: '', text: 'hello' },
    ])
  })

  test('production keeps nothing', async () => {
    const ctx = await makeCtx({ smtpUrl: 'smtp://127.0.0.1:9' })
    await expect(createTransports(ctx).email?.send(mail)).rejects.toThrow()
    expect(await ctx.store.read.inbox.list(10)).toEqual([])
  })
})
