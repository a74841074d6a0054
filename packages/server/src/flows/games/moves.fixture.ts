import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import type { Caller } from '../../ctx.ts'
import { isFrozen } from '../../domain/facts.ts'
import type { CodeMethod, MethodName, SecretMethod } from '../../domain/methods.ts'
import { OPERATIONS, type Operation } from '../../domain/policy.ts'
import { findSession } from '../account/find-session.ts'
import { endOtherSessions, endSession, liveSessions } from '../account/sessions.ts'
import { beginAddress, confirmAddress, removeAddress } from '../addresses.ts'
import { small } from '../approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, approveWithTwoSteps, consumeApproval, createApproval } from '../approvals/approvals.ts'
import { addPayoutAddress, draftPayoutAddress } from '../approvals/payout-addresses.ts'
import { cancelChange } from '../change/waits.ts'
import { beginTotp, confirmTotp, removeTotp, totpSetUp } from '../factors.ts'
import { freeze } from '../freeze/freeze.ts'
import { freezeByLink, linkState, pressOf } from '../freeze/link.ts'
import { unfreeze, unfreezeWithPasskey } from '../freeze/unfreeze.ts'
import {
  addPasskey,
  keepPasskey,
  passkeyCreationOptions,
  reactivatePasskey,
  removePasskey,
  renamePasskey,
  setPasskeyFirst,
  suspendPasskey,
} from '../passkeys.ts'
import { changePassword, proveForgotten, removePassword, resendForgotten, setForgottenPassword, startForgotten } from '../password.ts'
import { ORIGIN } from '../people.fixture.ts'
import { sendStepUpCode, stepUpMethods, stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from '../prove/step-up.ts'
import { recoverWithPasskey, recoverWithPassword, recoveryCreationOptions, unfreezeByRecovery } from '../recovery/bind.ts'
import { proveRecovery, sendRecoveryCode, startRecovery } from '../recovery/recovery.ts'
import { makeCodes } from '../recovery-codes.ts'
import { sendSecondStepCode, signInWithCode, signInWithPasskey, signInWithPassword, startSignIn } from '../sign-in.ts'
import {
  anybody,
  callerOf,
  factsOf,
  type Game,
  linkOf,
  type Player,
  refusedOr,
  secretOf,
  signInAssertion,
  signWith,
} from './world.fixture.ts'

const OTHER_PASSWORD = 'seven green lanterns drift'
const CODES: readonly CodeMethod[] = ['totp', 'sms', 'email', 'recovery_code']

/** Mostly a method that the player holds, sometimes any: people try what they have. */
function someMethod<Method extends MethodName>({ random }: Game, player: Player, all: readonly Method[]): Method {
  const held = all.filter(method => player.methods.has(method) || (method === 'recovery_code' && player.codes.length > 0))
  return held.length > 0 && random.chance(0.85) ? random.of(held) : random.of(all)
}

/** One move of a player. Refusals are thrown problems; whatever else is thrown fails the game. */
export type Move = (game: Game, player: Player) => Promise<unknown>

const keepSession = async (game: Game, player: Player, asking: Caller, value: string): Promise<void> => {
  const session = await findSession(game.ctx, value, false)
  if (session) player.sessions.push({ id: session.id, caller: asking })
}

/** What is sure to be refused is tried now and then only: a password's hash is slow on purpose. */
const pointless = ({ random }: Game, holds: boolean): boolean => !holds && random.chance(0.85)

async function signIn(game: Game, player: Player): Promise<unknown> {
  const { ctx } = game
  if (pointless(game, player.methods.has('password'))) return 'nothing to type'
  const asking = anybody(player)
  await startSignIn(ctx, asking, game.email, null)
  let step = await signInWithPassword(ctx, asking, (await secretOf(game, player, 'password')) ?? 'a wrong password')
  if (step.status === 'second_step_needed') {
    const method = someMethod(
      game,
      player,
      CODES.filter(one => step.status === 'second_step_needed' && step.methods.includes(one)),
    )
    if (method === 'email' || method === 'sms') await sendSecondStepCode(ctx, asking, method)
    step = await signInWithCode(ctx, asking, method, (await secretOf(game, player, method)) ?? '000000')
  }
  if (step.status === 'signed_in') await keepSession(game, player, asking, step.token.value)
  return step.status
}

async function passkeySignIn(game: Game, player: Player): Promise<unknown> {
  const asking = anybody(player)
  const response = await signInAssertion(game, player, asking)
  if (!response) return 'no passkey'
  const to = game.random.chance(0.5) ? '/account/passkeys/new' : null
  const step = await signInWithPasskey(game.ctx, asking, response, to)
  if (step.status === 'signed_in') await keepSession(game, player, asking, step.token.value)
  return step.status
}

/** Random proofs until a recovery opens, then a passkey or a password. */
async function recover(game: Game, player: Player): Promise<unknown> {
  const { ctx } = game
  if (pointless(game, player.methods.size + (player.codes.length > 0 ? 1 : 0) > 1)) return 'nothing to prove'
  const asking = anybody(player)
  await startRecovery(ctx, asking, game.email)
  const methods: SecretMethod[] = ['recovery_code', 'password', 'email', 'totp', 'sms']
  for (let tries = 0; tries < 4; tries++) {
    const method = someMethod(game, player, methods)
    if (method === 'email' || method === 'sms') await refusedOr(sendRecoveryCode(ctx, asking, method))
    const secret = await secretOf(game, player, method)
    if (secret === null) continue
    const step = await refusedOr(proveRecovery(ctx, asking, method, secret))
    if (typeof step === 'string' || step.status !== 'opened') continue
    const caller: Caller = { ...asking, session: await findSession(ctx, step.token.value, false) }
    if (isFrozen(await factsOf(game))) return (await unfreezeByRecovery(ctx, caller)).status
    if (game.random.chance(0.2)) return (await recoverWithPassword(ctx, caller, OTHER_PASSWORD)).status
    const device = new SoftwareAuthenticator({ origin: ORIGIN })
    await recoverWithPasskey(ctx, caller, await device.create(await recoveryCreationOptions(ctx, caller)))
    player.devices.push(device)
    return 'bound a passkey'
  }
  return 'not opened'
}

async function forgot(game: Game, player: Player): Promise<unknown> {
  const { ctx } = game
  if (pointless(game, player.methods.has('email'))) return 'no mailbox'
  const asking = anybody(player)
  await startForgotten(ctx, asking, game.email)
  await proveForgotten(ctx, asking, 'email', (await secretOf(game, player, 'email')) ?? '000000')
  const second = someMethod(game, player, CODES)
  if (second === 'sms') await refusedOr(resendForgotten(ctx, asking, 'sms'))
  const secret = await secretOf(game, player, second)
  if (secret !== null && second !== 'email') await refusedOr(proveForgotten(ctx, asking, second, secret))
  return (await setForgottenPassword(ctx, asking, OTHER_PASSWORD)).status
}

/** Proves an operation with something that the player holds. */
async function prove(game: Game, player: Player, caller: Caller, operation: Operation, target: string | null): Promise<unknown> {
  const { ctx, random } = game
  const purpose = { operation, target }
  if (player.devices.length > 0 && random.chance(0.7)) {
    const response = await signWith(player, await stepUpOptions(ctx, caller, purpose))
    return response ? stepUpWithPasskey(ctx, caller, purpose, response) : 'no passkey'
  }
  const offered = stepUpMethods(await factsOf(game), ctx, caller.session).filter(method => method !== 'passkey')
  const method = someMethod(game, player, random.chance(0.9) && offered.length > 0 ? offered : ([...CODES, 'password'] as const))
  if (method === 'email' || method === 'sms') await sendStepUpCode(ctx, caller, purpose, method)
  const secret = await secretOf(game, player, method)
  return secret === null ? 'nothing to type' : stepUpWithSecret(ctx, caller, purpose, method, secret)
}

const now = async (game: Game, caller: Caller): Promise<Caller> => ({
  ...caller,
  session: asNow(caller, await game.ctx.store.read.sessions.get(caller.session!.id)),
})

/** Of the kind that it was looked up with. */
const asNow = (caller: Caller, session: Caller['session']): Caller['session'] => session && { ...session, kind: caller.session!.kind }

const somePasskey = async (game: Game): Promise<string> => {
  const { passkeys } = await factsOf(game)
  return passkeys.length > 0 ? game.random.of(passkeys).id : ''
}
const someWait = async (game: Game): Promise<string> => {
  const { pending } = await factsOf(game)
  return pending.length > 0 ? game.random.of(pending).id : ''
}

async function addOwnPasskey(game: Game, player: Player, caller: Caller): Promise<unknown> {
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  const response = await device.create(await passkeyCreationOptions(game.ctx, caller))
  const { passkey } = await addPasskey(game.ctx, caller, response)
  player.devices.push(device)
  return passkey.createdVia
}

async function setTotp(game: Game, player: Player, caller: Caller): Promise<unknown> {
  await beginTotp(game.ctx, caller)
  const open = await totpSetUp(game.ctx, caller)
  const outcome = await confirmTotp(game.ctx, caller, await totpFromUri(open!.uri, game.ctx.now()))
  if (player.name === 'owner' && outcome.status === 'done') game.totp = open!.uri
  return outcome.status
}

/** The intruder confirms an address of their own; its code is read from the message itself. */
async function setMail(game: Game, _player: Player, caller: Caller): Promise<unknown> {
  const address = `intruder${game.random.below(1e9)}@example.net`
  await beginAddress(game.ctx, caller, 'email', address)
  const rows = await game.ctx.store.transaction(tx => tx.outbox.lease(game.ctx.now(), 1, 1_000))
  game.ctx.clock.advance(1)
  return (await confirmAddress(game.ctx, caller, 'email', String(rows.findLast(row => row.to === address)?.params.code))).status
}

async function money(game: Game, player: Player, caller: Caller): Promise<unknown> {
  const { ctx, random } = game
  const approval = await createApproval(ctx, caller, { action: 'withdraw', details: small, returnTo: null })
  if (player.devices.length > 0 && random.chance(0.5)) {
    const response = await signWith(player, await approvalOptions(ctx, caller, approval.id))
    if (!response) return 'no passkey'
    await approveWithPasskey(ctx, caller, approval.id, response)
  } else {
    await prove(game, player, caller, 'approval.approve', approval.id)
    await approveWithTwoSteps(ctx, await now(game, caller), approval.id)
  }
  await consumeApproval(ctx, game.accountId, approval.id, small)
  return 'MOVED MONEY'
}

async function payout(game: Game, player: Player, caller: Caller): Promise<unknown> {
  const input = { asset: 'BTC', network: 'Bitcoin', address: `bc1q${game.random.below(1e9)}`, label: 'mine' }
  const draft = draftPayoutAddress(game.ctx, game.accountId, input, null)
  if (game.random.chance(0.8)) await prove(game, player, caller, 'payout_address.add', draft)
  return (await addPayoutAddress(game.ctx, await now(game, caller), draft)).address.effectiveAt
}

/** Who made the codes has them. */
async function newCodes({ ctx }: Game, player: Player, caller: Caller): Promise<unknown> {
  const { codes, outcome } = await makeCodes(ctx, caller)
  if (outcome.status === 'done') player.codes = [...codes]
  return outcome.status
}

interface Act {
  operation: Operation
  target?(game: Game): Promise<string>
  run(game: Game, player: Player, caller: Caller, target: string): Promise<unknown>
}

const act = (operation: Operation, run: Act['run'], target?: Act['target']): Act => ({ operation, run, ...(target ? { target } : {}) })

/** What can be asked for inside a session, each with its proof, with another one's, or with none. */
const ACTS: readonly Act[] = [
  act('passkey.add', addOwnPasskey),
  act('passkey.remove', (g, _p, c, id) => removePasskey(g.ctx, c, id), somePasskey),
  act('passkey.suspend', (g, _p, c, id) => suspendPasskey(g.ctx, c, id), somePasskey),
  act('passkey.reactivate', (g, _p, c, id) => reactivatePasskey(g.ctx, c, id), somePasskey),
  act('passkey.rename', (g, _p, c, id) => renamePasskey(g.ctx, c, id, 'Renamed'), somePasskey),
  act('passkey.keep', (g, _p, c, id) => keepPasskey(g.ctx, c, id), somePasskey),
  act('account.passkey_first', (g, _p, c) => setPasskeyFirst(g.ctx, c, g.random.chance(0.5))),
  act('password.change', (g, _p, c) => changePassword(g.ctx, c, OTHER_PASSWORD)),
  act('password.remove', (g, _p, c) => removePassword(g.ctx, c)),
  act('totp.add', setTotp),
  act('totp.replace', setTotp),
  act('totp.remove', (g, _p, c) => removeTotp(g.ctx, c)),
  act('email.replace', setMail),
  act('email.remove', (g, _p, c) => removeAddress(g.ctx, c, 'email')),
  act('phone.remove', (g, _p, c) => removeAddress(g.ctx, c, 'phone')),
  act('recovery_codes.add', newCodes),
  act('recovery_codes.replace', newCodes),
  act('change.cancel', (g, _p, c, id) => cancelChange(g.ctx, c, id), someWait),
  act('account.freeze', (g, _p, c) => freeze(g.ctx, c)),
  act('account.unfreeze', (g, _p, c) => unfreeze(g.ctx, c)),
  act('sessions.end_others', (g, _p, c) => endOtherSessions(g.ctx, c)),
  act(
    'session.end',
    (g, _p, c, id) => endSession(g.ctx, c, id),
    async g => {
      const session = g.owner.sessions[0]
      const found = session ? await g.ctx.store.read.sessions.get(session.id) : null
      return found ? g.random.of(await liveSessions(g.ctx, found)).id : ''
    },
  ),
]

/** An operation inside a session: mostly with its own proof, sometimes with another operation's, sometimes with the cookie alone. */
async function ask(game: Game, player: Player): Promise<unknown> {
  const caller = await callerOf(game, player)
  if (!caller) return 'no session'
  const one = game.random.of(ACTS)
  const target = one.target ? await one.target(game) : null
  const proven = game.random.below(10)
  if (proven < 7) await refusedOr(prove(game, player, caller, one.operation, target))
  else if (proven < 8) await refusedOr(prove(game, player, caller, game.random.of(Object.keys(OPERATIONS) as Operation[]), target))
  const outcome = await refusedOr(one.run(game, player, await now(game, caller), target ?? ''))
  return `${one.operation}: ${typeof outcome === 'object' ? JSON.stringify(outcome)?.slice(0, 60) : String(outcome)}`
}

const inSession =
  (run: (game: Game, player: Player, caller: Caller) => Promise<unknown>): Move =>
  async (game, player) => {
    const caller = await callerOf(game, player)
    return caller ? run(game, player, caller) : 'no session'
  }

/** Whoever reads the notices can freeze, and nothing else. */
async function freezeByNotice(game: Game, player: Player): Promise<unknown> {
  const channel = player.methods.has('email') ? 'email' : 'sms'
  if (!player.methods.has(channel)) return 'reads no notices'
  const token = await linkOf(game, channel)
  if (token === null) return 'no notice'
  const asking = anybody(player)
  await freezeByLink(game.ctx, asking, token, pressOf(game.ctx, asking, token))
  return (await linkState(game.ctx, token)).state
}

/** From the calm page, with a passkey. */
async function comeBack(game: Game, player: Player): Promise<unknown> {
  const asking = anybody(player)
  const response = await signInAssertion(game, player, asking)
  if (!response) return 'no passkey'
  const { signIn, back } = await unfreezeWithPasskey(game.ctx, asking, response)
  if (signIn.status === 'signed_in') await keepSession(game, player, asking, signIn.token.value)
  return back ? 'IS BACK' : 'is not back'
}

/** An intruder's moves, by how often they come. */
export const ATTACKS: Readonly<Record<string, readonly [number, Move]>> = {
  'sign in': [1, signIn],
  'sign in by passkey': [1, passkeySignIn],
  recover: [1, recover],
  'forgotten password': [1, forgot],
  ask: [9, ask],
  'move money': [2, inSession(money)],
  'add a payee': [1, inSession(payout)],
  'freeze by a notice': [1, freezeByNotice],
  'come back': [1, comeBack],
}

/** Cancels what waits, with the best that is there. */
async function cancelAll(game: Game, player: Player): Promise<unknown> {
  const caller = await callerOf(game, player)
  if (!caller) return 'no session'
  const { pending } = await factsOf(game)
  for (const { id } of pending) {
    await refusedOr(prove(game, player, caller, 'change.cancel', id))
    await refusedOr(cancelChange(game.ctx, await now(game, caller), id))
  }
  return `cancelled ${pending.length}`
}

const doing =
  (operation: Operation, run: (game: Game, player: Player, caller: Caller) => Promise<unknown>): Move =>
  async (game, player) => {
    const caller = await callerOf(game, player)
    if (!caller) return 'no session'
    await prove(game, player, caller, operation, null)
    return run(game, player, await now(game, caller))
  }

/** The owner answers, and goes on living: set-ups are what a thief with the cookie waits for. */
export const ANSWERS: Readonly<Record<string, readonly [number, Move]>> = {
  cancel: [4, cancelAll],
  'sign in': [1, signIn],
  'sign in by passkey': [2, passkeySignIn],
  'end the others': [2, doing('sessions.end_others', (g, _p, c) => endOtherSessions(g.ctx, c))],
  freeze: [2, doing('account.freeze', (g, _p, c) => freeze(g.ctx, c))],
  'freeze by a notice': [2, freezeByNotice],
  'come back': [3, comeBack],
  'ask for the unfreeze': [1, doing('account.unfreeze', (g, _p, c) => unfreeze(g.ctx, c))],
  'add a passkey': [1, doing('passkey.add', addOwnPasskey)],
  'first recovery codes': [1, doing('recovery_codes.add', newCodes)],
}

const IN = new Set(['sign in', 'sign in by passkey', 'recover', 'forgotten password', 'freeze by a notice', 'come back'])

export async function play(game: Game, player: Player, moves: Readonly<Record<string, readonly [number, Move]>>): Promise<string> {
  // who is in nowhere first gets in
  const idle = (await callerOf(game, player)) === null
  const fitting = Object.entries(moves).filter(([name]) => !idle || IN.has(name))
  const names = fitting.flatMap(([name, [weight]]) => Array.from({ length: weight }, () => name))
  const name = game.random.of(names)
  const outcome = await refusedOr(moves[name]![1](game, player))
  const line = `${player.name} · ${name} → ${typeof outcome === 'object' ? JSON.stringify(outcome).slice(0, 60) : String(outcome)}`
  game.log.push(line)
  return line
}
