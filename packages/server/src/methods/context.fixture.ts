import { randomBytes, randomUUID } from 'node:crypto'
import { TestClock } from '@latchkey/testing'
import { pino } from 'pino'
import { afterAll } from 'vitest'
import { type LatchkeyOptions, parseConfig } from '../config.ts'
import type { Ctx } from '../ctx.ts'
import { Problem, type ProblemExtras } from '../domain/problems.ts'
import type { AccountFacts, AccountId, Client } from '../domain/types.ts'
import { createKeys, uuidv7 } from '../keys.ts'
import { type Attempt, countAttempt, countRequest, type LimitKind, type MemoryKind } from '../limits/index.ts'
import { openSqlite } from '../store/sqlite.ts'
import type { AuthenticatorRow } from '../store/store.ts'
import type { ProofRequest } from './method.ts'

/** A context on a real store of its own, as in production unless told otherwise, and the clock that it goes by. */
export interface TestCtx extends Ctx {
  clock: TestClock
  /** How often a message was announced to the outbox. */
  wakes(): number
}

const production: LatchkeyOptions = {
  publicUrl: 'https://accounts.example.com',
  masterKey: '00'.repeat(32),
  smtpUrl: 'smtp://127.0.0.1:1',
  sms: { url: 'http://127.0.0.1:1', account: 'AC1', token: 't', from: '+15550100', countries: ['+34', '+1212'] },
  limitFactor: 1,
}

const open = new Set<Ctx>()
afterAll(() => Promise.all([...open].map(end)))

/** Ends a context before the test file does: who makes thousands has to. */
export async function end(ctx: Ctx): Promise<void> {
  open.delete(ctx)
  await ctx.store.close()
}

/** @param options replace those of a production server at accounts.example.com */
export async function makeCtx(options: Partial<LatchkeyOptions> = {}): Promise<TestCtx> {
  const keys = createKeys(randomBytes(32))
  const store = await openSqlite({ file: ':memory:', seal: keys.seal })
  await store.migrate()
  const clock = new TestClock(Date.UTC(2026, 10, 22, 14, 5))
  let wakes = 0
  const wakeOutbox = (): void => {
    wakes++
  }
  const ctx: TestCtx = {
    config: parseConfig({ ...production, ...options }),
    store,
    keys,
    log: pino({ level: 'silent' }),
    now: clock.now,
    wakeOutbox,
    clock,
    wakes: () => wakes,
  }
  open.add(ctx)
  return ctx
}

export const client = (ip = '192.0.2.1', deviceId: string | null = null): Client => ({
  ip,
  userAgent: 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
  deviceId,
})

/** An account with these verified addresses, and nothing else yet. */
export async function makeAccount(ctx: TestCtx, ...addresses: string[]): Promise<AccountFacts> {
  const id = uuidv7(ctx.now()) as AccountId
  const at = ctx.now()
  await ctx.store.transaction(async tx => {
    await tx.accounts.insert({
      id,
      userHandle: randomBytes(64),
      status: 'active',
      createdAt: at,
      frozenAt: null,
      messages: { zone: null, phrase: null },
      checkedAt: null,
      moneyPausedUntil: null,
      pauseReasons: [],
      lockedUntil: null,
      lockScope: null,
      lockedAt: null,
      lockVia: null,
      passkeyFirst: true,
    })
    for (const value of addresses) {
      const kind = value.startsWith('+') ? 'phone' : 'email'
      await tx.identifiers.insert({ id: randomUUID(), accountId: id, kind, value, verifiedAt: at, createdAt: at, supersededAt: null })
    }
  })
  return factsOf(ctx, id)
}

export async function factsOf(ctx: Ctx, id: AccountId): Promise<AccountFacts> {
  const facts = await ctx.store.read.accounts.facts(id)
  if (!facts) throw new Error('no such account')
  return facts
}

/** Gives the account an authenticator. @returns the facts with it, and its row */
export async function addAuthenticator(
  ctx: TestCtx,
  facts: AccountFacts,
  kind: AuthenticatorRow['kind'],
  data: Record<string, unknown>,
): Promise<{ facts: AccountFacts; row: AuthenticatorRow }> {
  const accountId = facts.account.id
  const id = randomUUID()
  const row: AuthenticatorRow = {
    id,
    accountId,
    kind,
    status: 'active',
    data,
    sessionId: null,
    createdAt: ctx.now(),
    expiresAt: null,
    lastUsedAt: null,
  }
  await ctx.store.transaction(tx => tx.authenticators.insert(row))
  return { facts: await factsOf(ctx, accountId), row }
}

/** A sign-in of this account, or of nobody, from a browser that is not known. */
export const signInOf = (facts: AccountFacts | null, change: Partial<ProofRequest> = {}): ProofRequest => ({
  facts,
  owner: 'pre:browser',
  purpose: 'sign_in',
  operation: null,
  target: null,
  client: client(),
  knownDevice: false,
  identifier: 'customer@example.com',
  ...change,
})

const isOfOneProcess = (kind: LimitKind): kind is MemoryKind => /^(request|session_request|passkey_(begin|finish))$/.test(kind)

/** Counts one attempt as the product does, whatever its kind. */
export async function counted(ctx: Ctx, kind: LimitKind, attempt: Attempt): Promise<void> {
  if (isOfOneProcess(kind)) countRequest(ctx, kind, attempt)
  else await countAttempt(ctx, kind, attempt)
}

/** The refusal that `work` ends in; anything else fails the test. */
export async function refusal(work: Promise<unknown>): Promise<{ code: string } & ProblemExtras> {
  try {
    await work
  } catch (error) {
    if (error instanceof Problem) return { code: error.code, ...error.extras }
    throw error
  }
  throw new Error('it was not refused')
}

/** The newest message of the outbox, which is leased by that. */
export async function newestMessage(
  ctx: TestCtx,
): Promise<{ to: string; template: string; channel: string; params: Record<string, unknown> }> {
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 100))
  ctx.clock.advance(1)
  const newest = rows.at(-1)
  if (!newest) throw new Error('the outbox is empty')
  return newest
}
