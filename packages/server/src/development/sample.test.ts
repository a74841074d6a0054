import { SoftwareAuthenticator, totp } from '@latchkey/testing'
import { startLatchkey } from '@latchkey/testing/latchkey'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { Ctx } from '../ctx.ts'
import { acr, proofClass } from '../domain/evidence.ts'
import { isStale, isTrusted } from '../domain/facts.ts'
import type { AccountFacts, AccountId, Session } from '../domain/types.ts'
import { waysBack, waysIn } from '../domain/ways-in.ts'
import { findSession } from '../flows/account/find-session.ts'
import { parseLabel } from '../flows/passkeys.ts'
import { internals } from '../internals.ts'
import { checkNewPassword } from '../methods/index.ts'
import { findSample } from './sample.ts'
import { SAMPLE } from './sample-data.ts'

const resets: string[] = []
const server = await startLatchkey({
  developmentPages: {
    demoUrl: null,
    onSampleReset: async id => {
      resets.push(id)
    },
  },
})
afterAll(() => server.close())
const { ctx } = await internals.get(server.latchkey)!

async function signIn(how: 'passkey' | 'password', browser = server.browser()) {
  await browser.open('/')
  const page = await browser.submit('/development/sample', { how })
  const value = browser.cookies.get('lk_s_4400') ?? ''
  const session = (await findSession(ctx, value, false))!
  const facts = (await ctx.store.read.accounts.facts(session.accountId))!
  return { browser, page, session, facts }
}

const classOf = (facts: AccountFacts, session: Session) =>
  proofClass(facts, { fresh: session.evidence, session: session.evidence, founding: false }, ctx.config.policy, ctx.now())

let made: Awaited<ReturnType<typeof signIn>>
// anew for each: each sign-in makes the customer again
beforeEach(async () => {
  made = await signIn('passkey')
})

describe('the sample customer', () => {
  it('signs in by its passkey with one click, with the best proof there is', () => {
    const { session, facts, page } = made
    expect(page.status).toBe(200)
    expect(session.evidence).toMatchObject([{ method: 'passkey', userVerified: true }])
    expect([acr(session.evidence), classOf(facts, session)]).toEqual(['phr', 'trusted'])
    expect(session.founding).toBe(false)
    expect(resets).toContain(session.accountId)
  })

  it('is 400 days old and has a passkey in each state', () => {
    const { facts } = made
    const now = ctx.now()
    expect((now - facts.account.createdAt) / 86_400_000).toBeCloseTo(400, 0)
    expect(facts.passkeys.map(p => [p.autoLabel, p.status, p.backupEligible])).toEqual([
      ['iCloud Keychain', 'active', true],
      ['YubiKey 5', 'active', false],
      ['Titan Security Key', 'active', false],
      ['Windows Hello', 'active', false],
      ['1Password', 'suspended', true],
      ['Google Password Manager', 'active', true],
    ])
    const only = (test: (p: AccountFacts['passkeys'][number]) => boolean) => facts.passkeys.filter(test).map(p => p.autoLabel)
    expect(only(p => isStale(p, ctx.config.policy, now))).toEqual(['Titan Security Key'])
    expect(only(p => p.status === 'active' && !isTrusted(p, now))).toEqual(['Google Password Manager'])
    expect(only(p => (p.label?.length ?? 0) > 50)).toEqual(['Windows Hello'])
    const labels = facts.passkeys.flatMap(({ label }) => label ?? [])
    expect(labels.map(label => parseLabel(label))).toEqual(labels)
  })

  it('has every other factor, an honest young passkey, and sessions on other devices', async () => {
    const { facts, session } = made
    expect(facts.identifiers.map(i => i.value)).toEqual([SAMPLE.email, SAMPLE.phone])
    expect([facts.password !== null, facts.totp !== null, facts.recoveryCodes?.left]).toEqual([true, true, 7])
    // the suspended one is no way back
    expect([waysIn(facts, ctx.config.policy).length, waysBack(facts, ctx.config.policy).length]).toEqual([6, 13])
    expect(facts.pending).toMatchObject([
      { operation: 'passkey.add', target: facts.passkeys[5]!.id, class: 'lesser', effectiveAt: facts.passkeys[5]!.trustedAt },
    ])
    expect(facts.account.moneyPausedUntil).toBeNull()
    const sessions = await ctx.store.read.sessions.list(session.accountId, ctx.now())
    expect(sessions).toHaveLength(4)
    const opened = sessions.map(s => facts.passkeys.find(p => p.id === s.credentialId)?.autoLabel ?? 'none')
    expect(opened.sort()).toEqual(['Windows Hello', 'iCloud Keychain', 'iCloud Keychain', 'none'])
    const events = await ctx.store.read.events.list(session.accountId, null, 100)
    expect(events.length).toBeGreaterThan(12)
    expect(events.map(e => e.at)).toEqual(events.map(e => e.at).toSorted((a, b) => b - a))
  })

  it('signs in by password and authenticator app, which is the weaker proof', async () => {
    const { session, facts, page } = await signIn('password')
    expect(page.url).toBe('/account/security')
    expect(session.evidence.map(e => e.method)).toEqual(['password', 'totp'])
    expect([acr(session.evidence), classOf(facts, session)]).toEqual(['lk:2', 'lesser'])
  })

  it('could have chosen its password here', async () => {
    await expect(checkNewPassword(ctx, SAMPLE.password, { secondStep: true, context: [SAMPLE.email] })).resolves.toBeUndefined()
  })

  it('is made anew at each click: nothing of the one before signs in, waits or holds an address', async () => {
    const first = await signIn('passkey')
    const second = await signIn('passkey', first.browser)
    expect(second.session.accountId).not.toBe(first.session.accountId)
    const ended = (await ctx.store.read.accounts.facts(first.session.accountId))!
    expect(ended.account.status).toBe('closed')
    expect([ended.password, ended.totp, ended.recoveryCodes, ended.pending]).toEqual([null, null, null, []])
    expect(ended.passkeys.map(p => p.status)).toEqual(Array(6).fill('removed'))
    expect(await ctx.store.read.sessions.list(first.session.accountId, ctx.now())).toEqual([])
    expect((await ctx.store.read.identifiers.find('email', SAMPLE.email))?.accountId).toBe(second.session.accountId)
  })

  it('takes its addresses back from whoever signed up with them', async () => {
    const { facts } = await signIn('passkey')
    await ctx.store.transaction(async tx => {
      for (const identifier of facts.identifiers) await tx.identifiers.supersede(identifier.id, ctx.now())
    })
    await server.browser({ ip: '192.0.2.9' }).signUp(SAMPLE.email)
    const taken = await ctx.store.read.identifiers.find('email', SAMPLE.email)
    const { session } = await signIn('passkey')
    expect((await ctx.store.read.accounts.facts(taken!.accountId))?.account.status).toBe('closed')
    expect((await ctx.store.read.identifiers.find('phone', SAMPLE.phone))?.accountId).toBe(session.accountId)
  })
})

describe('what the sample customer types', () => {
  it('works: the code of now after signing in, and a recovery code', async () => {
    const { browser } = await signIn('password')
    const sample = (await findSample(ctx))!
    expect(await totp(sample.totp!.secret, ctx.now())).toBe(sample.totp!.code)
    const stepUp = await browser.api('/api/step-up/totp', { operation: 'passkey.add', target: null, secret: sample.totp!.code })
    expect(stepUp.status).toBe(200)

    const other = server.browser({ ip: '192.0.2.10' })
    await other.signInWithPassword(SAMPLE.email, sample.password!)
    const page = await other.submit('/sign-in/second', { method: 'recovery_code', secret: sample.recoveryCodes[0]! })
    expect(page.url).toBe('/account/security')
    expect((await findSample(ctx))!.recoveryCodes).toEqual(sample.recoveryCodes.slice(1))
  })

  it('carries the key of the trusted passkey to the pretend device, where it signs', async () => {
    const { browser, page } = await signIn('passkey')
    const block = /data-lk-pretend-key="">(.*?)<\/script>/s.exec(page.html)?.[1]
    const { key, next } = JSON.parse(block ?? 'null')
    expect(next).toBe('/account/security')
    browser.authenticator = await SoftwareAuthenticator.import({ origin: server.origin }, [key])
    expect((await browser.stepUp('passkey.add')).status).toBe(200)
    browser.forget()
    expect((await browser.signIn()).url).toBe('/account/security')
  })

  it('is empty before the first click, and says what was changed since', async () => {
    const fresh = await startLatchkey({ developmentPages: { demoUrl: null } })
    const other = (await internals.get(fresh.latchkey))!.ctx as Ctx
    expect(await findSample(other)).toBeNull()
    const { accountId } = await signInOn(fresh, other)
    await other.store.transaction(async tx => {
      const password = await tx.authenticators.find(accountId, 'password', 'active')
      await tx.authenticators.setData(password!.id, { ...password!.data, changedAt: other.now() + 1 })
      await tx.authenticators.removeAll(accountId, 'totp', 'active')
    })
    expect(await findSample(other)).toMatchObject({ password: null, totp: null })
    await fresh.close()
  })
})

async function signInOn(running: typeof server, other: Ctx): Promise<{ accountId: AccountId }> {
  const browser = running.browser()
  await browser.open('/')
  await browser.submit('/development/sample', { how: 'passkey' })
  return { accountId: (await findSample(other))!.accountId }
}
