import { SoftwareAuthenticator } from '@latchkey/testing'
import { type RunningLatchkey, startLatchkey, TestBrowser } from '@latchkey/testing/latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionOptions } from '../../config.ts'
import type { AccountId, CredentialId } from '../../domain/types.ts'
import { Problem } from '../../index.ts'
import { internals } from '../../internals.ts'

const HOUR = 3_600_000
const PASSWORD = 'correct horse battery staple 9'
const withdraw: ActionOptions = {
  title: 'Approve withdrawal',
  amountField: 'amount',
  labels: { amount: 'Amount', amount_usd: 'Worth', asset: 'Asset', network: 'Network', to: 'To' },
  withoutPasskey: { field: 'amount_usd', limit: '500', unit: 'USD' },
}
const { withoutPasskey: _, ...passkeyOnly } = withdraw
const toBook: ActionOptions = { ...withdraw, assetField: 'asset', networkField: 'network', addressField: 'to', addressBook: true }

let server: RunningLatchkey
beforeAll(async () => {
  server = await startLatchkey({ actions: { withdraw, passkey_only: passkeyOnly, to_book: toBook }, brand: { product: 'Harbor Exchange' } })
})
afterAll(() => server.close())

interface Owner {
  browser: TestBrowser
  email: string
  accountId: AccountId
}
let people = 0

/** The person's own request, as the host hands it on. */
const requestOf = ({ browser }: { browser: TestBrowser }): Request =>
  new Request(server.origin, { headers: { cookie: [...browser.cookies].map(pair => pair.join('=')).join('; ') } })

/** Password and e-mail code, past the founding day. */
async function owner(): Promise<Owner> {
  const [browser, email] = [server.browser(), `held${++people}@example.com`]
  await browser.signUpWithPassword(email, PASSWORD)
  server.clock.advance(25 * HOUR)
  const session = await server.latchkey.api.session(requestOf({ browser }))
  return { browser, email, accountId: session?.accountId as AccountId }
}

async function ask(who: Owner, worth: string, action = 'withdraw'): Promise<{ id: string; details: Record<string, string> }> {
  const details = { amount: '0.5', amount_usd: worth }
  const { id } = await server.latchkey.api.approvals.create(requestOf(who), { action, details, returnTo: '/wallet' })
  return { id, details }
}

/** A passkey that two steps added: young for a policy day. */
async function addYoung({ browser, email }: Owner): Promise<string> {
  await browser.open('/account/verify?operation=passkey.add&method=email')
  await browser.submit('/account/verify/send?operation=passkey.add', { method: 'email' })
  await browser.submit('/account/verify/secret', { operation: 'passkey.add', method: 'email', secret: await server.code(email) })
  const response = await browser.authenticator.create(TestBrowser.options(await browser.open('/account/passkeys/new')))
  const done = await browser.submit('/account/passkeys', { response: JSON.stringify(response) })
  expect(done.html).toContain('Passkey created')
  return response.id
}

const write = async (what: Parameters<(typeof running)['ctx']['store']['transaction']>[0]): Promise<void> => {
  const { ctx } = await internals.get(server.latchkey)!
  await ctx.store.transaction(what as never)
}
declare const running: Awaited<ReturnType<typeof internals.get>> & object

interface Shown {
  /** What stands in the way, in words. */
  held: string
  primary: string[]
  controls: string[]
  foot: string
}

const textOf = (html: string): string =>
  html
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()

async function pageOf({ browser }: Owner, id: string): Promise<Shown> {
  const { html } = await browser.open(`/approve/${id}`)
  const main = (/<main.*<\/main>/s.exec(html)?.[0] ?? '').replace(/<noscript>.*?<\/noscript>|<div[^>]*data-lk-unsupported.*?<\/div>/gs, '')
  const controls = [...main.matchAll(/<(a|button)\b([^>]*)>(.*?)<\/\1>/gs)]
  return {
    held: textOf(/<section class="lk-held.*?<\/section>/s.exec(main)?.[0] ?? ''),
    primary: controls.filter(([, , attributes]) => attributes?.includes('lk-btn--primary')).map(([, , , words]) => textOf(words ?? '')),
    controls: controls.map(([, , , words]) => textOf(words ?? '')),
    foot: textOf(/<p class="lk-fine lk-muted">.*?<\/p>/s.exec(main)?.[0] ?? ''),
  }
}

/** What the host is told for the same: the page and the API answer from one function. */
async function refusal(call: Promise<unknown>): Promise<object> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Problem)) throw error ?? new Error('not refused')
  return { code: error.code, ...error.extras }
}

describe('why money cannot move, until when, and what does it', () => {
  it('U2: above the limit without a passkey: the limit as a number, what would do it, "no", the way back; nothing is signed', async () => {
    const who = await owner()
    const page = await pageOf(who, (await ask(who, '31204.10')).id)
    expect(page.held).toContain('With two steps: up to 500 USD at a time. This is 31,204.10 USD.')
    expect(page.primary).toEqual(['Create a passkey'])
    expect(page.controls).toEqual(['Create a passkey', 'Change the amount', 'Reject', 'Back to Harbor Exchange'])
    expect(page.foot).toMatch(/^Nothing was approved. Reference WD-\S+ · LK505$/)
  })

  it('U2: where two steps do not do, a passkey is what is offered; below the limit the code is what confirms', async () => {
    const who = await owner()
    const none = await pageOf(who, (await ask(who, '1', 'passkey_only')).id)
    expect(none.held).toContain('Only a passkey can approve this')
    expect(none.controls).toEqual(['Create a passkey', 'Reject', 'Back to Harbor Exchange'])
    const small = await pageOf(who, (await ask(who, '500')).id)
    expect(small).toMatchObject({ held: '', primary: ['Continue with email code'], controls: ['Continue with email code', 'Reject'] })
    expect(small.foot).toContain('Your code confirms exactly these.')
  })

  it('U3, INV-11: a young passkey: from when it moves money, and two steps are the primary control; the passkey is not offered', async () => {
    const who = await owner()
    await addYoung(who)
    const { id } = await ask(who, '500')
    const page = await pageOf(who, id)
    expect(page.held).toMatch(/^Your new passkey moves money from .*It signs you in already\.$/)
    expect(page.primary).toEqual(['Continue with email code'])
    const verify = await who.browser.open(`/account/verify?operation=approval.approve&target=${id}&choose=1`)
    expect(verify.html).not.toContain('data-lk-needs-passkey')
    expect(verify.html).toContain(`href="/approve/${id}"`)
    // above the limit nothing does it before its time, but less would
    const large = await pageOf(who, (await ask(who, '501')).id)
    expect(large.held).toContain('up to 500 USD at a time. This is 501 USD.')
    expect(large.controls).toEqual(['Change the amount', 'Reject', 'Back to Harbor Exchange'])
  })

  it('U3: who signed in with the young passkey uses the password by one control, and comes back to the approval', async () => {
    const who = await owner()
    await addYoung(who)
    who.browser.forget()
    await who.browser.signIn()
    const { id } = await ask(who, '500')
    const page = await pageOf(who, id)
    expect(page.primary).toEqual(['Use my password and a code'])
    expect(page.controls.slice(1)).toEqual(['Reject', 'Back to Harbor Exchange'])
    expect(page.foot).toContain('Nothing was approved.')
    const out = await who.browser.submit('/sign-out', { return_to: `/approve/${id}` })
    expect(out.url).toBe(`/sign-in?return_to=%2Fapprove%2F${id}`)
  })

  it('U3: beside a trusted passkey the one that approves is named and asked for, never the young one', async () => {
    const browser = server.browser()
    const email = `held${++people}@example.com`
    await browser.signUp(email)
    const trusted = (await browser.authenticator.export())[0]?.id
    server.clock.advance(25 * HOUR)
    browser.forget()
    await browser.signIn()
    await browser.stepUp('passkey.add')
    const first = browser.authenticator
    browser.authenticator = new SoftwareAuthenticator({ origin: server.origin })
    const response = await browser.authenticator.create(TestBrowser.options(await browser.open('/account/passkeys/new')))
    await browser.submit('/account/passkeys', { response: JSON.stringify(response) })
    browser.forget()
    await browser.signIn()
    const who = { browser, email, accountId: '' as AccountId }
    const { id } = await ask(who, '31204.10')
    const page = await pageOf(who, id)
    expect(page.held).toMatch(/^Your new passkey moves money from/)
    expect(page.primary[0]).toMatch(/^Approve with /)
    const options = TestBrowser.options<{ allowCredentials: { id: string }[] }>(await browser.open(`/approve/${id}`))
    expect(options.allowCredentials.map(one => one.id)).toEqual([trusted])
    // whoever opened the session with the trusted one is told nothing
    browser.authenticator = first
    browser.forget()
    await browser.signIn()
    expect((await pageOf(who, id)).held).toBe('')
  })

  it('U2, INV-10: beside a passkey that is suspended two steps are refused, and what helps is said', async () => {
    const who = await owner()
    const passkey = await addYoung(who)
    server.clock.advance(HOUR)
    await write(tx => tx.passkeys.suspend(who.accountId, passkey as CredentialId, server.clock.now(), 'lesser') as never)
    const page = await pageOf(who, (await ask(who, '1')).id)
    expect(page.held).toContain('Only a trusted passkey can approve this')
    expect(page.controls).toEqual(['See your passkeys', 'I lost my passkeys', 'Reject', 'Back to Harbor Exchange'])
  })

  it('U2: an address that waits: from when it takes money, another one as the way, and the door to who did not add it', async () => {
    const who = await owner()
    const { api } = server.latchkey
    const book = { asset: 'BTC', network: 'Bitcoin', address: 'bc1qheld', label: 'Cold storage' }
    await api.payoutAddresses.import(who.accountId, [book])
    const details = { amount: '0.5', amount_usd: '1', asset: 'BTC', network: 'Bitcoin', to: 'bc1qheld' }
    const create = () => api.approvals.create(requestOf(who), { action: 'to_book', details, returnTo: '/wallet' })
    const { id } = await create()
    const until = server.clock.now() + 24 * HOUR
    await write(async tx => {
      const [row] = await tx.payoutAddresses.list(who.accountId)
      await tx.payoutAddresses.remove(who.accountId, row!.id, server.clock.now())
      await tx.payoutAddresses.insert({ ...row!, id: `${row!.id}-2`, effectiveAt: until, removedAt: null })
      return undefined as never
    })
    const page = await pageOf(who, id)
    expect(page.held).toMatch(/^This address takes money from /)
    expect(page.primary).toEqual(['Choose another address'])
    expect(page.controls).toEqual(['Choose another address', 'Reject', 'Back to Harbor Exchange', 'It wasn’t me who added it'])
    expect(await refusal(create())).toEqual({ code: 'money_held', until, reasons: ['address_waits'], ways: ['other_address', 'later'] })
  })

  it('F43: pauses and the owner’s lock: one answer on the page, at creation, and to a host that looks before it asks', async () => {
    const who = await owner()
    const { id, details } = await ask(who, '1')
    const now = server.clock.now()
    await write(async tx => {
      await tx.accounts.pauseMoney(who.accountId, now + 24 * HOUR, 'password.change', now)
      await tx.accounts.pauseMoney(who.accountId, now + 72 * HOUR, 'recovery', now)
      return undefined as never
    })
    const paused = await pageOf(who, id)
    expect(paused.held).toMatch(/^Withdrawals are paused until .* You recovered your account until .* Change the password until /)
    expect(paused.controls).toEqual(['Reject', 'Back to Harbor Exchange', 'It wasn’t me'])
    const held = { code: 'money_held', until: now + 72 * HOUR, reasons: ['recovery', 'password.change'], ways: ['later'] }
    expect(await refusal(ask(who, '1'))).toEqual(held)
    const { code: _code, ...rest } = held
    expect((await server.latchkey.api.session(requestOf(who)))?.moneyHeld).toEqual(rest)
    await write(tx => tx.accounts.update(who.accountId, { lockedUntil: now + 96 * HOUR, lockScope: 'money' }) as never)
    expect((await pageOf(who, id)).held).toMatch(/^You locked money until/)
    expect(await refusal(server.latchkey.api.approvals.consume(requestOf(who), { id, details }))).toMatchObject({ code: 'forbidden' })
  })
})
