import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { internals } from '@latchkey/server/internals'
import { SoftwareAuthenticator, startPostgres, type TestPostgres, totp, totpFromUri } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowKeyOf, SEALED, type SealedTable } from '../packages/server/src/store/sealed.ts'
import { type Columns, readColumns, tells } from './fixtures/columns.ts'
import { loadPostgres, loadSqlite, readFixture } from './fixtures/databases/load.ts'
import { ACTIONS } from './fixtures/databases/people.ts'

const DAY = 86_400_000
let folder = ''
let postgres: TestPostgres
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-rest-'))
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** What people type, hosts send, and where requests come from; each can be told from everything else. */
const MARKS = {
  email: 'mrk-mail@example.com',
  newEmail: 'mrk-new@example.com',
  unknown: 'mrk-nobody@example.com',
  newcomer: 'mrk-newcomer@example.com',
  phone: '+34600918273',
  password: 'mrk seven quiet lanterns hum',
  wrong: 'mrk violet teapot marching home',
  label: 'mrk-laptop of Barcelona',
  agent: 'mrk-agent',
  ip: '203.0.113.177',
  ip6: '2001:db8:9a17:',
  returnTo: 'mrkreturn',
  amount: '0.918273',
  payee: 'bc1qmrkpayee7cyrfmck2ffu2ud3rn5l5a8yv6f0chkp0zpemf',
  note: 'mrk-note of the host',
  asset: 'MRKCOIN',
  network: 'mrk-network',
  memo: 'mrk-memo-301845',
  payeeLabel: 'mrk-cold storage',
  phrase: 'mrk-heron at noon',
} as const
const AGENT = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 ${MARKS.agent}`
const withdraw = {
  title: 'Approve withdrawal',
  amountField: 'amount',
  addressField: 'to',
  assetField: 'asset',
  labels: { amount: 'Amount', to: 'To', asset: 'Asset', note: 'Note' },
}

/** Columns that are empty in every row of today's: what stood there is sealed. */
const ONCE_CLEAR = [
  ...['session.ip', 'session.user_agent', 'credential.label', 'pre_session.return_to'],
  ...['event_detail.ip', 'event_detail.user_agent', 'event_detail.label', 'event_detail.salt'],
  ...['approval.details', 'approval.nonce', 'approval.requested_in', 'approval.return_to', 'approval.decided_in', 'approval.proof'],
  ...['payout_address.asset', 'payout_address.network', 'payout_address.address', 'payout_address.memo', 'payout_address.label'],
]

/** Columns that this life leaves empty, and why nothing of anybody's can stand in them. */
const EMPTY: Record<string, string> = {
  'account.lock_scope': 'one of our own words',
  'account.lock_via': 'one of our own words',
  'credential.flags': 'our own words',
  'outbox.last_error': 'name and number of an error, without the provider’s text (deliver/outbox.test.ts)',
}

describe.each(['sqlite', 'postgres'] as const)('H11 at rest on %s', engine => {
  it('an account’s whole life leaves nothing in the clear that was typed, sent by the host, or told by the browser', async () => {
    const database = engine === 'sqlite' ? join(folder, 'life.db') : await postgres.createDatabase('life')
    const server = await startLatchkey({ database, dataDir: folder, policy: { preset: 'exchange' }, actions: { withdraw } })
    const secrets = await live(server)
    const found = await readColumns(database)
    expect(clearIn(found, [...Object.values(MARKS), ...secrets])).toEqual([])
    const filled = new Set(found.values.map(value => value.column))
    const unfilled = found.columns.filter(column => !filled.has(column))
    expect(unfilled).toEqual(expect.arrayContaining(ONCE_CLEAR))
    // a column that nothing was written to was not looked at
    expect(unfilled.filter(column => !ONCE_CLEAR.includes(column) && EMPTY[column] === undefined)).toEqual([])
    await server.close()
    // the files of PostgreSQL hold the same values under its own names
    const inFiles = engine === 'sqlite' ? clearInFiles('life.db', [...Object.values(MARKS), ...secrets]) : []
    expect(inFiles).toEqual([])
  })

  it('every sealed column is in the one list, and the list names none that is not there', async () => {
    const database = engine === 'sqlite' ? join(folder, 'schema.db') : await postgres.createDatabase('schema')
    const server = await startLatchkey({ database, dataDir: folder })
    const { columns } = await readColumns(database)
    await server.close()
    const listed = (Object.keys(SEALED) as SealedTable[]).flatMap(table => SEALED[table].map(column => `${table}.sealed_${column}`))
    expect(columns.filter(column => column.includes('.sealed_')).toSorted()).toEqual(listed.toSorted())
    for (const table of Object.keys(SEALED) as SealedTable[]) expect(columns).toContain(`${table}.${rowKeyOf(table)}`)
  })

  it('what 0.1.0 wrote in the clear is sealed in the background, and says the same', async () => {
    const { at, masterKey, people } = readFixture('0.1.0', engine)
    const database = engine === 'sqlite' ? join(folder, 'old.db') : await postgres.createDatabase('old')
    await (engine === 'sqlite' ? loadSqlite('0.1.0', database) : loadPostgres('0.1.0', database))
    const marks = ['192.0.2.1', '203.0.113.9', '2001:db8::7', 'Mozilla/5.0', 'Host/1.0', 'Work laptop in the Barcelona office', '301845']
    const addresses = [
      'bc1qx9f277ke8r3l0w5ynv2aq4gd6mzths9p7cuek0jxw3',
      'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
      'Kraken',
      'Ledger vault',
    ]
    for (const mark of [...marks, ...addresses]) expect(clearIn(await readColumns(database), [mark]), mark).not.toEqual([])

    const server = await startLatchkey({ database, dataDir: folder, masterKey, at, policy: { preset: 'exchange' }, actions: ACTIONS })
    const { ctx, maintenance } = await internals.get(server.latchkey)!
    const before = await ctx.store.read.approvals.get(people.approvals[1] ?? '')
    expect((await maintenance.run()).sealed).toBeGreaterThan(30)
    expect(await maintenance.run()).toEqual({})
    expect(clearIn(await readColumns(database), [...marks, ...addresses])).toEqual([])
    expect(await ctx.store.read.approvals.get(people.approvals[1] ?? '')).toEqual(before)
    expect(await ctx.store.transaction(tx => tx.approvals.consume(before!.id, before!.accountId, before!.detailsHash, at))).toBe(true)
    const [vault] = await ctx.store.read.payoutAddresses.list(people.sample.accountId as never)
    const { accountId, asset, network, address, memo } = vault!
    expect(await ctx.store.read.payoutAddresses.find(accountId, asset, network, address, memo)).toEqual(vault)
    await server.close()
  })
})

const clearIn = ({ values }: Columns, texts: readonly string[]): string[] => [
  ...new Set(values.flatMap(({ column, text }) => texts.filter(one => tells(text, one)).map(one => `${column} tells ${one}`))),
]

/** What was deleted or overwritten is gone from the file's free space too. */
const clearInFiles = (name: string, texts: readonly string[]): string[] =>
  readdirSync(folder)
    .filter(file => file.startsWith(name))
    .flatMap(file => texts.filter(text => readFileSync(join(folder, file)).includes(text)).map(text => `${file} tells ${text}`))

/** One account from its sign-up to a recovery, with everything that it can have. @returns what else must not be readable */
async function live(server: RunningLatchkey): Promise<string[]> {
  const browser = server.browser({ ip: MARKS.ip, userAgent: AGENT })
  await browser.signUp(MARKS.email, `/account/security?${MARKS.returnTo}=1`)
  server.clock.advance(2 * DAY)
  browser.forget()
  await browser.signIn(`/account/passkeys?${MARKS.returnTo}=2`)
  await browser.open('/account/messages')
  await browser.submit('/account/messages/phrase', { phrase: MARKS.phrase })
  await secondPasskey(browser, server)
  const { secret, codes } = await factors(browser, server)
  await money(browser, server)
  await elsewhere(server, secret, codes[0] ?? '')
  await strangers(server)
  const links = (await server.messages()).flatMap(({ text }) => /\/f\/([\w-]{16})/.exec(text)?.[1] ?? [])
  expect(links.length).toBeGreaterThan(5)
  await again(browser, server)
  await browser.stepUp('passkey.suspend', browser.authenticator.credentials[0]!.id)
  const secrets = [...links, secret, ...codes, ...codes.map(code => code.replaceAll('-', '')), ...cookieSecrets(browser)]
  return secrets.filter(text => text.length > 8)
}

/** The half of each cookie that proves; the other half names the row. */
const cookieSecrets = (browser: TestBrowser): string[] => [...browser.cookies.values()].map(value => value.split('.').at(-1) ?? '')

async function secondPasskey(browser: TestBrowser, server: RunningLatchkey): Promise<void> {
  await browser.stepUp('passkey.add')
  const device = new SoftwareAuthenticator({ origin: server.origin })
  const page = await browser.open('/account/passkeys/new')
  await browser.submit('/account/passkeys', { response: JSON.stringify(await device.create(TestBrowser.options(page))) })
  const id = device.credentials[0]!.id
  expect((await browser.api(`/api/passkeys/${id}`, { label: MARKS.label }, 'PATCH')).status).toBe(200)
  await browser.stepUp('passkey.remove', id)
  expect((await browser.api(`/api/passkeys/${id}/remove`, {})).status).toBe(200)
}

async function factors(browser: TestBrowser, server: RunningLatchkey): Promise<{ secret: string; codes: string[] }> {
  await browser.stepUp('password.change')
  await browser.open('/account/password')
  await browser.submit('/account/password', { password: MARKS.password })
  await browser.stepUp('totp.add')
  await browser.open('/account/factors/totp')
  const page = await browser.submit('/account/factors/totp/begin')
  const uri = /href="(otpauth:[^"]+)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
  await browser.submit('/account/factors/totp', { code: await totpFromUri(uri, server.clock.now()) })
  await browser.stepUp('phone.add')
  await browser.open('/account/phone')
  await browser.submit('/account/phone', { address: MARKS.phone })
  await browser.submit('/account/phone/code', { secret: await server.code(MARKS.phone) })
  await browser.stepUp('recovery_codes.add')
  await browser.open('/account/recovery-codes/new')
  const sheet = await browser.submit('/account/recovery-codes/new')
  const codes = [...sheet.html.matchAll(/<li[^>]*>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})<\/li>/g)].map(match => match[1] ?? '')
  expect(codes).toHaveLength(10)
  await browser.stepUp('email.replace')
  await browser.open('/account/email')
  await browser.submit('/account/email', { address: MARKS.newEmail })
  return { secret: new URL(uri).searchParams.get('secret') ?? '', codes }
}

async function money(browser: TestBrowser, server: RunningLatchkey): Promise<void> {
  const { approvals, payoutAddresses } = server.latchkey.api
  const request = (): Request =>
    new Request(`${server.origin}/wallet`, {
      headers: { cookie: [...browser.cookies].map(pair => pair.join('=')).join('; '), 'user-agent': `${AGENT} host` },
    })
  const details = { amount: MARKS.amount, to: MARKS.payee, asset: MARKS.asset, note: MARKS.note }
  const { id } = await approvals.create(request(), { action: 'withdraw', details, returnTo: `/wallet?${MARKS.returnTo}=3` })
  const page = await browser.open(`/approve/${id}`)
  await browser.submit(`/approve/${id}/passkey`, { response: JSON.stringify(await browser.authenticator.get(TestBrowser.options(page))) })
  expect((await approvals.consume(request(), { id, details })).status).toBe('consumed')
  const { asset, network, payee: address, memo, payeeLabel: label } = MARKS
  const { url } = await payoutAddresses.add(request(), { asset, network, address, memo, label, returnTo: `/wallet?${MARKS.returnTo}=4` })
  const query = new URL(url).searchParams
  const verify = await browser.open(url.slice(server.origin.length))
  const response = JSON.stringify(await browser.authenticator.get(TestBrowser.options(verify)))
  await browser.submit('/account/verify/passkey', { operation: 'payout_address.add', target: query.get('target') ?? '', response })
  expect(await payoutAddresses.list(request())).toHaveLength(1)
}

/** Password and a second step on a browser of its own; one stays half-way, one asks for a change that waits. */
async function elsewhere(server: RunningLatchkey, secret: string, code: string): Promise<void> {
  const half = server.browser({ ip: MARKS.ip, userAgent: AGENT })
  await half.open(`/sign-in?return_to=${encodeURIComponent(`/account/security?${MARKS.returnTo}=5`)}`)
  await half.submit('/sign-in', { identifier: MARKS.email, return_to: `/account/security?${MARKS.returnTo}=5` })
  await half.submit('/sign-in/password', { password: MARKS.wrong })
  await half.submit('/sign-in/password', { password: MARKS.password })
  server.clock.advance(60_000)
  const other = server.browser({ ip: `${MARKS.ip6}:1`, userAgent: AGENT })
  expect((await other.signInWithPassword(MARKS.email, MARKS.password)).url).toMatch(/^\/sign-in\/second/)
  const signedIn = await other.submit('/sign-in/second', { method: 'totp', secret: await totp(secret, server.clock.now()) })
  expect(signedIn.url).toBe('/account/security')
  // a change of password without the passkey waits, and its payload with it
  server.clock.advance(60_000)
  const operation = 'password.change'
  await other.open(`/account/verify?operation=${operation}`)
  await other.submit('/account/verify/secret', { operation, method: 'totp', secret: await totp(secret, server.clock.now()) })
  await other.open('/account/password')
  await other.submit('/account/password', { password: `${MARKS.password} twice` })
  const third = server.browser({ ip: MARKS.ip, userAgent: AGENT })
  await third.signInWithPassword(MARKS.email, MARKS.password)
  expect((await third.submit('/sign-in/second', { method: 'recovery_code', secret: code })).url).toBe('/account/security')
}

/** Signs out and in on the same browser, asks for a code for one target, and leaves its message unsent. */
async function again(browser: TestBrowser, server: RunningLatchkey): Promise<void> {
  await browser.open('/account/security')
  await browser.submit('/sign-out')
  await browser.signIn()
  const [{ id = '' } = {}] = (await browser.api<{ items: { id: string }[] }>('/api/passkeys')).body.items
  const { outbox } = await internals.get(server.latchkey)!
  await outbox.stop()
  await browser.open(`/account/verify?operation=passkey.remove&target=${id}`)
  await browser.submit('/account/verify/send', { operation: 'passkey.remove', target: id, method: 'sms' })
}

async function strangers(server: RunningLatchkey): Promise<void> {
  const browser = server.browser({ ip: `${MARKS.ip6}:2`, userAgent: AGENT })
  await browser.signInWithPassword(MARKS.unknown, MARKS.wrong)
  const recovering = server.browser({ ip: MARKS.ip, userAgent: AGENT })
  await recovering.open('/recover/start')
  await recovering.submit('/recover/start', { identifier: MARKS.unknown })
  const newcomer = server.browser({ ip: MARKS.ip, userAgent: AGENT })
  await newcomer.open('/sign-up')
  await newcomer.submit('/sign-up', { identifier: MARKS.newcomer, return_to: `/account/security?${MARKS.returnTo}=6` })
  await newcomer.submit('/sign-up/code', { secret: await server.code(MARKS.newcomer) })
}
