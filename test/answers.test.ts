import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import * as answers from '../packages/server/src/http/answers.ts'
import { routesOf } from '../packages/server/src/http/routes.ts'

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey()
})
afterAll(() => server?.close())

type RequestOptions = Parameters<SoftwareAuthenticator['get']>[0]
type CreationOptions = Parameters<SoftwareAuthenticator['create']>[0]

interface Content {
  content?: Record<string, { schema: Record<string, unknown> }>
}
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Content> }>>
  components: { schemas: Record<string, { properties?: object }> }
}

describe('V-21 the OpenAPI document', () => {
  it('says of each route what it answers, and how it refuses', async () => {
    const { body } = await server.browser().api<Document>('/api/openapi.json')
    const rows = Object.values(body.paths).flatMap(path => Object.values(path).map(({ responses }) => responses))
    const { app } = (await internals.get(server.latchkey))!
    expect(rows.length).toBe(routesOf(app).filter(({ path }) => path.startsWith('/api/') && path !== '/api/openapi.json').length)
    for (const { 200: done, default: refused } of rows) {
      const schema = done?.content?.['application/json']?.schema ?? {}
      expect(Object.keys('$ref' in schema ? schema : ((schema.properties as object) ?? {})).length).toBeGreaterThan(0)
      expect(refused?.content?.['application/problem+json']?.schema).toEqual({ $ref: '#/components/schemas/Problem' })
    }
    expect(Object.keys(body.components.schemas.Passkey?.properties ?? {})).toContain('trustedAt')
  })
})

describe('V-21 what the API answers', () => {
  it('is what its schemas say, no member less and none more', async () => {
    const browser = server.browser()
    const seen: [z.ZodType, unknown][] = []
    const ask = async <T = unknown>(schema: z.ZodType, path: string, body?: object, method?: string): Promise<T> => {
      const answer = await browser.api<T>(path, body, method)
      seen.push([schema, answer.body])
      return answer.body
    }
    await ask(answers.sessionAnswer, '/api/session')
    await ask(answers.requestOptionsAnswer, '/api/sign-in/passkey/options', {})
    await ask(answers.startedAnswer, '/api/sign-in/start', { identifier: 'nobody@example.com' })
    await ask(answers.problemAnswer, '/api/passkeys')
    await browser.signUp('answers@example.com')
    await ask(answers.problemAnswer, '/api/passkeys/none/suspend', {})
    await ask(answers.sessionAnswer, '/api/session')
    await ask(answers.sessionsAnswer, '/api/sessions')
    const { items } = await ask<{ items: { id: string }[] }>(answers.passkeysAnswer, '/api/passkeys')
    const purpose = { operation: 'passkey.add' }
    const asked = await ask<RequestOptions>(answers.requestOptionsAnswer, '/api/step-up/passkey/options', purpose)
    await ask(answers.steppedUpAnswer, '/api/step-up/passkey', { ...purpose, response: await browser.authenticator.get(asked) })
    const options = await ask<CreationOptions>(answers.creationOptionsAnswer, '/api/passkeys/options', {})
    const key = new SoftwareAuthenticator({ origin: server.origin })
    const created = { response: await key.create(options) }
    const { passkey } = await ask<{ passkey: { id: string } }>(answers.createdAnswer, '/api/passkeys', created)
    await ask(answers.labelAnswer, `/api/passkeys/${passkey.id}`, { label: 'Key' }, 'PATCH')
    await ask(answers.changeAnswer, `/api/passkeys/${passkey.id}/suspend`, {})
    await ask(answers.codeSentAnswer, '/api/step-up/send', { operation: 'passkey.add', method: 'email' })
    await ask(answers.activityAnswer, '/api/activity')
    await ask(answers.signalAnswer, '/api/signal')
    await ask(answers.checkupAnswer, '/api/checkup')
    await ask(answers.finishedAnswer, '/api/checkup', {})
    const ofLock = { operation: 'account.lock', target: 'settings.1' }
    const proving = await ask<RequestOptions>(answers.requestOptionsAnswer, '/api/step-up/passkey/options', ofLock)
    await ask(answers.steppedUpAnswer, '/api/step-up/passkey', { ...ofLock, response: await browser.authenticator.get(proving) })
    await ask(answers.lockedAnswer, '/api/lock', { scope: 'settings', days: 1 })
    await ask(answers.endedAnswer, '/api/sessions/end-others', {})
    await ask(answers.signedOutAnswer, '/api/sign-out', {})
    const begun = await ask<RequestOptions>(answers.requestOptionsAnswer, '/api/sign-in/passkey/options', {})
    await ask(answers.signInAnswer, '/api/sign-in/passkey', { response: await browser.authenticator.get(begun) })
    const { items: open } = await ask<{ items: { id: string }[] }>(answers.sessionsAnswer, '/api/sessions')
    await ask(answers.doneAnswer, `/api/sessions/${open[0]?.id}/end`, {})
    expect(items).toHaveLength(1)
    const all = Object.entries(answers).filter(([name]) => name.endsWith('Answer'))
    expect(all.filter(([, schema]) => !seen.some(([asked]) => asked === schema)).map(([name]) => name)).toEqual([])
    for (const [schema, body] of seen) expect(schema.parse(body)).toEqual(body)
  })
})
