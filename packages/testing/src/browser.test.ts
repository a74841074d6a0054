import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CreationOptionsJSON, type RequestOptionsJSON, SoftwareAuthenticator, toBase64url, utf8 } from './authenticator.ts'
import { addVirtualAuthenticator, findBrowser, launchBrowser } from './browser.ts'
import { pretendDeviceKey } from './pretend-device.ts'

test('a browser that is wished for and missing is an error, none at all is undefined', () => {
  expect(() => findBrowser({ LATCHKEY_BROWSER: '/nowhere/browser' })).toThrow('/nowhere/browser')
  expect(findBrowser({ LATCHKEY_BROWSER: process.execPath })).toBe(process.execPath)
})

// elsewhere a browser is found by where it is installed
test.runIf(process.platform === 'linux')('a PATH without one is none', () => {
  expect(findBrowser({ PATH: '/nowhere' })).toBeUndefined()
})

const origin = 'https://login.example.org'
const creation: CreationOptionsJSON = {
  rp: { id: 'example.org', name: 'Example' },
  user: { id: toBase64url(utf8('account-1')), name: 'ada@example.org', displayName: 'Ada' },
  challenge: toBase64url(utf8('a challenge')),
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  extensions: { credProps: true },
}
const request: RequestOptionsJSON = { rpId: 'example.org', challenge: toBase64url(utf8('another challenge')) }

// Strings, because they run in the page: each starts a ceremony with buffers and reports how it ended.
const ended = `.then(c => window.made = c).then(c => window.ended = { json: c.toJSON(), kind: [c instanceof PublicKeyCredential, c.rawId instanceof ArrayBuffer,
  c.response.clientDataJSON instanceof ArrayBuffer] }, e => window.ended = { error: e.name })`
const createScript = `window.ended = undefined; navigator.credentials.create({
  publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(creation)}) })${ended}; undefined`
const getScript = (more = '', options: Partial<RequestOptionsJSON> = {}): string => `window.ended = undefined; navigator.credentials.get({
  publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify({ ...request, ...options })}), ${more} })${ended}; undefined`

interface Ended {
  error?: string
  kind?: boolean[]
  json?: { id: string; type: string; response: Record<string, string>; clientExtensionResults: object }
}

describe.skipIf(!findBrowser())('in a real browser', { timeout: 120_000 }, () => {
  let browser: Browser
  let script: string
  beforeAll(async () => {
    const built = await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        lib: { entry: new URL('./pretend-device.ts', import.meta.url).pathname, formats: ['iife'], name: 'pretendDevice' },
      },
    })
    script = (Array.isArray(built) ? built : []).flatMap(bundle => bundle.output).find(part => part.type === 'chunk')?.code ?? ''
    browser = await launchBrowser()
  })
  afterAll(async () => await browser?.close())

  async function open(state?: object): Promise<Page> {
    const page = await browser.newPage()
    await page.route(`${origin}/**`, async route =>
      route.request().url().endsWith('/pretend.js')
        ? await route.fulfill({ contentType: 'text/javascript', body: script })
        : await route.fulfill({
            contentType: 'text/html',
            headers: { 'content-security-policy': "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'" },
            body: '<!doctype html><html lang="en"><title>Test</title><body><script src="/pretend.js"></script></body></html>',
          }),
    )
    if (state) {
      await page.addInitScript(
        ([key, value]) => localStorage.getItem(key!) ?? localStorage.setItem(key!, value!),
        [pretendDeviceKey, JSON.stringify(state)],
      )
    }
    await page.goto(`${origin}/`)
    return page
  }
  // a function, since a text is evaluated anew at each look, which the page's policy refuses from the second on
  const endOf = async (page: Page): Promise<Ended> =>
    (await (await page.waitForFunction(() => Reflect.get(window, 'ended'))).jsonValue()) as Ended
  const press = async (page: Page, name: string): Promise<void> => await page.getByRole('dialog').getByRole('button', { name }).click()

  test('a virtual authenticator registers, signs in, and can fail to verify the user', async () => {
    const page = await open()
    const phone = await addVirtualAuthenticator(page, { backupEligible: true, backupState: true })
    const key = await addVirtualAuthenticator(page, { transport: 'usb', automaticPresenceSimulation: false })
    await page.evaluate(createScript)
    expect(await endOf(page)).toMatchObject({ kind: [true, true, true] })
    expect(await phone.credentials()).toMatchObject([{ rpId: 'example.org', backupEligibility: true, backupState: true }])
    expect(await key.credentials()).toEqual([])
    await phone.setUserVerified(false)
    await page.evaluate(getScript('', { userVerification: 'required' }))
    expect(await endOf(page)).toEqual({ error: 'NotAllowedError' })
    await phone.setUserVerified(true)
    await page.evaluate(getScript('', { userVerification: 'required' }))
    expect(await endOf(page)).toMatchObject({ json: { response: { userHandle: creation.user.id } } })
    const [credential] = await phone.credentials()
    await phone.removeCredential(credential!.credentialId)
    expect(await phone.credentials()).toEqual([])
    await phone.remove()
    await key.remove()
    await page.close()
  })

  test('the pretend device stays away unless it is on', async () => {
    const page = await open({ on: false, keys: [] })
    expect(await page.evaluate(`document.documentElement.dataset.lkPretendDevice`)).toBeUndefined()
    expect(await page.evaluate(`navigator.credentials.get.toString()`)).toContain('native code')
    await page.close()
  })

  test('the pretend device registers and signs in, and keeps its keys', async () => {
    const page = await open({ on: true, keys: [], options: { counter: 'growing' } })
    await page.evaluate(createScript)
    await press(page, 'Unlock')
    const made = await endOf(page)
    expect(made).toMatchObject({
      kind: [true, true, true],
      json: { type: 'public-key', clientExtensionResults: { credProps: { rk: true } } },
    })
    expect(await page.evaluate(`window.made.response.getTransports()`)).toEqual(['hybrid', 'internal'])

    await page.reload()
    await page.evaluate(getScript())
    await press(page, 'Unlock')
    expect((await endOf(page)).json).toMatchObject({ id: made.json?.id, response: { userHandle: creation.user.id } })
    const kept = JSON.parse((await page.evaluate(`localStorage.getItem('${pretendDeviceKey}')`)) as string)
    expect(kept).toMatchObject({ on: true, keys: [{ id: made.json?.id, signCount: 2 }], options: { counter: 'growing' } })
    expect(await page.getByRole('dialog').count()).toBe(0)

    await page.evaluate(`PublicKeyCredential.signalUnknownCredential({ rpId: 'example.org', credentialId: '${made.json?.id}' })`)
    await page.evaluate(getScript())
    await press(page, 'Unlock')
    expect(await endOf(page)).toEqual({ error: 'NotAllowedError' })
    await page.close()
  })

  test('Cancel, Escape and an abort end in the errors that browsers give', async () => {
    const page = await open({ on: true, keys: [] })
    await page.evaluate(`window.heard = []; document.addEventListener('latchkey:pretend-device', e => window.heard.push(e.detail.step))`)
    await page.evaluate(createScript)
    await press(page, 'Cancel')
    expect(await endOf(page)).toEqual({ error: 'NotAllowedError' })
    await page.evaluate(createScript)
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    expect(await endOf(page)).toEqual({ error: 'NotAllowedError' })
    for (const mediation of ['conditional', 'optional']) {
      await page.evaluate(
        `window.control = new AbortController(); ${getScript(`mediation: '${mediation}', signal: window.control.signal`)}`,
      )
      expect(await page.evaluate('window.ended')).toBeUndefined()
      await page.evaluate('window.control.abort()')
      expect(await endOf(page)).toEqual({ error: 'AbortError' })
    }
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await page.evaluate('window.heard')).toEqual(Array(4).fill(['asked', 'refused']).flat())
    await page.close()
  })

  test('several passkeys are offered by name', async () => {
    const device = new SoftwareAuthenticator({ origin })
    const ada = await device.create(creation)
    await device.create({ ...creation, user: { id: 'Qm9i', name: 'bob@example.org', displayName: 'Bob' } })
    const page = await open({ on: true, keys: await device.export() })
    await page.evaluate(getScript())
    await press(page, 'Ada (ada@example.org)')
    expect((await endOf(page)).json?.id).toBe(ada.id)
    expect(await page.evaluate(`PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()`)).toBe(true)
    await page.close()
  })
})
