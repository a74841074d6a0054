import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { internals } from '@latchkey/server/internals'
import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GROUPS, OPERATIONS } from '../packages/server/src/domain/policy.ts'
import { routesOf } from '../packages/server/src/http/routes.ts'

/** Paths that no person's session has to do with. */
const WITHOUT_ROW = /^\/(assets\/\*|favicon\.ico|livez|readyz|\*|try\/\*|api\/\*)$/

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ developmentPages: { demoUrl: null } })
})
afterAll(() => server.close())

describe('the policy table and the routes', () => {
  it('V-3, T-3: a route without a row of the table fails here', async () => {
    const { app } = await internals.get(server.latchkey)!
    const known = new Set(server.latchkey.config.basePath === '' ? allRows(app).map(r => `${r.method.toUpperCase()} ${r.path}`) : [])
    const missing = app.routes.filter(r => r.method !== 'ALL' && !WITHOUT_ROW.test(r.path)).map(r => `${r.method} ${r.path}`)
    expect([...new Set(missing)].filter(route => !known.has(route))).toEqual([])
  })

  it('what the page script and the SDK call is a route', async () => {
    const { app } = await internals.get(server.latchkey)!
    const paths = allRows(app).map(row => row.path)
    const browser = join(import.meta.dirname, '../packages/browser/src')
    const sources = readdirSync(browser, { recursive: true, encoding: 'utf8' }).filter(
      path => /\.ts$/.test(path) && !path.includes('.test.'),
    )
    const asked = sources.flatMap(path => readFileSync(join(browser, path), 'utf8').match(/(?<=['`])\/api\/[\w/-]*/g) ?? [])
    expect(asked.length).toBeGreaterThan(5)
    expect([...new Set(asked)].filter(one => !paths.some(path => path === one || path.startsWith(`${one.replace(/\/$/, '')}/`)))).toEqual(
      [],
    )
  })

  it('removing needs at least what adding needs', () => {
    const rank = { live: 0, evidence: 1, ceremony: 2 }
    const strictness = { now: 0, young: 0, host: 0, money: 0, pause: 1, wait24: 2, wait72: 3, refused: 4 }
    for (const thing of ['passkey', 'totp', 'phone', 'email'] as const) {
      const [add, remove] = [OPERATIONS[`${thing}.add`], OPERATIONS[`${thing}.remove`]]
      expect(rank[remove.freshness.kind]).toBeGreaterThanOrEqual(rank[add.freshness.kind])
      for (const proof of ['trusted', 'two_steps', 'lesser'] as const)
        expect(strictness[GROUPS[remove.group][proof]]).toBeGreaterThanOrEqual(strictness[GROUPS[add.group][proof]])
    }
  })

  it('INV-9, V-4: without a session, every route of an operation refuses, and nothing is a server error', async () => {
    const { app } = await internals.get(server.latchkey)!
    const stranger = server.browser()
    await stranger.open('/sign-in')
    for (const row of allRows(app).filter(r => r.access in OPERATIONS)) {
      const path = row.path.replace(/[:{]\w+\}?/g, 'x')
      const api = row.path.startsWith('/api/')
      const status = api
        ? (await stranger.api(path, row.method === 'get' ? undefined : {}, row.method.toUpperCase())).status
        : row.method === 'get'
          ? (await stranger.request('GET', path)).status
          : (await stranger.submit(path)).status
      expect([`${row.method} ${row.path}`, status < 500 && status !== 200 && [303, 400, 401, 403, 404].includes(status)]).toEqual([
        `${row.method} ${row.path}`,
        true,
      ])
    }
  })
})

type App = Parameters<typeof routesOf>[0]
/** Rows of the pages, and those of the API under its prefix. */
function allRows(app: App): { method: string; path: string; access: string }[] {
  return [...routesOf(app)].map(r => ({ ...r }))
}
