import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type SmsGateway, startSmsGateway } from './sms-gateway.ts'

let gateway: SmsGateway
beforeAll(async () => {
  gateway = await startSmsGateway()
})
beforeEach(() => gateway.clear())
afterAll(async () => await gateway.close())

async function send(form: Record<string, string>, password: string = gateway.authToken): Promise<Response> {
  return await fetch(`${gateway.url}/2010-04-01/Accounts/${gateway.accountSid}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${gateway.accountSid}:${password}`)}` },
    body: new URLSearchParams(form),
  })
}

const good = { To: '+4915112345678', From: '+15550100', Body: 'Your code is 123456. It holds 5 minutes.' }

test('accepts a message as Twilio does and keeps it', async () => {
  const response = await send(good)
  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({ sid: expect.stringMatching(/^SM[\da-f]{32}$/), to: good.To, status: 'queued' })
  expect(gateway.messages).toMatchObject([{ to: good.To, from: good.From, body: good.Body }])
  expect(await gateway.code(good.To)).toBe('123456')
})

test('refuses wrong credentials, missing fields and impossible numbers with their error codes', async () => {
  const refusal = async (response: Promise<Response>): Promise<unknown> => {
    const { status, code } = (await (await response).json()) as { status: number; code: number }
    return [status, code]
  }
  expect(await refusal(send(good, 'wrong'))).toEqual([401, 20003])
  expect(await refusal(send({ From: '+1', Body: 'x' }))).toEqual([400, 21604])
  expect(await refusal(send({ ...good, To: '0151 12345678' }))).toEqual([400, 21211])
  expect(await refusal(send({ To: good.To, Body: 'x' }))).toEqual([400, 21603])
  expect(await refusal(send({ ...good, Body: '' }))).toEqual([400, 21602])
  expect(gateway.messages).toEqual([])
})

test('fails when it is told to, and recovers', async () => {
  gateway.failWith(503)
  expect((await send(good)).status).toBe(503)
  gateway.failWith(undefined)
  expect((await send(good)).status).toBe(201)
  expect(gateway.messages).toHaveLength(1)
})

test('waits for a message, or gives up', async () => {
  const waiting = gateway.waitFor(good.To)
  await send(good)
  expect((await waiting).body).toBe(good.Body)
  await expect(gateway.waitFor('+999', 20)).rejects.toThrow(/no message to \+999/)
})
