import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type SmtpInbox, startSmtpInbox } from './inbox.ts'
import { readMail } from './mime.ts'

let inbox: SmtpInbox
beforeAll(async () => {
  inbox = await startSmtpInbox()
})
beforeEach(() => inbox.clear())
afterAll(async () => await inbox.close())

async function send(mail: {
  to: string
  subject?: string
  text?: string
  html?: string
  textEncoding?: 'base64' | 'quoted-printable'
}): Promise<void> {
  const transport = createTransport(inbox.url)
  await transport.sendMail({ from: 'Latchkey <no-reply@example.org>', subject: 'Hello', ...mail })
  transport.close()
}

test('keeps both bodies, the subject and the envelope, decoded', async () => {
  const long = 'A long line that a mailer must fold somewhere, because no line may be longer than it may be. '.repeat(3).trim()
  await send({
    to: 'ada@example.org',
    subject: 'Dein Code für Übermorgen – 日本語の件名はとても長いので折り返されます',
    text: `Grüße\n${long}\n= 1 €`,
    html: `<p class="a">Grüße ${long}</p>`,
  })
  expect(await inbox.waitFor('ADA@example.org')).toMatchObject({
    from: 'no-reply@example.org',
    to: ['ada@example.org'],
    subject: 'Dein Code für Übermorgen – 日本語の件名はとても長いので折り返されます',
    text: expect.stringContaining(`Grüße\n${long}\n= 1 €`),
    html: expect.stringContaining(`<p class="a">Grüße ${long}</p>`),
    raw: expect.stringContaining('multipart/alternative'),
  })
})

for (const textEncoding of ['base64', 'quoted-printable'] as const) {
  test(`reads ${textEncoding}`, async () => {
    await send({ to: 'ada@example.org', text: 'Zeile = eins\nZeile ä zwei', textEncoding })
    expect((await inbox.waitFor('ada@example.org')).text.trim()).toBe('Zeile = eins\nZeile ä zwei')
  })
}

test('finds the newest code of an address, in text, in spaced form, or in HTML only', async () => {
  await send({ to: 'ada@example.org', text: 'Your code is 111111. Order 12345678.' })
  expect(await inbox.code('ada@example.org')).toBe('111111')
  await send({ to: 'bob@example.org', text: 'Your code is 999 999' })
  await send({ to: 'ada@example.org', text: 'Your code is 222222' })
  await send({ to: 'ada@example.org', text: 'A new sign-in, no code here' })
  expect([await inbox.code('ada@example.org'), await inbox.code('bob@example.org')]).toEqual(['222222', '999999'])
  await send({ to: 'eve@example.org', html: '<style>a{color:#123456}</style><b style="color:#654321">333333</b>' })
  expect(await inbox.code('eve@example.org')).toBe('333333')
})

test('waits for what has not come yet, and says what came when nothing fits', async () => {
  const waiting = inbox.waitFor(mail => mail.subject === 'Later')
  await send({ to: 'ada@example.org', subject: 'Now', text: 'x' })
  await send({ to: 'ada@example.org', subject: 'Later', text: 'x' })
  expect((await waiting).subject).toBe('Later')
  await expect(inbox.waitFor('nobody@example.org', 20)).rejects.toThrow(/no e-mail to nobody@example.org within 20 ms.*Later/s)
})

test('refuses when it is told to', async () => {
  inbox.failWith(550)
  await expect(send({ to: 'ada@example.org', text: 'x' })).rejects.toMatchObject({ responseCode: 550 })
  inbox.failWith(undefined)
  await send({ to: 'ada@example.org', text: 'x' })
  expect(inbox.messages).toHaveLength(1)
})

test('reads a message without any MIME header', () => {
  expect(readMail(Buffer.from('Subject: hi\r\n\r\nplain'))).toEqual({ subject: 'hi', text: 'plain', html: '' })
})
