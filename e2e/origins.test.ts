import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { member } from './members.ts'
import { openWorld, type World } from './world.ts'

/** Of the frame of our own pages, so that nothing else about it is odd. */
const LIKE_OURS = '<!doctype html><title>Theirs</title><header></header><main data-lk-shell="plain"><h1>Theirs</h1></main>'

/** Another site, which would let our script read whatever it answers. */
async function openNeighbour(): Promise<{ server: Server; url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers['x-lk-fragment'] === '1' ? 'by the script' : 'by the browser'}`)
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
    response.setHeader('access-control-allow-credentials', 'true')
    response.setHeader('access-control-allow-headers', 'x-lk-fragment, x-lk-shell')
    response.writeHead(request.method === 'OPTIONS' ? 204 : 200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(request.method === 'OPTIONS' ? '' : LIKE_OURS)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://localhost:${(server.address() as AddressInfo).port}/`, asked }
}

/** Their page, wherever it stands, or a complaint of ours; where neither comes the address tells. */
const outcome = (page: Page): Promise<void> =>
  page
    .locator('h1:has-text("Theirs"), [data-lk-error]')
    .locator('visible=true')
    .first()
    .waitFor({ timeout: 10_000 })
    .catch(() => {})

let neighbour: Awaited<ReturnType<typeof openNeighbour>>
let world: World
beforeAll(async () => {
  neighbour = await openNeighbour()
  world = await openWorld({}, path => (path === '/host/away' ? Response.redirect(neighbour.url, 303) : null))
})
afterAll(async () => {
  await world?.end()
  await new Promise(resolve => neighbour?.server.close(resolve))
})

/** Our page where nothing but the script itself holds it back: without its Content-Security-Policy. */
async function withoutPolicy(path: string): Promise<Page> {
  neighbour.asked.length = 0
  const context = await world.chromium.newContext({ baseURL: world.url, bypassCSP: true })
  const page = await context.newPage()
  await page.goto(path)
  await page.waitForSelector('html[data-lk-ready]')
  return page
}

describe('the page script and other origins', () => {
  it('B16: what another origin answers is opened as its own page and never put into ours', async () => {
    const page = await withoutPolicy('/sign-in')
    await page.locator('form[action="/sign-in"]').evaluate(form => form.setAttribute('action', '/host/away'))
    await page.getByLabel('Email or phone number').fill('mei@example.com')
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
    await outcome(page)
    expect(page.url()).toBe(neighbour.url)
    await page.context().close()
  })

  it.each(['action', 'formaction'])(
    'B16: a form whose %s leads to another origin is the browser’s to send, not the script’s',
    async place => {
      const page = await withoutPolicy('/sign-in')
      const form = page.locator('form[action="/sign-in"]')
      const target = place === 'action' ? form : form.getByRole('button', { name: 'Continue', exact: true })
      await target.evaluate((element, [name, url]) => element.setAttribute(name!, url!), [place, neighbour.url])
      await page.getByLabel('Email or phone number').fill('mei@example.com')
      await page.getByRole('button', { name: 'Continue', exact: true }).click()
      await outcome(page)
      expect(page.url()).toBe(neighbour.url)
      expect(neighbour.asked.filter(ask => !ask.startsWith('GET'))).toEqual(['POST by the browser'])
      await page.context().close()
    },
  )
})

it('INV-3: each challenge is answered once: after an answer that was lost the next prompt has another one', async () => {
  const { person } = await member(world)
  await person.forget()
  await person.go('/sign-in')
  const sent: string[] = []
  await person.page.route('**/sign-in/passkey', async route => {
    const { response } = JSON.parse(new URLSearchParams(route.request().postData() ?? '').get('response') ?? '') as {
      response: { clientDataJSON: string }
    }
    sent.push((JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString()) as { challenge: string }).challenge)
    return sent.length === 1 ? route.abort() : route.continue()
  })
  const fresh = person.page.waitForResponse('**/api/sign-in/passkey/options', { timeout: 10_000 }).catch(() => null)
  await person.press('button', 'Sign in with a passkey')
  await person.page.locator('[data-lk-error="LK402"]').waitFor()
  await fresh
  await person.press('button', 'Sign in with a passkey')
  await person.at('/account/security')
  expect(new Set(sent).size).toBe(2)
  await person.leave()
})
