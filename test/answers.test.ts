import { internals } from '@latchkey/server/internals'
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
    const ask = async (schema: z.ZodType, path: string, body?: object): Promise<unknown> => {
      const answer = await browser.api(path, body)
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
    const { items } = (await ask(answers.passkeysAnswer, '/api/passkeys')) as { items: { id: string }[] }
    await browser.stepUp('passkey.add')
    await ask(answers.creationOptionsAnswer, '/api/passkeys/options', {})
    await ask(answers.requestOptionsAnswer, '/api/step-up/passkey/options', { operation: 'passkey.add' })
    await ask(answers.codeSentAnswer, '/api/step-up/send', { operation: 'passkey.add', method: 'email' })
    await ask(answers.endedAnswer, '/api/sessions/end-others', {})
    await ask(answers.signedOutAnswer, '/api/sign-out', {})
    expect(items).toHaveLength(1)
    for (const [schema, body] of seen) expect(schema.parse(body)).toEqual(body)
  })
})
