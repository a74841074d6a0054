import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeListener } from '@latchkey/server'
import { addVirtualAuthenticator, launchBrowser, type VirtualAuthenticator, type VirtualAuthenticatorOptions } from '@latchkey/testing'
import { type RunningLatchkey, type StartOptions, startLatchkey, type TestBrowser } from '@latchkey/testing/latchkey'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { actions, brand, createDemo } from '../examples/exchange/src/index.ts'

/** Latchkey with the demo exchange behind a real port, as `npm start` runs it. */
export interface World extends RunningLatchkey {
  url: string
  chromium: Browser
  end(): Promise<void>
}

/** @param host answers for pages of the host beside us; what it leaves is ours */
export async function openWorld(options: StartOptions = {}, host: (path: string) => Response | null = () => null): Promise<World> {
  const { server, port } = await freePort()
  const url = `http://localhost:${port}`
  let demo: ReturnType<typeof createDemo> | null = null
  const running = await startLatchkey({
    publicUrl: url,
    actions,
    brand: { ...brand, supportUrl: 'https://support.example/chat' },
    developmentPages: { demoUrl: '/demo', onSampleReset: async id => demo?.onSampleReset?.(id) },
    ...options,
  })
  demo = createDemo(running.latchkey)
  server.on(
    'request',
    nodeListener((request, env) => {
      const { pathname } = new URL(request.url)
      return host(pathname) ?? (pathname.startsWith('/demo') ? demo!.fetch(request) : running.latchkey.fetch(request, env))
    }),
  )
  const chromium = await launchBrowser()
  return {
    ...running,
    url,
    chromium,
    async end() {
      await chromium.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await running.close()
    },
  }
}

async function freePort(): Promise<{ server: Server; port: number }> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

export interface PersonOptions {
  /** The device's own authenticator; false for a browser without any. */
  authenticator?: VirtualAuthenticatorOptions | false
  javaScript?: boolean
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  /** Says that this computer can reach a phone: a machine without Bluetooth says that it cannot. */
  bluetooth?: boolean
  /** Where the browser is, an IANA name. */
  zone?: string
  /** Whether passkeys are offered in the field. A virtual authenticator answers that request at once, so it is off unless it is the subject. */
  autofill?: boolean
}

interface Asked {
  hints?: string[]
  authenticatorSelection?: AuthenticatorSelectionCriteria
}

/** Somebody at a browser. Counts what it costs: clicks, typed codes, prompts of the device. */
export class Person {
  readonly page: Page
  readonly context: BrowserContext
  authenticator: VirtualAuthenticator | null = null
  clicks = 0
  codes = 0
  prompts = 0
  /** Where the last prompt was told to look: hints, attachment, and the user verification that it asked for. */
  asked = ''
  readonly violations: string[] = []
  private readonly world: World

  private readonly scripts: boolean

  private constructor(world: World, context: BrowserContext, page: Page, scripts: boolean) {
    this.world = world
    this.scripts = scripts
    this.context = context
    this.page = page
  }

  static async arrive(world: World, options: PersonOptions = {}): Promise<Person> {
    const context = await world.chromium.newContext({
      baseURL: world.url,
      javaScriptEnabled: options.javaScript !== false,
      viewport: options.viewport ?? { width: 1280, height: 900 },
      colorScheme: options.colorScheme ?? 'light',
      locale: 'en-GB',
      timezoneId: options.zone ?? 'UTC',
    })
    const page = await context.newPage()
    const person = new Person(world, context, page, options.javaScript !== false)
    page.on('console', message => {
      if (/Content Security Policy|Trusted Type/i.test(message.text())) person.violations.push(message.text())
    })
    page.on('pageerror', error => person.violations.push(String(error)))
    if (options.javaScript !== false) await person.countPrompts(options.autofill === true)
    if (options.bluetooth) await context.addInitScript(sayBluetooth)
    if (options.authenticator !== false && options.javaScript !== false)
      person.authenticator = await person.plugIn(
        options.authenticator ?? { transport: 'internal', backupEligible: true, backupState: true },
      )
    return person
  }

  /** Another authenticator at this browser. */
  plugIn(options: VirtualAuthenticatorOptions): Promise<VirtualAuthenticator> {
    return addVirtualAuthenticator(this.page, options)
  }

  private async countPrompts(autofill: boolean): Promise<void> {
    await this.context.exposeBinding('lkPrompted', (_, where: string) => {
      this.prompts++
      this.asked = where
    })
    // a loader may wrap functions in a helper of its own that the page does not have
    await this.context.addInitScript('globalThis.__name ??= f => f')
    await this.context.addInitScript((autofillWanted: boolean) => {
      const counted =
        (real: (options?: object) => Promise<unknown>) => (options?: { mediation?: string; signal?: AbortSignal; publicKey?: object }) => {
          const inField = options?.mediation === 'conditional'
          if (inField && !autofillWanted)
            return new Promise((_, refuse) => options?.signal?.addEventListener('abort', () => refuse(options.signal?.reason)))
          const { hints, authenticatorSelection: selection } = (options?.publicKey ?? {}) as Asked
          const where = [...(hints ?? []), selection?.authenticatorAttachment, selection?.userVerification].filter(Boolean).join(' ')
          ;(window as unknown as { lkPrompted(where: string): void }).lkPrompted(where)
          return real(options)
        }
      const { credentials } = navigator
      if (!credentials) return
      credentials.get = counted(credentials.get.bind(credentials)) as typeof credentials.get
      credentials.create = counted(credentials.create.bind(credentials)) as typeof credentials.create
    }, autofill)
  }

  /** Starts counting anew. */
  reset(): void {
    this.clicks = this.codes = this.prompts = 0
  }

  cost(): { clicks: number; codes: number; prompts: number } {
    return { clicks: this.clicks, codes: this.codes, prompts: this.prompts }
  }

  async go(path: string): Promise<void> {
    await this.page.goto(path, { waitUntil: 'load' })
    await this.ready()
  }

  /** Waits until the script enhanced the page, where scripts run. */
  private async ready(): Promise<void> {
    if (!this.scripts) return
    await this.page
      .waitForFunction(
        () => document.documentElement.dataset.lkReady !== undefined || !document.querySelector('script[type=module]'),
        undefined,
        { timeout: 10_000 },
      )
      .catch(() => {})
  }

  async press(role: 'button' | 'link', name: string | RegExp): Promise<void> {
    this.clicks++
    // what lies below an open dialog cannot be reached
    await this.page
      .locator('dialog[open], body:not(:has(dialog[open]))')
      .getByRole(role, { name, exact: typeof name === 'string' })
      .locator('visible=true')
      .first()
      .click()
  }

  async type(label: string | RegExp, text: string): Promise<void> {
    await this.page.getByLabel(label).locator('visible=true').first().fill(text)
  }

  /** A six-digit code; it submits itself. */
  async typeCode(code: string): Promise<void> {
    this.codes++
    await this.#codeField().pressSequentially(code)
  }

  #codeField(): Locator {
    return this.page.getByLabel('6-digit code').locator('visible=true').first()
  }

  /** The code that was sent, as somebody may spell it. */
  async typeSentCode(address: string, spelled = (code: string): string => code): Promise<void> {
    // the code is sent before the field is shown; one that is read earlier may be the one before
    await this.#codeField().waitFor()
    await this.typeCode(spelled(await this.world.code(address)))
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).locator('visible=true').first().waitFor({ state: 'visible', timeout: 30_000 })
  }

  async at(path: string | RegExp): Promise<void> {
    await this.page.waitForURL(url => (typeof path === 'string' ? url.pathname === path : path.test(url.pathname + url.search)), {
      timeout: 30_000,
    })
  }

  /** Opens the profile menu and goes to the security page: two clicks. */
  async openSecurity(): Promise<void> {
    this.clicks++
    await this.page.locator('summary.lk-me').click()
    await this.press('link', 'Account security')
    await this.at('/account/security')
  }

  /** Passkey-first sign-up (J1). */
  async signUp(email: string): Promise<void> {
    await this.go('/sign-up')
    await this.type('Email or phone number', email)
    await this.press('button', 'Continue')
    await this.sees('Enter the code')
    await this.typeSentCode(email)
    await this.sees('Sign in faster and safer')
    await this.press('button', 'Create a passkey')
  }

  /** Takes over the cookies of a browser without a screen, which made the account faster. */
  async adopt(browser: TestBrowser): Promise<void> {
    await this.context.addCookies(
      [...browser.cookies].map(([name, value]) => ({ name, value: encodeURIComponent(value), url: this.world.url })),
    )
  }

  async signIn(): Promise<void> {
    await this.go('/sign-in')
    await this.press('button', 'Sign in with a passkey')
    await this.at('/account/security')
  }

  /** Forgets every cookie, as a new browser has none. */
  async forget(): Promise<void> {
    await this.context.clearCookies()
  }

  leave(): Promise<void> {
    return this.context.close()
  }
}

/** What the browser says of itself on a computer with Bluetooth. */
function sayBluetooth(): void {
  const real = PublicKeyCredential.getClientCapabilities.bind(PublicKeyCredential)
  PublicKeyCredential.getClientCapabilities = async () => ({ ...(await real()), hybridTransport: true })
}
