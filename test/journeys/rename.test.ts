import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, expect, it } from 'vitest'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey()
})
afterAll(() => server.close())

it('H10: a rename that asks first carries the name sealed, for this account alone, and saves it', async () => {
  const [owner, thief] = [server.browser(), server.browser()]
  await owner.signUp('owner@example.com')
  await thief.signUp('thief@example.com')
  server.clock.advance(16 * 60_000)
  const id = (await owner.api<{ items: { id: string }[] }>('/api/passkeys')).body.items[0]!.id
  await owner.open(`/account/passkeys/${id}/rename`)
  const asked = await owner.submit(`/account/passkeys/${id}/rename`, { label: 'Reise-Notebook' })
  expect(asked.url).toMatch(/^\/account\/verify\?operation=passkey\.rename&target=[\w-]+$/)
  expect(asked.html).toMatch(/To rename the passkey .*Reise-Notebook/s)
  const target = new URLSearchParams(asked.url.split('?')[1]).get('target') ?? ''
  expect(Buffer.from(target, 'base64url').toString('latin1')).not.toContain('Reise')
  // what was sealed for one account says nothing to another
  expect((await thief.open(asked.url)).html).not.toContain('Reise-Notebook')
  const { body: options } = await owner.api('/api/step-up/passkey/options', { operation: 'passkey.rename', target })
  const response = JSON.stringify(await owner.authenticator.get(options as never))
  await owner.open(asked.url)
  const saved = await owner.submit('/account/verify/passkey', { operation: 'passkey.rename', target, response })
  expect(saved.url).toContain('/account/passkeys?renamed=1')
  expect(saved.html).toContain('Reise-Notebook')
})
