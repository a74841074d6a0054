import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Browser, CDPSession, LaunchOptions, Page } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']

const usualPlaces: Partial<Record<NodeJS.Platform, (env: NodeJS.ProcessEnv) => string[]>> = {
  darwin: () => ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(name => `/Applications/${name}.app/Contents/MacOS/${name}`),
  win32: env =>
    [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap(root =>
      root ? ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'].map(place => join(root, place)) : [],
    ),
}

/**
 * Finds a Chromium-based browser that is installed: `LATCHKEY_BROWSER`, then the usual names on PATH, then the usual places of
 * macOS and Windows.
 *
 * @returns the path, or undefined when there is none.
 * @throws Error when `LATCHKEY_BROWSER` is set and cannot be run: a wish is not passed over.
 * @example const test = findBrowser() ? it : it.skip
 */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const wish = env.LATCHKEY_BROWSER
  if (wish) {
    if (!isExecutable(wish)) throw new Error(`LATCHKEY_BROWSER is ${wish}, which cannot be run`)
    return wish
  }
  const onPath = names.flatMap(name => (env.PATH ?? '').split(delimiter).map(folder => join(folder, name)))
  return [...onPath, ...(usualPlaces[process.platform]?.(env) ?? [])].find(isExecutable)
}

/**
 * Starts the browser that {@link findBrowser} found, headless, without its calls home.
 *
 * @param options of Playwright's `launch`; `args` are added to ours.
 * @throws Error when there is no browser, or `playwright-core` is not installed.
 * @example
 * const browser = await launchBrowser()
 * const page = await browser.newPage()
 */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = options.executablePath ?? findBrowser()
  if (!executablePath) throw new Error('no Chromium, Chrome or Edge found: install one, or set LATCHKEY_BROWSER to its path')
  const { chromium } = await import('playwright-core')
  const quiet = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map(thing => `--disable-${thing}`)
  return await chromium.launch({
    ...options,
    executablePath,
    // Chromium's sandbox cannot run as root; Playwright adds --no-sandbox exactly when this is false.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...quiet, '--no-first-run', ...(options.args ?? [])],
  })
}

/** What kind of authenticator the browser pretends to have. */
export interface VirtualAuthenticatorOptions {
  /** 'internal' unless told. Chromium allows one internal authenticator in a page. */
  transport?: 'internal' | 'usb' | 'nfc' | 'ble' | 'hybrid'
  /** Can it keep discoverable credentials? True unless told. */
  hasResidentKey?: boolean
  /** Can it verify the user? True unless told. */
  hasUserVerification?: boolean
  /** Does verifying the user succeed? True unless told. */
  isUserVerified?: boolean
  /** Does it touch itself? True unless told. When false, ceremonies wait for ever: race them with a timeout. */
  automaticPresenceSimulation?: boolean
  /** BE and BS of new credentials; false unless told. */
  backupEligible?: boolean
  backupState?: boolean
}

/** A credential inside a virtual authenticator, as the DevTools protocol gives it; binary members in plain base64. */
export interface VirtualCredential {
  credentialId: string
  isResidentCredential: boolean
  rpId?: string
  privateKey: string
  userHandle?: string
  signCount: number
  largeBlob?: string
  backupEligibility?: boolean
  backupState?: boolean
  userName?: string
  userDisplayName?: string
}

/** A virtual authenticator in a page. Made by {@link addVirtualAuthenticator}. */
export interface VirtualAuthenticator {
  id: string
  credentials: () => Promise<VirtualCredential[]>
  /** Puts a credential in, e.g. one of another authenticator: a synced passkey. */
  addCredential: (credential: VirtualCredential) => Promise<void>
  /** Deletes a credential; the id is base64, as in {@link VirtualCredential}. */
  removeCredential: (credentialId: string) => Promise<void>
  /** Lets the next user verification succeed or fail. */
  setUserVerified: (isUserVerified: boolean) => Promise<void>
  /** Lets it touch itself, or not. */
  setPresence: (enabled: boolean) => Promise<void>
  /** Takes the authenticator away, with its credentials. */
  remove: () => Promise<void>
}

// One DevTools session per page, so that several authenticators share one virtual environment.
const sessions = new WeakMap<Page, Promise<CDPSession>>()

async function addTo(session: CDPSession, { transport = 'internal', ...options }: VirtualAuthenticatorOptions): Promise<string> {
  const add = async (named: string): Promise<string> => {
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: named as 'internal',
        hasResidentKey: options.hasResidentKey ?? true,
        hasUserVerification: options.hasUserVerification ?? true,
        isUserVerified: options.isUserVerified ?? true,
        automaticPresenceSimulation: options.automaticPresenceSimulation ?? true,
        defaultBackupEligibility: options.backupEligible ?? false,
        defaultBackupState: options.backupState ?? false,
      },
    })
    return authenticatorId
  }
  // DevTools called a nearby device `cable` before it took the name of WebAuthn Level 3
  return transport === 'hybrid' ? add(transport).catch(() => add('cable')) : add(transport)
}

/**
 * Gives a page of Chromium a virtual authenticator (DevTools protocol, domain WebAuthn).
 *
 * @example
 * const phone = await addVirtualAuthenticator(page, { backupEligible: true, backupState: true })
 * await page.getByRole('button', { name: 'Create a passkey' }).click()
 * const [passkey] = await phone.credentials()
 */
export async function addVirtualAuthenticator(page: Page, options: VirtualAuthenticatorOptions = {}): Promise<VirtualAuthenticator> {
  const session = await sessionOf(page)
  const authenticatorId = await addTo(session, options)
  return {
    id: authenticatorId,
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    addCredential: async credential => {
      await session.send('WebAuthn.addCredential', { authenticatorId, credential })
    },
    removeCredential: async credentialId => {
      await session.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
    },
    setUserVerified: async isUserVerified => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    setPresence: async enabled => {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}

async function sessionOf(page: Page): Promise<CDPSession> {
  const open = async (): Promise<CDPSession> => {
    const session = await page.context().newCDPSession(page)
    await session.send('WebAuthn.enable', { enableUI: false })
    return session
  }
  const session = sessions.get(page) ?? open()
  sessions.set(page, session)
  return await session
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
