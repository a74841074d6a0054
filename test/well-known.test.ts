import { SoftwareAuthenticator } from '@latchkey/testing/authenticator'
import { type RunningLatchkey, startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkFiles } from '../packages/server/src/doctor/well-known.ts'

const FINGERPRINT = [...Array(32).keys()].map(n => n.toString(16).padStart(2, '0').toUpperCase()).join(':')
const APK = `android:apk-key-hash:${Buffer.from([...Array(32).keys()]).toString('base64url')}`
const APPS = { android: [{ package: 'com.example.app', fingerprints: [FINGERPRINT.toLowerCase()] }], apple: ['ABCDE12345.com.example.app'] }

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ basePath: '/auth', origins: ['http://localhost:4400', 'https://shop.example'], apps: APPS })
})
afterAll(() => server?.close())

const read = async (path: string): Promise<[number, string | null, unknown]> => {
  const answer = await server.latchkey.fetch(new Request(server.origin + path))
  const type = answer.headers.get('content-type')
  return [answer.status, type, type?.startsWith('application/json') ? await answer.json() : null]
}

describe('well-known files', () => {
  it('F13: the related origins are those that do not lie under the RP ID', async () => {
    expect(await read('/.well-known/webauthn')).toEqual([200, 'application/json', { origins: ['https://shop.example'] }])
  })

  it('F15: Android and Apple learn which apps share the passkeys', async () => {
    expect(await read('/.well-known/assetlinks.json')).toEqual([
      200,
      'application/json',
      [
        {
          relation: ['delegate_permission/common.handle_all_urls', 'delegate_permission/common.get_login_creds'],
          target: { namespace: 'android_app', package_name: 'com.example.app', sha256_cert_fingerprints: [FINGERPRINT] },
        },
      ],
    ])
    const apple = { webcredentials: { apps: ['ABCDE12345.com.example.app'] } }
    expect(await read('/.well-known/apple-app-site-association')).toEqual([200, 'application/json', apple])
  })

  it('F16: an app that is named makes and uses passkeys; any other is refused', async () => {
    const alone = await startLatchkey({ apps: APPS })
    const browser = alone.browser()
    browser.authenticator = new SoftwareAuthenticator({ origin: APK })
    expect((await browser.signUp('app@example.com')).status).toBe(200)
    await browser.api('/api/sign-out', {})
    expect((await browser.signIn()).url).toBe('/account/security')
    const stranger = alone.browser()
    stranger.authenticator = new SoftwareAuthenticator({ origin: `${APK.slice(0, -1)}g` })
    expect((await stranger.signUp('other@example.com')).status).toBe(400)
    await alone.close()
  })

  it('what a deployment has no use for is the host’s', async () => {
    const plain = await startLatchkey({ basePath: '/auth' })
    const ours = ['webauthn', 'assetlinks.json', 'apple-app-site-association', 'passkey-endpoints', 'change-password'].filter(name =>
      plain.latchkey.handles(new Request(`${plain.origin}/.well-known/${name}`)),
    )
    expect(ours).toEqual(['passkey-endpoints', 'change-password'])
    await plain.close()
  })
})

describe('F13, F14, F15: latchkey doctor', () => {
  const check = async (ask: (url: string) => Response | Promise<Response>) =>
    (await checkFiles(server.latchkey.config, async url => ask(url))).map(({ url, problem }) => [new URL(url).pathname.slice(13), problem])

  it('finds nothing wrong where all of them are answered', async () => {
    const found = await check(url => server.latchkey.fetch(new Request(url)))
    expect(found).toEqual([
      ['change-password', null],
      ['passkey-endpoints', null],
      ['webauthn', null],
      ['assetlinks.json', null],
      ['apple-app-site-association', null],
    ])
  })

  it('is content with what a host says beside', async () => {
    const more = { webcredentials: { apps: ['ABCDE12345.com.example.app', 'ABCDE12345.com.example.other'] }, applinks: {} }
    const found = await check(url => (url.endsWith('association') ? Response.json(more) : server.latchkey.fetch(new Request(url))))
    expect(found.at(-1)).toEqual(['apple-app-site-association', null])
  })

  it('reads 256 KiB, as long as any of them is, and no more', async () => {
    const filled = (length: number) => {
      const text = JSON.stringify({ webcredentials: { apps: ['ABCDE12345.com.example.app'] }, more: '' })
      return new Response(text.replace('""', `"${'x'.repeat(length - text.length)}"`), { headers: { 'content-type': 'application/json' } })
    }
    const problem = async (length: number) => (await check(() => filled(length))).at(-1)?.[1]
    expect([await problem(256 * 1024), await problem(256 * 1024 + 1)]).toEqual([null, 'it is no JSON'])
  })

  it.each<[string, () => Response, string]>([
    ['nothing there', () => new Response('', { status: 404 }), 'the answer is 404'],
    ['led elsewhere', () => new Response(null, { status: 301, headers: { location: '/elsewhere' } }), 'the answer is 301'],
    [
      'another type',
      () => new Response('{}', { headers: { 'content-type': 'text/plain' } }),
      'its Content-Type is text/plain, and has to be application/json',
    ],
    ['no JSON', () => new Response('<html>', { headers: { 'content-type': 'application/json' } }), 'it is no JSON'],
    ['another app', () => Response.json({ webcredentials: { apps: ['ABCDE12345.com.example.other'] } }), 'it says something else'],
    ['no member', () => Response.json({ applinks: {} }), 'it says something else'],
    ['null', () => Response.json(null), 'it says something else'],
  ])('says what is wrong: %s', async (_name, answer, problem) => {
    expect((await check(answer)).at(-1)).toEqual(['apple-app-site-association', problem])
  })

  it('says where the password page does not lead, and who does not answer', async () => {
    const [first] = await check(() => new Response(null, { status: 303, headers: { location: '/account/password' } }))
    expect(first).toEqual(['change-password', 'it leads to /account/password'])
    expect((await check(() => new Response('')))[0]).toEqual(['change-password', 'the answer is 200, and no redirect'])
    const refused = await check(() => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })))
    expect(refused.map(([, problem]) => problem)).toEqual(Array(5).fill('no answer: connect ECONNREFUSED'))
  })

  it('asks the host of the RP ID, where that is another one', async () => {
    const asked: string[] = []
    const { config } = server.latchkey
    const production = { ...config, development: false, origin: 'https://accounts.example.com', host: 'accounts.example.com' }
    await checkFiles({ ...production, rp: { ...config.rp, id: 'example.com' } }, async (url, { redirect }) => {
      // none of those who read these files goes on to somewhere else
      expect(redirect).toBe('manual')
      asked.push(new URL(url).origin)
      return new Response('')
    })
    expect(asked).toEqual([...Array(2).fill('https://accounts.example.com'), ...Array(3).fill('https://example.com')])
  })
})
