import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { renderMessage } from '../../packages/server/src/deliver/index.ts'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ policy: { preset: 'product' } })
})
afterAll(() => server.close())

const PASSWORD = 'seven quiet harbours at dawn'

it('ID-1, ID-2: every spelling of an address is one account, and mail goes to its ASCII form', async () => {
  const owner = server.browser()
  await owner.open('/sign-up')
  const began = await owner.submit('/sign-up', { identifier: '\u200bEva@Bücher.example' })
  expect(began.html).toContain('bücher.example')
  expect(began.html).not.toContain('xn--')
  const code = await server.code('eva@xn--bcher-kva.example')
  await owner.submit('/sign-up/code', { secret: `\u202a${code.slice(0, 3)}\u2212${code.slice(3)}\u202c` })
  await owner.open('/sign-up/password')
  expect((await owner.submit('/sign-up/password', { password: PASSWORD })).url).toBe('/sign-up/done')
  for (const spelling of [
    'eva@xn--bcher-kva.example',
    'EVA@BU\u0308CHER.EXAMPLE.',
    'ｅｖａ＠bücher。example',
    '\ufeffeva@bücher.example ',
  ]) {
    const page = await server.browser().signInWithPassword(spelling, PASSWORD)
    expect([spelling, page.status, page.url]).toEqual([spelling, 200, '/account/security'])
  }
  // a second account for another spelling is told of to the owner, and not made
  const other = server.browser()
  await other.open('/sign-up')
  await other.submit('/sign-up', { identifier: 'eva@bücher.example' })
  expect((await server.messages('eva@xn--bcher-kva.example'))[0]?.subject).not.toContain('code')
  expect((await owner.open('/account/security')).html).toContain('eva@bücher.example')
})

it('ID-1, PH-1: what is no address or number is refused where it is typed', async () => {
  const browser = server.browser()
  await browser.open('/sign-in')
  for (const identifier of [
    'e\u200bva@example.com',
    'eva@exa\u202emple.com',
    '+44 20 7946 0958 ext. 1',
    `e${'\u0301'.repeat(99)}@example.com`,
  ])
    expect((await browser.submit('/sign-in', { identifier })).status).toBe(400)
  expect((await browser.submit('/sign-in', { identifier: '+44 (0)20 7946 0958' })).status).toBe(200)
})

it('NM-2, H14: a passkey is given no name that hides something, by form or API', async () => {
  const browser = server.browser()
  await browser.signUp('nm2@example.com')
  const { items } = (await browser.api<{ items: { id: string }[] }>('/api/passkeys')).body
  const id = items[0]?.id
  await browser.open(`/account/passkeys/${id}/rename`)
  const hidden = ['\u061cPhone', 'Phone\u061c', 'Pho\u{e0041}ne', `P${'\u0301'.repeat(200)}`, 'Pho\u200bne', '\u3164', '\u2800']
  for (const label of hidden) {
    expect((await browser.submit(`/account/passkeys/${id}/rename`, { label })).status).toBe(400)
    expect(await browser.api(`/api/passkeys/${id}`, { label }, 'PATCH')).toMatchObject({ status: 400, body: { code: 'label_invalid' } })
  }
  expect((await browser.api(`/api/passkeys/${id}`, { label: 'half \ud800' }, 'PATCH')).status).toBe(400)
  for (const label of ['Zoë’s 📱', '👩🏽‍💻 گوشی‌ها'])
    expect(await browser.api(`/api/passkeys/${id}`, { label }, 'PATCH')).toMatchObject({ status: 200, body: { label } })
  // joiners that do their work are in the notices too
  const params = { name: '👩🏽‍💻 گوشی‌ها', at: 0 }
  expect(renderMessage(server.latchkey.config, 'passkey_suspended', 'email', params).text).toContain(params.name)
})
