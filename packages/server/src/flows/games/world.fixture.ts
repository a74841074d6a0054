import { randomBytes, randomUUID } from 'node:crypto'
import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import type { Caller } from '../../ctx.ts'
import { isFrozen } from '../../domain/facts.ts'
import type { MethodName } from '../../domain/methods.ts'
import type { PresetName } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import { secondStepDemanded } from '../../domain/second-step.ts'
import type { AccountFacts, AccountId, Evidence, SessionId } from '../../domain/types.ts'
import { argon2Hash, PASSWORD_COST } from '../../methods/argon2.ts'
import { addAuthenticator, client, makeAccount, makeCtx, type TestCtx } from '../../methods/context.fixture.ts'
import { makeRecoveryCodes, newTotpSecret, otpauthUri, recoveryCodeRows } from '../../methods/index.ts'
import { ownCreationOptions } from '../../methods/passkey.ts'
import { parseRegistrationResponse } from '../../webauthn/index.ts'
import { settleAndLoad } from '../account/account.ts'
import { newSession } from '../account/session.ts'
import { withdraw } from '../approvals/approvals.fixture.ts'
import { newPasskey, verifyNewPasskey } from '../passkeys.ts'
import { HOUR, ORIGIN, PASSWORD, typed } from '../people.fixture.ts'
import { makeChallenge } from '../prove/challenge.ts'
import { signInOptions } from '../sign-in.ts'

/** What an intruder holds. The cookie is that of a session of the owner, taken along through its changes. */
export interface Holding {
  password?: true
  mailbox?: true
  cookie?: true
  sim?: true
  app?: true
}

export const INTRUDERS: Readonly<Record<string, Holding>> = {
  password: { password: true },
  'password + mailbox': { password: true, mailbox: true },
  cookie: { cookie: true },
  SIM: { sim: true },
  'password + app': { password: true, app: true },
}

/** One account and the two who want it, on a store of its own game. */
export interface Game {
  ctx: TestCtx
  accountId: AccountId
  email: string
  /** The authenticator app's secret as its QR code; null where there is none. */
  totp: string | null
  startedAt: number
  holding: Holding
  owner: Player
  intruder: Player
  /** What happened, to be printed with a seed. */
  log: string[]
  random: Random
}

export interface Player {
  name: 'owner' | 'intruder'
  /** Sessions that this one can speak for. */
  sessions: { id: SessionId; caller: Caller }[]
  /** Devices with the passkeys that this one made. */
  devices: SoftwareAuthenticator[]
  methods: ReadonlySet<MethodName>
  codes: string[]
}

export interface Random {
  below(n: number): number
  of<T>(all: readonly T[]): T
  chance(p: number): boolean
}

/** Mulberry32: small, seeded, good enough to choose moves. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  return { below, of: all => all[below(all.length)]!, chance: p => next() < p }
}

export const factsOf = (game: Game): Promise<AccountFacts> => settleAndLoad(game.ctx, game.accountId)

/** Hashed once, at the full cost: a cheaper one would be made anew at each first sign-in. */
const hashed = argon2Hash(PASSWORD, PASSWORD_COST, { who: 'games', widen: 1_000 })

export const makeWorld = (preset: PresetName): Promise<TestCtx> =>
  makeCtx({ policy: { preset }, limitFactor: 1_000, actions: { withdraw } })

let people = 0

/** An account with a password, and with app, phone, recovery codes and trusted passkeys as chance has it. */
export async function newGame(ctx: TestCtx, name: string, random: Random): Promise<Game> {
  const holding = INTRUDERS[name]!
  const email = `owner${++people}@example.com`
  const phone = holding.sim || random.chance(0.3) ? [`+346${String(10_000_000 + people)}`] : []
  let facts = await makeAccount(ctx, email, ...phone)
  const accountId = facts.account.id
  const password = { hash: ctx.keys.sealPassword(await hashed, accountId), changedAt: ctx.now() }
  facts = (await addAuthenticator(ctx, facts, 'password', password)).facts
  const secret = holding.app || random.chance(0.4) ? newTotpSecret() : null
  if (secret) facts = (await addAuthenticator(ctx, facts, 'totp', { secret })).facts
  const codes = random.chance(0.5) ? await giveCodes(ctx, facts) : []
  const owner: Player = {
    name: 'owner',
    sessions: [],
    devices: [],
    methods: new Set(['password', 'email', 'totp', 'sms', 'recovery_code']),
    codes,
  }
  for (let n = random.below(3); n > 0; n--) owner.devices.push(await givePasskey(ctx, accountId))
  // what the owner set up lies behind them
  ctx.clock.advance(100 * HOUR)
  owner.sessions.push(await openSession(ctx, accountId, owner, evidenceOf(ctx, await settleAndLoad(ctx, accountId))))
  const held: [MethodName, boolean | undefined][] = [
    ['password', holding.password],
    ['email', holding.mailbox],
    ['sms', holding.sim],
    ['totp', holding.app],
  ]
  const methods = new Set(held.flatMap(([method, has]) => (has ? [method] : [])))
  const intruder: Player = { name: 'intruder', sessions: [], devices: [], methods, codes: [] }
  if (holding.cookie) intruder.sessions.push(owner.sessions[0]!)
  const totp = secret === null ? null : otpauthUri(ctx, email, secret)
  const startedAt = ctx.now()
  // an old cookie, half of the time
  if (random.chance(0.5)) ctx.clock.advance(20 * 60_000)
  return { ctx, accountId, email, totp, startedAt, holding, owner, intruder, log: [], random }
}

async function giveCodes(ctx: TestCtx, facts: AccountFacts): Promise<string[]> {
  const { row } = await addAuthenticator(ctx, facts, 'recovery_codes', {})
  const codes = makeRecoveryCodes()
  const rows = recoveryCodeRows(ctx, row.id, facts.account.id, codes)
  await ctx.store.transaction(tx => tx.authenticators.insertRecoveryCodes(rows))
  return codes
}

/** A passkey that was made on the founding day. */
async function givePasskey(ctx: TestCtx, accountId: AccountId): Promise<SoftwareAuthenticator> {
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  const facts = await settleAndLoad(ctx, accountId)
  const challenge = makeChallenge(ctx, 'register', 'games')
  const response = await device.create(ownCreationOptions(ctx, challenge, facts))
  const credential = verifyNewPasskey(ctx, parseRegistrationResponse(response))
  const input = {
    accountId,
    createdAt: facts.account.createdAt,
    own: facts.passkeys,
    via: 'founding',
    session: null,
    attachment: null,
  } as const
  const passkey = newPasskey(ctx, callerFor(null, 'games'), credential, input)
  await ctx.store.transaction(tx => tx.passkeys.insert(passkey))
  return device
}

/** Two steps, as a sign-in would have left them. */
function evidenceOf(ctx: TestCtx, facts: AccountFacts): Evidence[] {
  const second = facts.totp ? 'totp' : facts.identifiers.some(i => i.kind === 'phone') ? 'sms' : 'email'
  return secondStepDemanded(facts, ctx.config.policy) ? [typed(ctx, 'password'), typed(ctx, second)] : [typed(ctx, 'password')]
}

export const callerFor = (session: Caller['session'], browser: string): Caller => ({
  client: client(`198.51.100.${(people % 250) + 1}`, browser),
  session,
  anonymousId: browser,
  begun: null,
  knownAccounts: [],
})

export async function openSession(
  ctx: TestCtx,
  accountId: AccountId,
  player: Player,
  evidence: Evidence[],
): Promise<Player['sessions'][number]> {
  const browser = `${player.name}-${randomUUID()}`
  const facts = await settleAndLoad(ctx, accountId)
  const opened = newSession(ctx, callerFor(null, browser), { facts, evidence, credentialId: null, kind: 'full', founding: false })
  await ctx.store.transaction(tx => tx.sessions.insert(opened.row))
  return { id: opened.row.id, caller: callerFor(null, browser) }
}

/** A caller with one of the player's live sessions, as it stands now; null without one. */
export async function callerOf(game: Game, player: Player): Promise<Caller | null> {
  if (player.sessions.length === 0) return null
  const { id, caller } = game.random.of(player.sessions)
  const session = await game.ctx.store.read.sessions.get(id)
  if (!session || session.endedAt !== null || session.expiresAt <= game.ctx.now()) return null
  // as it was looked up before a freeze, half of the time
  const frozen = isFrozen(await factsOf(game)) && game.random.chance(0.5)
  return { ...caller, session: frozen ? { ...session, kind: 'frozen' } : session }
}

/** What stands in the newest notice that went to the owner's own address of this kind. */
export async function linkOf({ ctx, email }: Game, channel: 'email' | 'sms'): Promise<string | null> {
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1_000))
  ctx.clock.advance(1)
  const mine = rows.filter(row => row.channel === channel && typeof row.params.link === 'string' && (channel === 'sms' || row.to === email))
  return (mine.at(-1)?.params.link as string | undefined) ?? null
}

export const anybody = (player: Player): Caller => callerFor(null, `${player.name}-${randomBytes(6).toString('hex')}`)

/** What the player would type for a method; null where they hold nothing of it. The codes of messages are read where they arrive. */
export async function secretOf(game: Game, player: Player, method: MethodName): Promise<string | null> {
  if (method === 'recovery_code') return player.codes.shift() ?? null
  if (!player.methods.has(method)) return null
  if (method === 'password') return PASSWORD
  if (method === 'totp') return game.totp === null ? null : totpAt(game)
  return newestCode(game, method === 'sms' ? 'sms' : 'email')
}

async function totpAt(game: Game): Promise<string> {
  // each time step serves once
  game.ctx.clock.advance(31_000)
  return totpFromUri(game.totp!, game.ctx.now())
}

/** The newest code that went to the owner's own address of this kind. */
async function newestCode({ ctx, email }: Game, channel: 'email' | 'sms'): Promise<string | null> {
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1_000))
  ctx.clock.advance(1)
  const mine = rows.filter(row => row.channel === channel && typeof row.params.code === 'string' && (channel === 'sms' || row.to === email))
  return (mine.at(-1)?.params.code as string | undefined) ?? null
}

/** An assertion by one of the player's own devices; null where none of them has a passkey that fits. */
export async function signWith(player: Player, options: Parameters<SoftwareAuthenticator['get']>[0]): Promise<unknown> {
  for (const device of [...player.devices].reverse()) {
    const response = await device.get(options).catch(() => null)
    if (response) return response
  }
  return null
}

export const signInAssertion = async (game: Game, player: Player, asking: Caller): Promise<unknown> =>
  signWith(player, signInOptions(game.ctx, asking))

/** A refusal is an answer; anything else is a fault of ours. */
export async function refusedOr<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Problem && error.code !== 'internal') return error.code
    throw error
  }
}
