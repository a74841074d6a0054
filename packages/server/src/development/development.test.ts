import { startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withdraw } from '../flows/approvals/approvals.fixture.ts'
import { routesOf } from '../http/routes.ts'
import { internals } from '../internals.ts'
import { createTranslator } from '../messages/index.ts'
import { PROMISES } from './promises.ts'

// the articles are an exchange's: without an action that moves money no page says a word about it
const server = await startLatchkey({ developmentPages: { demoUrl: '/demo' }, actions: { withdraw } })
afterAll(() => server.close())
const { ctx } = await internals.get(server.latchkey)!
const PATHS = [
  '/',
  '/development/inbox',
  '/development/sample',
  '/development/checklist',
  '/development/pretend-device',
  '/development/pretend-device.js',
  '/development/pretend-switch.js',
]

const unescaped = (html: string): string => html.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&')

describe('the start page', () => {
  it('leads everywhere: the demo, the sample customer, a new account, inbox, checklist, device check', async () => {
    const { status, html } = await server.browser().open('/')
    expect(status).toBe(200)
    for (const href of ['/demo', '/sign-up', '/account/security', '/development/inbox', '/development/checklist', '/check-device'])
      expect(html).toContain(`href="${href}"`)
    expect(html.match(/<form(?=[^>]*action="\/development\/sample")(?=[^>]*data-lk-plain)/g)).toHaveLength(2)
    expect(html.match(/lk-btn--primary/g)).toHaveLength(1)
  })

  it('says what is shortened, from the policy that is in force', async () => {
    const { html } = await server.browser().open('/')
    expect(html.replace(/<[^>]+>/g, ' ')).toMatch(
      /24 hours\s+2 minutes\s+72 hours\s+6 minutes\s+Limits on tries and messages\s+100 times wider/,
    )
  })

  it('shows no demo where none is mounted', async () => {
    const plain = await startLatchkey({ developmentPages: { demoUrl: null } })
    expect((await plain.browser().open('/')).html).not.toContain('/demo"')
    await plain.close()
  })

  it('refuses what is neither of the two ways, and a form of another site', async () => {
    const browser = server.browser()
    const token = /name="form_token" value="([^"]+)"/.exec((await browser.open('/')).html)?.[1] ?? ''
    expect((await browser.submit('/development/sample', { how: 'magic' })).status).toBe(400)
    // nothing else is wrong with it
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example', accept: 'text/html' }
    const answer = await browser.request('POST', '/development/sample', `form_token=${token}&how=passkey`, headers)
    expect([token !== '', answer.status, (await answer.text()).includes('LK403')]).toEqual([true, 403, true])
    const own = { ...headers, origin: 'http://localhost:4400' }
    for (const path of ['/development/sample', '/development/inbox/empty']) {
      const untold = await browser.request('POST', path, 'form_token=x&how=passkey', own)
      expect([path, untold.status, (await untold.text()).includes('LK305')]).toEqual([path, 403, true])
    }
  })
})

// one inbox: what one test puts in or empties, the next one finds
describe('the inbox', { shuffle: false }, () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = server.browser()
    await browser.signUp('reader@example.com')
    await server.messages()
  })

  it('shows the code of a message large, with a button that copies it', async () => {
    const { html } = await browser.open('/development/inbox')
    const list = await browser.open(`/development/inbox?id=${/id=([^"]+)"[^>]*>(?:(?!<\/a>).)*is your Latchkey code/s.exec(html)?.[1]}`)
    const code = /data-lk-message-code="(\d{6})"/.exec(list.html)?.[1]
    expect(list.html).toContain(`data-lk-copy="${code}"`)
    expect(list.html).toMatch(/aria-current="true"/)
    expect(list.html).toContain('Only enter it on <strong>localhost:4400</strong>')
  })

  it('opens a mail as mail, where nothing runs or loads', async () => {
    const { html } = await browser.open('/development/inbox')
    const path = /href="(\/development\/inbox\/[^"]+\/mail)"/.exec(html)?.[1] ?? ''
    const answer = await browser.request('GET', path, undefined, { accept: 'text/html' })
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; img-src data:;.*sandbox$/,
    )
    expect(await answer.text()).toContain('<!doctype html>')
    expect((await browser.open('/development/inbox/nothing/mail')).status).toBe(404)
  })

  it('escapes what a message says, and makes links of our own addresses only', async () => {
    const row = { id: 'm1', channel: 'sms' as const, to: '+34600000001', subject: '', html: null, sentAt: ctx.now() + 1 }
    await ctx.store.transaction(tx =>
      tx.inbox.insert({ ...row, text: '<script>x</script> https://evil.example/a http://localhost:4400/account/security' }),
    )
    const { html } = await browser.open('/development/inbox?id=m1')
    expect(html).toContain('&lt;script&gt;x&lt;/script&gt;')
    expect(html).not.toContain('href="https://evil.example')
    expect(html).toContain('<a href="http://localhost:4400/account/security">')
  })

  it('is emptied by its button, and says so', async () => {
    await browser.open('/development/inbox')
    const { html } = await browser.submit('/development/inbox/empty')
    expect(html).toContain('The inbox is empty')
    expect(html).not.toContain('/development/inbox/empty')
  })
})

describe('the pretend device', () => {
  it('is named to every page, and its banner stays hidden until it is on', async () => {
    const { html } = await server.browser().open('/sign-in')
    expect(html).toContain('<meta name="lk-pretend" content="/development/pretend-device.js"/>')
    expect(html).toMatch(/data-lk-pretend-banner/)
    expect(html).toContain('html:not([data-lk-pretend-device=on]) [data-lk-pretend-banner]{display:none}')
  })

  it('comes as one script that imports nothing', async () => {
    const answer = await server.browser().request('GET', '/development/pretend-device.js')
    expect(answer.headers.get('content-type')).toContain('text/javascript')
    expect(await answer.text()).not.toMatch(/^import\b/m)
  })

  it('hands no key before there is a sample customer', async () => {
    const fresh = await startLatchkey({ developmentPages: { demoUrl: null } })
    expect((await fresh.browser().open('/development/sample/key')).url).toBe('/')
    await fresh.close()
  })
})

describe('the checklist', () => {
  it('has every line of both articles, in order, once', () => {
    const rows = PROMISES.map(p => p.row)
    const numbers = (group: string, n: number) => Array.from({ length: n }, (_, i) => `${group}${i + 1}`)
    expect(rows.filter(row => row.startsWith('K'))).toEqual(numbers('K', 43))
    expect(rows.filter(row => row.startsWith('O'))).toEqual(numbers('O', 43))
    expect(new Set(rows).size).toBe(rows.length)
  })

  it('shows each line with its screen', async () => {
    const { html } = await server.browser().open('/development/checklist')
    for (const { row } of PROMISES) expect(html, row).toContain(`>${row}</span>`)
    for (const { row, where } of PROMISES.filter(one => one.where)) expect(html, row).toContain(`href="${where}"`)
  })

  it('leads to screens that exist and say what it says', async () => {
    const t = createTranslator('en')
    const [browser, stranger] = [server.browser(), server.browser()]
    await browser.open('/')
    await browser.submit('/development/sample', { how: 'passkey' })
    const pages = new Map<string, { status: number; text: string | null }>()
    for (const where of new Set(PROMISES.flatMap(p => p.where ?? []))) {
      const page = await (where.startsWith('/account') ? browser : stranger).open(
        where === '/account/verify' ? '/account/verify?operation=passkey.add' : where,
      )
      // where a verification comes first, the screen's own words are not there yet
      pages.set(where, { status: page.status, text: page.url === where ? unescaped(page.html) : null })
    }
    expect([...pages].filter(([, { status }]) => status !== 200)).toEqual([])
    // an empty text would stand on every page
    const says = (where: string, words: string): boolean => words !== '' && (pages.get(where)?.text?.includes(words) ?? true)
    const silent = PROMISES.filter(({ where, words }) => where && words && !says(where, t(words)))
    expect(silent.map(({ row, where, words }) => [row, where, t(words!)])).toEqual([])
  })
})

describe('production', () => {
  const masterKey = Buffer.alloc(32, 7).toString('base64')
  const production = {
    publicUrl: 'https://accounts.example.com',
    masterKey,
    smtpUrl: 'smtp://127.0.0.1:1',
    developmentPages: { demoUrl: '/demo' },
  }

  it('has none of these routes and serves no pretend device', async () => {
    const live = await startLatchkey(production)
    const { app } = (await internals.get(live.latchkey))!
    expect(routesOf(app).filter(row => row.access === 'development')).toEqual([])
    for (const path of PATHS) expect((await live.browser().open(path)).status, path).toBe(404)
    const { html } = await live.browser().open('/sign-in')
    expect(html).not.toMatch(/lk-pretend|development/)
    await live.close()
  })

  it('refuses them even where they are mounted by mistake', async () => {
    const { ctx: mistaken, app } = (await internals.get(server.latchkey))!
    const browser = server.browser()
    await browser.open('/sign-up')
    await browser.submit('/sign-up', { identifier: 'mistaken@example.com' })
    await server.code('mistaken@example.com')
    const [message] = await mistaken.store.read.inbox.list(1)
    const mail = `/development/inbox/${message!.id}/mail`
    expect((await server.browser().open(mail)).status).toBe(200)
    mistaken.config.development = false
    try {
      const gets = [...PATHS, '/development', '/development/sample/key', mail].map(path => ['GET', path])
      for (const [method, path] of [...gets, ['POST', '/development/sample'], ['POST', '/development/inbox/empty']]) {
        const headers = { origin: 'http://localhost:4400', 'content-type': 'application/x-www-form-urlencoded' }
        expect((await app.request(`http://localhost:4400${path}`, { method: method!, headers })).status, path).toBe(404)
      }
      expect(await (await app.request('http://localhost:4400/sign-in', { headers: { accept: 'text/html' } })).text()).not.toContain(
        'lk-pretend',
      )
    } finally {
      mistaken.config.development = true
    }
  })
})

describe('B21: mounted in a program', () => {
  it.each(['/', '/auth'])('below %s there is the inbox and no other page of development; the start page is the host’s', async basePath => {
    const mounted = await startLatchkey({ basePath })
    const base = basePath === '/' ? '' : basePath
    const ours = (path: string): boolean => mounted.latchkey.handles(new Request(mounted.origin + path))
    expect([ours('/'), ours(`${base}/`), ours(`${base}/development/inbox`), ours(`${base}/shop`)]).toEqual([false, false, true, false])
    const browser = mounted.browser()
    await browser.open(`${base}/sign-up`)
    await browser.submit(`${base}/sign-up`, { identifier: 'b21@example.com' })
    const code = await mounted.code('b21@example.com')
    const { html } = await browser.open(`${base}/development/inbox`)
    expect(html).toContain(`data-lk-message-code="${code}"`)
    expect(html).not.toContain(`href="${base}/"`)
    for (const path of PATHS.filter(one => one !== '/development/inbox'))
      expect([path, (await browser.open(base + path)).status]).toEqual([path, 404])
    expect((await browser.open(`${base}/sign-in`)).html).toContain(`href="${base}/development/inbox"`)
    await mounted.close()
  })

  it('in production there is none', async () => {
    const secrets = { masterKey: Buffer.alloc(32, 1).toString('base64'), smtpUrl: 'smtp://127.0.0.1:1' }
    const production = await startLatchkey({ production: true, ...secrets })
    expect(production.latchkey.handles(new Request(`${production.origin}/development/inbox`))).toBe(false)
    expect((await production.browser().open('/development/inbox')).status).toBe(404)
    expect((await production.browser().open('/sign-in')).html).not.toContain('/development/inbox')
    await production.close()
  })
})
