import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLatchkey, type LatchkeyOptions } from '@latchkey/server'
import { startPostgres, type TestPostgres } from '@latchkey/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from '../packages/server/src/config.ts'
import { readSettings } from '../packages/server/src/environment.ts'
import { readMasterKey } from '../packages/server/src/master-key.ts'
import { freePort } from '../packages/testing/src/free-port.ts'

const key = Buffer.alloc(32, 7)
const base64 = key.toString('base64')
const hex = key.toString('hex')
const right: LatchkeyOptions = {
  publicUrl: 'https://accounts.example.com',
  masterKey: base64,
  smtpUrl: 'smtp://user:pw@mail.example.com:587',
}
const sms = { url: 'https://sms.example', account: 'AC1', token: 't0ken', from: '+15550100', countries: ['+34'] }
const withdraw = { title: 'Approve', labels: { to: 'To', amount: 'Amount' } }

/** Source files below a folder. */
const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : sources(path)
    return /\.(?:ts|tsx|mjs)$/.test(entry.name) ? [path] : []
  })

/** Lines that refuse these options. */
function refusals(options: object): string[] {
  try {
    parseConfig(options as LatchkeyOptions)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

/** A wrong option, and how its line begins. */
const WRONG: [object, string][] = [
  [{ publicUrl: undefined }, 'publicUrl is missing'],
  [{ publicUrl: 'accounts.example.com' }, 'publicUrl must be'],
  [{ publicUrl: 'ftp://accounts.example.com' }, 'publicUrl must be'],
  [{ publicUrl: 'javascript:alert(1)' }, 'publicUrl must be'],
  [{ publicUrl: 'https:accounts.example.com' }, 'publicUrl must be'],
  [{ publicUrl: 'https://accounts.example.com/auth' }, 'publicUrl must be an origin'],
  [{ publicUrl: 'https://accounts.example.com?x' }, 'publicUrl must be an origin'],
  [{ publicUrl: 'https://user:pw@accounts.example.com' }, 'publicUrl must be an origin'],
  [{ publicUrl: 'https://*.example.com' }, 'publicUrl must be'],
  [{ publicUrl: 'https://accounts.example.com.' }, 'publicUrl must be'],
  [{ publicUrl: 'https://accounts.exam\nple.com' }, 'publicUrl must be'],
  [{ publicUrl: 'https://accounts\u00ad.example.com' }, 'publicUrl must be'],
  [{ publicUrl: 'http://accounts.example.com' }, 'publicUrl must be https'],
  [{ publicUrl: 'https://192.0.2.1' }, 'publicUrl must name a host'],
  [{ publicUrl: 'https://[2001:db8::1]' }, 'publicUrl must name a host'],
  [{ publicUrl: 4400 }, 'publicUrl must be'],
  [{ production: 'yes' }, 'production must be'],
  [{ basePath: '//' }, 'basePath must be'],
  [{ basePath: '/a//b' }, 'basePath must be'],
  [{ basePath: '/a?x' }, 'basePath must be'],
  [{ basePath: '/a#x' }, 'basePath must be'],
  [{ basePath: '/../a' }, 'basePath must be'],
  [{ basePath: '/a/%2e%2e' }, 'basePath must be'],
  [{ basePath: '/.well-known' }, 'basePath must be'],
  [{ basePath: '//evil.example' }, 'basePath must be'],
  [{ basePath: '/a b' }, 'basePath must be'],
  [{ basePath: '/:id' }, 'basePath must be'],
  [{ basePath: '/*' }, 'basePath must be'],
  [{ basePath: 'https://example.com/auth' }, 'basePath must be'],
  [{ database: 'mysql://localhost/x' }, 'database must be'],
  [{ database: 'sqlite:' }, 'database must be'],
  [{ database: 'postgres://user:pa#ss@[host/db' }, 'database must be'],
  [{ database: 'postgres://user:12#34@host/db' }, 'database must be'],
  [{ database: 'postgres://user:12/34@host/db' }, 'database must be'],
  [{ database: 'postgres://user:50%@host/db' }, 'database must be'],
  [{ database: 'sqlite:x\0.db' }, 'database must be'],
  [{ database: 'x.db\n' }, 'database must be'],
  [{ masterKey: 'secret' }, 'masterKey must be'],
  [{ masterKey: `${base64}A` }, 'masterKey must be'],
  [{ masterKey: base64.slice(0, -3) }, 'masterKey must be'],
  [{ masterKey: hex.slice(1) }, 'masterKey must be'],
  [{ masterKey: `${hex}00` }, 'masterKey must be'],
  [{ masterKey: undefined }, 'LATCHKEY_MASTER_KEY is missing'],
  [{ rpId: 'other.example' }, 'rpId must be the host'],
  [{ rpId: 'com' }, 'rpId must be a domain'],
  [{ rpId: 'https://accounts.example.com' }, 'rpId must be a domain'],
  [{ rpId: 'accounts.example.com:443' }, 'rpId must be a domain'],
  [{ origins: ['https://a.example/path'] }, 'origins[0] must be an origin'],
  [{ origins: ['https://a.example', 'a.example'] }, 'origins[1] must be an origin'],
  [{ origins: ['https://*.a.example'] }, 'origins[0] must be an origin'],
  [{ origins: ['http://a.example'] }, 'origins[0] must be an origin'],
  [{ origins: ['null'] }, 'origins[0] must be an origin'],
  [{ origins: ['https://a.example.'] }, 'origins[0] must be an origin'],
  [{ origins: ['https://a..example'] }, 'origins[0] must be an origin'],
  [{ origins: ['https://a.exa\tmple'] }, 'origins[0] must be an origin'],
  [{ origins: ['https://\u200ba.example'] }, 'origins[0] must be an origin'],
  [{ topOrigins: ['https://a.example\u202e'] }, 'topOrigins[0] must be an origin'],
  [{ origins: [] }, 'origins must not be an empty list'],
  [{ origins: 'https://a.example' }, 'origins must be a list'],
  [{ topOrigins: ['*'] }, 'topOrigins[0] must be an origin'],
  [{ policy: { preset: 'strictest' } }, 'policy.preset must be product, exchange, strict'],
  [{ policy: { emailstep: false } }, 'policy.emailstep is no option; did you mean policy.emailStep?'],
  [{ policy: { emailStep: 'false' } }, 'policy.emailStep must be'],
  [{ policy: { waitFactor: 0.1 } }, 'policy.waitFactor must be'],
  [{ policy: { emailSignIn: true } }, 'policy.emailSignIn must be false'],
  [{ policy: { trustHours: -1 } }, 'policy.trustHours must be'],
  [{ policy: { trustHours: Number.NaN } }, 'policy.trustHours must be'],
  [{ policy: { pauseOn: ['password'] } }, 'policy.pauseOn[0] must be'],
  [{ policy: { secondStep: 'always' } }, 'policy.secondStep must be'],
  [{ policy: { onAnomaly: 'tell' } }, 'policy.onAnomaly must be an object'],
  [{ policy: { onAnomaly: { backup_lost: 'ignore' } } }, 'policy.onAnomaly.backup_lost must be record, tell, one_step, suspend'],
  [
    { policy: { onAnomaly: { backupLost: 'tell' } } },
    'policy.onAnomaly.backupLost is no option; did you mean policy.onAnomaly.backup_lost?',
  ],
  [{ actions: { withdraw: { ...withdraw, title: undefined } } }, 'actions.withdraw.title is missing'],
  [{ actions: { withdraw: { ...withdraw, labels: {} } } }, 'actions.withdraw.labels must be'],
  [
    { actions: { withdraw: { ...withdraw, addresField: 'to' } } },
    'actions.withdraw.addresField is no option; did you mean actions.withdraw.addressField?',
  ],
  [{ actions: { withdraw: { ...withdraw, addressField: 'payee' } } }, 'actions.withdraw.addressField must be one of labels'],
  [
    { actions: { withdraw: { ...withdraw, withoutPasskey: { field: 'amount', limit: 500, unit: 'USD' } } } },
    'actions.withdraw.withoutPasskey.limit must be',
  ],
  [
    { actions: { withdraw: { ...withdraw, withoutPasskey: { field: 'usd', limit: '500', unit: 'USD' } } } },
    'actions.withdraw.withoutPasskey.field must be',
  ],
  [{ brand: { logoUrl: 'javascript:alert(1)' } }, 'brand.logoUrl must be'],
  [{ brand: { logoUrl: 'data:image/png;base64,AA' } }, 'brand.logoUrl must be'],
  [{ brand: { supportUrl: 'mailto:help@example.com' } }, 'brand.supportUrl must be'],
  [{ brand: { privacyUrl: '//evil.example' } }, 'brand.privacyUrl must be'],
  [{ brand: { logoUrl: '/a\u0001b' } }, 'brand.logoUrl must be'],
  [{ brand: { logoUrl: 'https://a.example/\u202ex' } }, 'brand.logoUrl must be'],
  [{ brand: { homeUrl: 'example.com' } }, 'brand.homeUrl must be'],
  [{ brand: { name: ' ' } }, 'brand.name must be'],
  [{ brand: { name: 'A\nB' } }, 'brand.name must be'],
  [{ brand: { color: {} } }, 'brand.color is no option; did you mean brand.colors?'],
  [{ brand: { colors: { accent: 'red;}' } } }, 'brand.colors.accent must be'],
  [{ smtpUrl: 'mail.example.com:587' }, 'smtpUrl must be'],
  [{ smtpUrl: 'https://mail.example.com' }, 'smtpUrl must be'],
  [{ smtpUrl: 'smtp://user:12#34@mail.example.com:587' }, 'smtpUrl must be'],
  [{ smtpUrl: 'smtp://user:12/34@mail.example.com:587' }, 'smtpUrl must be'],
  [{ smtpUrl: 'smtp://user:50%@mail.example.com' }, 'smtpUrl must be'],
  [{ smtpUrl: undefined }, 'LATCHKEY_SMTP_URL is missing'],
  [{ mailFrom: 'nobody' }, 'mailFrom must be'],
  [{ mailFrom: 'a@b.example\r\nBcc: x@y.example' }, 'mailFrom must be'],
  [{ mailFrom: 'A\u202eB <a@b.example>' }, 'mailFrom must be'],
  [{ mailFrom: 'a@\u200bb.example' }, 'mailFrom must be'],
  [{ sms: { ...sms, url: 'http://sms.example' } }, 'sms.url must be'],
  [{ sms: { ...sms, countries: ['Spain'] } }, 'sms.countries[0] must be'],
  [{ sms: { ...sms, countries: [] } }, 'sms.countries must not be'],
  [{ sms: { ...sms, token: '' } }, 'sms.token must be'],
  [{ sms: { ...sms, perDay: 1.5 } }, 'sms.perDay must be'],
  [{ sms: { url: sms.url } }, 'sms.account is missing'],
  [{ onFlood: true }, 'onFlood must be'],
  [{ trustProxy: ['loopback'] }, 'trustProxy[0] must be'],
  [{ trustProxy: ['10.0.0.0/33'] }, 'trustProxy[0] must be'],
  [{ trustProxy: ['10.0.0.0/-1'] }, 'trustProxy[0] must be'],
  [{ trustProxy: ['0.0.0.0/0'] }, 'trustProxy[0] must be'],
  [{ trustProxy: ['::ffff:0:0/96'] }, 'trustProxy[0] must be'],
  [{ trustProxy: ['0:0:0:0:0:ffff:0:0/96'] }, 'trustProxy[0] must be'],
  [{ trustProxy: ['0:0:0:0:0:FFFF:10.0.0.0/90'] }, 'trustProxy[0] must be'],
  [{ trustProxy: true }, 'trustProxy must be a list'],
  [{ forwardedHeader: 'x-real-ip' }, 'forwardedHeader must be x-forwarded-for, forwarded'],
  [{ clientIp: '192.0.2.1' }, 'clientIp must be'],
  [{ logLevel: 'verbose' }, 'logLevel must be'],
  [{ limitFactor: 0 }, 'limitFactor must be'],
  [{ limitFactor: Number.POSITIVE_INFINITY }, 'limitFactor must be'],
  [{ publicURL: 'https://a.example' }, 'publicURL is no option; did you mean publicUrl?'],
  [{ basepath: '/auth' }, 'basepath is no option; did you mean basePath?'],
  [{ trustProxies: [] }, 'trustProxies is no option; did you mean trustProxy?'],
  [{ developmentPages: { demo: '/demo' } }, 'developmentPages.demo is no option'],
]

describe('B17 every setting is judged at start', () => {
  it.each(WRONG)('CF-1, CF-4: %j is refused in a line of its own', (options, line) => {
    const lines = refusals({ ...right, ...options })
    expect(lines.filter(one => one.startsWith(line))).toHaveLength(1)
    for (const one of lines) expect(one).not.toMatch(/\n|secret|t0ken|:pw@/)
  })

  it('ML-1: a value that is too long for its line is cut between letters', () => {
    for (let before = 74; before < 81; before++) {
      const [line = ''] = refusals({ ...right, logLevel: `${'x'.repeat(before)}${'👩🏽‍🚀'.repeat(3)}` })
      expect(line).toMatch(/x(?:👩🏽‍🚀)*…$/u)
    }
  })

  it('says everything at once, a line each', () => {
    const lines = refusals({
      publicUrl: 'x',
      basePath: '//',
      origins: ['https://a.example/b'],
      brand: { logoUrl: 'ftp://x', colour: 1 },
      nothing: 1,
    })
    expect(lines).toHaveLength(6)
  })

  it.each<[object, object]>([
    [{ publicUrl: 'https://ACCOUNTS.example.com:443/' }, { origin: 'https://accounts.example.com', host: 'accounts.example.com' }],
    [{ publicUrl: ' https://accounts.example.com\n' }, { origin: 'https://accounts.example.com' }],
    [{ publicUrl: 'https://bücher.example' }, { origin: 'https://xn--bcher-kva.example' }],
    [{ publicUrl: 'http://localhost' }, { development: true, host: 'localhost' }],
    [{ publicUrl: 'http://app.localhost:4400' }, { development: true }],
    [{ basePath: '/' }, { basePath: '' }],
    [{ basePath: '' }, { basePath: '' }],
    [{ basePath: 'auth' }, { basePath: '/auth' }],
    [{ basePath: '/auth/' }, { basePath: '/auth' }],
    [{ basePath: '/a/b-c_d~e.f' }, { basePath: '/a/b-c_d~e.f' }],
    [{ database: 'my.db' }, { database: { engine: 'sqlite', file: 'my.db' } }],
    [{ database: 'sqlite:///var/lib/x.db' }, { database: { engine: 'sqlite', file: '/var/lib/x.db' } }],
    [{ database: 'C:\\data\\x.db' }, { database: { engine: 'sqlite', file: 'C:\\data\\x.db' } }],
    [{ database: 'postgresql://u:p%23w@db:5433/x?sslmode=require' }, { database: { engine: 'postgres' } }],
    [{ database: 'postgres://us%40er:p%2F%23w@db/x?sslmode=require&user=me@tenant' }, { database: { engine: 'postgres' } }],
    [{ smtpUrl: 'smtp://user%40example.com:p%23w@mail.example.com:587/?requireTLS=true' }, {}],
    [{ origins: ['https://A.example:443/', 'http://[::1]:3000'] }, { rp: { origins: ['https://a.example', 'http://[::1]:3000'] } }],
    [{ rpId: 'Example.com' }, { rp: { id: 'example.com' } }],
    [{ origins: ['https://A.example/', 'https://a.example:443'] }, { rp: { origins: ['https://a.example'] } }],
    [{ origins: ['https://accounts.example.com', `android:apk-key-hash:${'a'.repeat(43)}`] }, { rp: { id: 'accounts.example.com' } }],
    [{ smtpUrl: 'smtps://mail.example.com', mailFrom: 'Harbor <no-reply@example.com>' }, { mailFrom: 'Harbor <no-reply@example.com>' }],
    [{ brand: { name: 'Ünïcode & Söhne', supportUrl: '/help', privacyUrl: 'HTTPS://example.com/privacy' } }, {}],
    [{ trustProxy: ['10.0.0.0/8', '::1', '2001:db8::/32', '::ffff:10.0.0.1'] }, {}],
    [{ sms: { ...sms, countries: ['34', '+1212'], perDay: 0 } }, {}],
    [{ actions: { withdraw: { ...withdraw, addressField: 'to', withoutPasskey: { field: 'amount', limit: '0.5', unit: 'BTC' } } } }, {}],
    [{ policy: { preset: 'strict', pauseOn: ['two_steps', 'email.replace'], trustedDeviceDays: 0 } }, {}],
    [
      { policy: { onAnomaly: { backup_lost: 'suspend' } } },
      {
        policy: {
          onAnomaly: { backup_lost: 'suspend', counter_backwards: 'one_step', verification_gained: 'record', attachment_changed: 'tell' },
        },
      },
    ],
  ])('CF-1, CF-4: takes %j, which only looks odd', (options, config) => expect(parseConfig({ ...right, ...options })).toMatchObject(config))

  it.each([
    [base64, true],
    [`  ${base64}\n`, true],
    [`${hex}\n`, true],
    [hex.toUpperCase(), true],
    [base64.slice(0, -1), true],
    [Buffer.alloc(32, 255).toString('base64url'), true],
    [`${base64.slice(0, 20)}x${base64.slice(20)}`, false],
    [`${base64.slice(0, 20)} ${base64.slice(20)}`, false],
    [`"${base64}"`, false],
    [`${base64}=`, false],
    [`${base64.slice(0, -2)}9=`, false],
    [hex.replace('0', 'g'), false],
    ['', false],
  ])('ST-1: master key %j: %s', (text, good) => {
    expect(readMasterKey(text) !== null).toBe(good)
    const parsed = good ? parseConfig({ ...right, masterKey: text }).masterKey : null
    expect(parsed).toBe(good ? text.trim() : null)
  })

  it('ST-1: a development key that is none is refused with the name of its file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-settings-'))
    writeFileSync(join(folder, 'development.key'), `${base64}x\n`)
    const start = async () =>
      createLatchkey({ publicUrl: 'http://localhost:4400', database: join(folder, 'x.db'), logLevel: 'silent' }).ready
    await expect(start()).rejects.toThrow(`${join(folder, 'development.key')} must be 32 bytes, in base64 or hex`)
    rmSync(folder, { recursive: true })
  })

  it('a mounted Latchkey stands under /auth, and takes no more of .well-known than it answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-settings-'))
    const latchkey = createLatchkey({ publicUrl: 'http://localhost:4400', database: join(folder, 'x.db'), logLevel: 'silent' })
    await latchkey.ready
    const handles = (path: string) => latchkey.handles(new Request(`http://localhost:4400${path}`))
    const answer = (path: string) => latchkey.fetch(new Request(`http://localhost:4400${path}`, { headers: { accept: 'text/html' } }))
    expect(['/auth/sign-in', '/auth/api/session', '/.well-known/change-password', '/.well-known/passkey-endpoints'].map(handles)).toEqual(
      Array(4).fill(true),
    )
    expect(
      ['/sign-in', '/', '/api/session', '/authority', '/.well-known/webauthn', '/.well-known/openid-configuration'].map(handles),
    ).toEqual(Array(6).fill(false))
    expect((await answer('/auth/sign-in')).status).toBe(200)
    expect((await answer('/sign-in')).status).toBe(404)
    expect((await answer('/.well-known/change-password')).headers.get('location')).toBe('/auth/account/password')
    expect(await (await answer('/.well-known/passkey-endpoints')).json()).toEqual({
      enroll: 'http://localhost:4400/auth/account/passkeys/new',
      manage: 'http://localhost:4400/auth/account/passkeys',
    })
    expect((await answer('/auth/sign-in/')).headers.get('location')).toBe('/auth/sign-in')
    await latchkey.close()
    rmSync(folder, { recursive: true, force: true })
  })
})

describe('B17 the environment', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-settings-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const production = { LATCHKEY_PUBLIC_URL: right.publicUrl, LATCHKEY_MASTER_KEY: base64, LATCHKEY_SMTP_URL: right.smtpUrl! }
  const lines = (env: Record<string, string>, flags: object = {}): string[] => {
    try {
      readSettings(flags, env)
      return []
    } catch (error) {
      return (error as ConfigError).problems
    }
  }

  it.each<[Record<string, string>, string]>([
    [{ LATCHKEY_MASTERKEY: 'x' }, 'LATCHKEY_MASTERKEY is no setting; did you mean LATCHKEY_MASTER_KEY?'],
    [{ LATCHKEY_TRUSTED_PROXY: '::1' }, 'LATCHKEY_TRUSTED_PROXY is no setting; did you mean LATCHKEY_TRUST_PROXY?'],
    [{ LATCHKEY_MASTERKEY_FILE: '/x' }, 'LATCHKEY_MASTERKEY_FILE is no setting; did you mean LATCHKEY_MASTER_KEY_FILE?'],
    [{ LATCHKEY_PORT: '4401' }, 'LATCHKEY_PORT is no setting'],
    [{ latchkey_brand: 'x' }, 'latchkey_brand is no setting; did you mean LATCHKEY_BRAND?'],
    [{ LATCHKEY_PRESET: 'strictest' }, 'LATCHKEY_PRESET must be product, exchange, strict: strictest'],
    [{ LATCHKEY_SMS_PER_DAY: '1e3' }, 'LATCHKEY_SMS_PER_DAY must be a whole number'],
    [{ LATCHKEY_SMS_TOKEN: 'x' }, 'LATCHKEY_SMS_URL is missing'],
    [{ LATCHKEY_TRUST_PROXY: '10.0.0.1, all' }, 'LATCHKEY_TRUST_PROXY[1] must be'],
    [{ LATCHKEY_FORWARDED_HEADER: 'X-Real-IP' }, 'LATCHKEY_FORWARDED_HEADER must be'],
    [{ LATCHKEY_LOG_LEVEL: 'loud' }, 'LATCHKEY_LOG_LEVEL must be'],
    [{ LATCHKEY_PUBLIC_URL: 'accounts.example.com' }, 'LATCHKEY_PUBLIC_URL must be'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must be'],
    [{ PORT: '0' }, 'PORT must be a number from 1 to 65535: 0'],
    [{ PORT: '44.5' }, 'PORT must be'],
    [{ PORT: '0x10' }, 'PORT must be'],
    [{ LATCHKEY_BASE_PATH: '/a//b' }, 'LATCHKEY_BASE_PATH must be'],
    [{ LATCHKEY_POSTGRES_PREPARE: 'no' }, 'LATCHKEY_POSTGRES_PREPARE must be true or false'],
    [{ LATCHKEY_POSTGRES_POOL_SIZE: '0' }, 'LATCHKEY_POSTGRES_POOL_SIZE must be a whole number'],
    [{ LATCHKEY_SMTP_URL_FILE: '/nowhere/at/all' }, 'LATCHKEY_SMTP_URL_FILE must name a file that can be read: /nowhere/at/all (ENOENT)'],
    [
      { LATCHKEY_MASTER_KEY: base64, LATCHKEY_MASTER_KEY_FILE: '/dev/null' },
      'LATCHKEY_MASTER_KEY and LATCHKEY_MASTER_KEY_FILE are both set',
    ],
  ])('%j is refused', (env, line) => expect(lines(env).filter(one => one.startsWith(line))).toHaveLength(1))

  it('says all of it at once, under the names by which it was set', () => {
    expect(lines({ ...production, LATCHKEY_RPID: 'x', LATCHKEY_SUPPORT_URL: 'tel:1' }, { port: 'many', publicUrl: 'x' })).toEqual([
      '--port must be a number from 1 to 65535: many',
      expect.stringMatching(/^LATCHKEY_RPID is no setting; did you mean LATCHKEY_RP_ID\?$/),
      expect.stringMatching(/^--public-url must be .*: x$/),
      expect.stringMatching(/^LATCHKEY_SUPPORT_URL must be .*: tel:1$/),
    ])
  })

  it('reads secrets from files, and what Kubernetes says of a service by our name is nobody’s mistake', () => {
    for (const name of ['key', 'smtp', 'database']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'key/v'), `${hex}\n`)
    writeFileSync(join(folder, 'smtp/v'), `${right.smtpUrl}\r\n`)
    writeFileSync(join(folder, 'database/v'), 'postgres://u:p@db/x\n')
    const { options } = readSettings(
      {},
      {
        LATCHKEY_PUBLIC_URL: right.publicUrl,
        LATCHKEY_MASTER_KEY_FILE: join(folder, 'key/v'),
        LATCHKEY_SMTP_URL_FILE: join(folder, 'smtp/v'),
        DATABASE_URL_FILE: join(folder, 'database/v'),
        LATCHKEY_SERVICE_HOST: '10.0.0.1',
        LATCHKEY_PORT: 'tcp://10.0.0.1:4400',
        LATCHKEY_PORT_4400_TCP_ADDR: '10.0.0.1',
        LATCHKEY_BRAND: '',
        LATCHKEY_BASE_PATH: '/accounts/',
        LATCHKEY_POSTGRES_PREPARE: 'true',
      },
    )
    expect(options).toMatchObject({
      masterKey: hex,
      smtpUrl: right.smtpUrl,
      database: 'postgres://u:p@db/x',
      basePath: '/accounts/',
      postgres: { prepare: true },
    })
  })

  it('knows the names that the project’s own scripts and tests use, so that they hinder no start', () => {
    const root = fileURLToPath(new URL('..', import.meta.url))
    const files = ['scripts', 'test', 'e2e', 'bench', 'packages', 'examples'].flatMap(folder => sources(join(root, folder)))
    const names = files.flatMap(file => [...readFileSync(file, 'utf8').matchAll(/process\.env\.(LATCHKEY_\w+)/g)].map(match => match[1]!))
    expect(names.length).toBeGreaterThan(5)
    expect([...new Set(names)].flatMap(name => lines({ [name]: '1' }).filter(line => line.includes('is no setting')))).toEqual([])
  })

  it('.env.example names every setting, and is right once its key is filled in', () => {
    const text = readFileSync(fileURLToPath(new URL('../.env.example', import.meta.url)), 'utf8')
    const env = Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(match => [match[1]!, match[2]!]))
    expect(lines({ ...env, LATCHKEY_MASTER_KEY: base64 })).toEqual([])
    const source = readFileSync(fileURLToPath(new URL('../packages/server/src/environment.ts', import.meta.url)), 'utf8')
    const names = [...source.matchAll(/^ {2}([A-Z_]+): \[/gm)].map(match => match[1]!)
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter(name => !(name in env))).toEqual([])
  })
})

describe('B17 a database that can’t be used', () => {
  let folder = ''
  let postgres: TestPostgres
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-settings-'))
    postgres = await startPostgres()
  })
  afterAll(async () => {
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The built command with such a database. */
  async function started(database: string): Promise<{ code: number | null; seconds: number; text: string }> {
    const began = performance.now()
    const args = ['packages/server/dist/cli.js', 'start', '--port', String(await freePort()), '--database', database]
    const child = spawn(process.execPath, args, { cwd: fileURLToPath(new URL('..', import.meta.url)) })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', part => (text += String(part)))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, seconds: (performance.now() - began) / 1000, text }
  }

  it('ST-2, ST-3: is named with the cause, in the end', async () => {
    const file = join(folder, 'letter.txt')
    writeFileSync(file, 'Dear reader, this is no database at all.\n'.repeat(200))
    writeFileSync(join(folder, 'half.db'), Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4000, 1)]))
    const url = new URL(postgres.url)
    const changed = (change: (url: URL) => void): string => {
      const copy = new URL(url)
      change(copy)
      return copy.href
    }
    const cases: [string, RegExp][] = [
      [`sqlite:${file}`, /letter\.txt can't be used: file is not a database/],
      [`sqlite:${join(folder, 'half.db')}`, /half\.db can't be used: /],
      [`sqlite:${folder}`, /can't be used: EISDIR/],
      [`sqlite:${join(file, 'x.db')}`, /letter\.txt.*(ENOTDIR|EEXIST)/],
      [changed(one => (one.hostname = 'nowhere.invalid')), /nowhere\.invalid:\d+.* can't be used: .*(ENOTFOUND|EAI_AGAIN|timeout)/],
      [changed(one => (one.port = '1')), /127\.0\.0\.1:1\/.* can't be used: .*ECONNREFUSED/],
      [changed(one => (one.password = 'wr0ng')), /can't be used: password authentication failed/],
      [changed(one => (one.pathname = '/none')), /\/none .*can't be used: database "none" does not exist/],
    ]
    const all = await Promise.all(cases.map(([database]) => started(database)))
    for (const [i, { code, text }] of all.entries()) {
      const last = text.trim().split('\n').at(-1)
      expect([code, last]).toEqual([1, expect.stringMatching(cases[i]![1])])
      expect(text).not.toMatch(/wr0ng|:latchkey@|\n\s+at /)
    }
  })
})

describe('development', () => {
  it('has policy hours of five seconds, so that 24 of them take two minutes', () =>
    expect([parseConfig({ publicUrl: 'http://localhost:4400' }).policy.hourMs, parseConfig(right).policy.hourMs]).toEqual([
      5_000, 3_600_000,
    ]))
})
