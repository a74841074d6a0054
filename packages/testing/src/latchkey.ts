import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLatchkey, type Latchkey, type LatchkeyOptions } from '@latchkey/server'
import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator } from './authenticator.ts'
import { TestClock } from './clock.ts'

/** A running Latchkey with a database of its own, a clock in the test's hand, and its messages. */
export interface RunningLatchkey {
  latchkey: Latchkey
  origin: string
  clock: TestClock
  /** A browser with cookies of its own. */
  browser(options?: { ip?: string; userAgent?: string }): TestBrowser
  /** The newest six-digit code that was sent to an address. */
  code(address: string): Promise<string>
  /** Every message so far, newest first. */
  messages(address?: string): Promise<{ to: string; subject: string; text: string }[]>
  close(): Promise<void>
}

export interface StartOptions extends Partial<LatchkeyOptions> {
  /** Start of the clock, epoch milliseconds; default now. */
  at?: number
}

/**
 * Starts Latchkey in this process: SQLite in a temporary folder unless `database` says otherwise, requests without a network.
 *
 * @example
 * const server = await startLatchkey()
 * const browser = server.browser()
 * await browser.signUp('mei@example.com')
 */
export async function startLatchkey({ at = Date.now(), ...options }: StartOptions = {}): Promise<RunningLatchkey> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const clock = new TestClock(at)
  const publicUrl = options.publicUrl ?? 'http://localhost:4400'
  const latchkey = createLatchkey({
    basePath: '/',
    database: join(folder, 'test.db'),
    dataDir: folder,
    now: () => clock.now(),
    logLevel: 'silent',
    clientIp: request => request.headers.get('x-test-ip') ?? '192.0.2.1',
    ...options,
    publicUrl,
  })
  await latchkey.ready
  const { ctx, outbox } = await internals.get(latchkey)!
  const messages = async (address?: string) => {
    await outbox.drain()
    // another server on the same database may be sending some of them at this moment
    for (let waits = 0; waits < 200 && (await ctx.store.read.outbox.pending()) > 0; waits++) await sleep(10)
    const all = await ctx.store.read.inbox.list(1000)
    return address ? all.filter(m => m.to === address) : all
  }
  return {
    latchkey,
    origin: new URL(publicUrl).origin,
    clock,
    browser: spec =>
      new TestBrowser(latchkey, new URL(publicUrl).origin, spec, async address => newestCode(await messages(address), address)),
    code: async address => newestCode(await messages(address), address),
    messages,
    async close() {
      await latchkey.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function newestCode(messages: { text: string }[], address: string): string {
  const code = messages.map(m => /\b(\d{6})\b/.exec(m.text)?.[1]).find(Boolean)
  if (!code) throw new Error(`no code was sent to ${address}`)
  return code
}

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

/** Where a browser goes on to by itself: a redirect, or a page that leaves at once (`Refresh`). */
function leadsTo(response: Response): string | null {
  if (response.status >= 300 && response.status < 400) return response.headers.get('location') ?? '/'
  return /^0;\s*url=(.+)$/i.exec(response.headers.get('refresh') ?? '')?.[1] ?? null
}

export interface PageAnswer {
  status: number
  /** Path with query after redirects. */
  url: string
  html: string
}

/** What a browser does without a screen: cookies, pages, forms with their token, JSON calls, and a software authenticator. */
export class TestBrowser {
  readonly cookies = new Map<string, string>()
  authenticator: SoftwareAuthenticator
  private readonly latchkey: Latchkey
  private readonly origin: string
  private readonly headers: Record<string, string>
  private readonly codeFor: (address: string) => Promise<string>
  private token = ''

  constructor(
    latchkey: Latchkey,
    origin: string,
    spec: { ip?: string; userAgent?: string } = {},
    codeFor: (address: string) => Promise<string>,
  ) {
    this.latchkey = latchkey
    this.origin = origin
    this.codeFor = codeFor
    this.headers = { 'user-agent': spec.userAgent ?? CHROME, 'x-test-ip': spec.ip ?? '192.0.2.1' }
    this.authenticator = new SoftwareAuthenticator({ origin })
  }

  /** One request with this browser's cookies; redirects are not followed. */
  async request(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const init = {
      method,
      headers: { ...this.headers, ...(cookie ? { cookie } : {}), ...headers },
      ...(body === undefined ? {} : { body }),
    }
    const response = await this.latchkey.fetch(new Request(new URL(path, this.origin), init))
    for (const line of response.headers.getSetCookie()) this.keep(line)
    return response
  }

  private keep(line: string): void {
    const [pair = ''] = line.split(';')
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))]
    if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }

  /** Opens a page and follows redirects. */
  async open(path: string): Promise<PageAnswer> {
    return this.follow(await this.request('GET', path, undefined, { accept: 'text/html' }), path)
  }

  /** Sends a form with the token of the page that was opened last. */
  async submit(path: string, fields: Record<string, string> = {}): Promise<PageAnswer> {
    const body = new URLSearchParams({ form_token: this.token, ...fields }).toString()
    const headers = { accept: 'text/html', origin: this.origin, 'content-type': 'application/x-www-form-urlencoded' }
    return this.follow(await this.request('POST', path, body, headers), path)
  }

  private async follow(first: Response, from: string): Promise<PageAnswer> {
    let [response, url] = [first, from]
    for (let hops = 0; hops < 8; hops++) {
      const target = leadsTo(response)
      const next = target === null ? null : new URL(target, new URL(url, this.origin))
      if (next?.origin !== this.origin) break
      url = next.pathname + next.search
      response = await this.request('GET', url, undefined, { accept: 'text/html' })
    }
    const html = await response.text()
    this.token = /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? this.token
    return { status: response.status, url, html }
  }

  /** A JSON call as the page script makes it. */
  async api<T = Record<string, unknown>>(
    path: string,
    body?: unknown,
    method = body === undefined ? 'GET' : 'POST',
  ): Promise<{ status: number; body: T }> {
    const headers = { origin: this.origin, 'content-type': 'application/json', 'x-lk': '1', accept: 'application/json' }
    const response = await this.request(method, path, body === undefined ? undefined : JSON.stringify(body), headers)
    return { status: response.status, body: (await response.json()) as T }
  }

  /** Options that a page carries for its passkey prompt. */
  static options<T>(page: PageAnswer): T {
    const text = /data-lk-options="([^"]+)"/.exec(page.html.replace(/<form hidden[^>]*data-lk-autofill[^>]*>/g, ''))?.[1]
    if (!text) throw new Error(`no prompt on ${page.url} (${page.status})`)
    return JSON.parse(text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as T
  }

  /** Makes an account whose first way in is a passkey. @returns the last page */
  async signUp(address: string, returnTo?: string): Promise<PageAnswer> {
    await this.verifyAddress(address, returnTo)
    const page = await this.open('/sign-up/passkey')
    const response = await this.authenticator.create(TestBrowser.options(page))
    return this.submit('/sign-up/passkey', { response: JSON.stringify(response) })
  }

  /** Makes an account with a password. */
  async signUpWithPassword(address: string, password: string): Promise<PageAnswer> {
    await this.verifyAddress(address)
    await this.open('/sign-up/password')
    return this.submit('/sign-up/password', { password })
  }

  private async verifyAddress(address: string, returnTo?: string): Promise<void> {
    await this.open('/sign-up')
    await this.submit('/sign-up', { identifier: address, ...(returnTo ? { return_to: returnTo } : {}) })
    const page = await this.submit('/sign-up/code', { secret: await this.codeFor(address) })
    if (!page.url.startsWith('/sign-up/passkey')) throw new Error(`the code was not accepted: ${page.status} ${page.url}`)
  }

  /** Signs in with a passkey of this browser's authenticator. */
  async signIn(returnTo?: string): Promise<PageAnswer> {
    const page = await this.open(returnTo ? `/sign-in?return_to=${encodeURIComponent(returnTo)}` : '/sign-in')
    const response = await this.authenticator.get(TestBrowser.options(page))
    return this.submit('/sign-in/passkey', { response: JSON.stringify(response), ...(returnTo ? { return_to: returnTo } : {}) })
  }

  /** Password, and whatever page follows. */
  async signInWithPassword(address: string, password: string): Promise<PageAnswer> {
    await this.open('/sign-in')
    await this.submit('/sign-in', { identifier: address })
    return this.submit('/sign-in/password', { password })
  }

  /** Proves an operation with a passkey through the API. */
  async stepUp(operation: string, target: string | null = null): Promise<{ status: number; body: Record<string, unknown> }> {
    const { body: options } = await this.api('/api/step-up/passkey/options', { operation, target })
    const response = await this.authenticator.get(options as never)
    return this.api('/api/step-up/passkey', { operation, target, response })
  }

  /** Ends all cookies, as a new browser has none. */
  forget(): void {
    this.cookies.clear()
  }
}
