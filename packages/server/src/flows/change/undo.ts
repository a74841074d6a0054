import type { Caller, Ctx } from '../../ctx.ts'
import { ceremonyMethods, proofClass } from '../../domain/evidence.ts'
import { activePasskeys, addresses, primaryAddress } from '../../domain/facts.ts'
import { METHODS, type SecretMethod, type SentMethod } from '../../domain/methods.ts'
import { decide } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, AccountId, PendingChange } from '../../domain/types.ts'
import { factsBefore, undoable, undoMs } from '../../domain/undo.ts'
import { type ProofRequest, type Proven, proveSecret, sendCode } from '../../methods/index.ts'
import { type RequestOptionsJson, requestOptions } from '../../methods/passkey.ts'
import type { Tables } from '../../store/store.ts'
import { lockAccount, settleAndLoad } from '../account/account.ts'
import { type FreshToken, isFounding, rotateSession } from '../account/session.ts'
import { type Authority, mint } from '../prove/authority.ts'
import { makeChallenge, openChallenge } from '../prove/challenge.ts'
import { ownedPasskey, provePasskey } from '../prove/passkey.ts'
import { refusedByPolicy } from '../prove/step-up.ts'
import type { Asker } from './asker.ts'
import { giveBack } from './give-back.ts'
import { atLeastAsked } from './waits.ts'

const UNDO = 'change.undo'

/** A change that can be undone, and the account as it stood before: what proves it. */
export interface AskedUndo {
  change: PendingChange
  stood: AccountFacts
}

/** Changes of the last 72 policy hours that took something, newest first. */
export const undoableChanges = async (ctx: Ctx, accountId: AccountId): Promise<PendingChange[]> =>
  undoable(await history(ctx.store.read, ctx, accountId))

const history = (tables: Tables, ctx: Ctx, accountId: AccountId): Promise<PendingChange[]> =>
  tables.changes.applied(accountId, ctx.now() - undoMs(ctx.config.policy))

/** @throws Problem `not_found`, for foreign and old ones alike; `already_done` for what was undone, or is no loss */
export async function askUndo(ctx: Ctx, { accountId }: Asker, id: string): Promise<AskedUndo> {
  return standing(ctx.store.read, ctx, await settleAndLoad(ctx, accountId), id)
}

async function standing(tables: Tables, ctx: Ctx, facts: AccountFacts, id: string): Promise<AskedUndo> {
  const applied = await history(tables, ctx, facts.account.id)
  const change = applied.find(one => one.id === id)
  if (!change) throw new Problem('not_found')
  if (!undoable(applied).includes(change)) throw new Problem('already_done')
  return { change, stood: factsBefore(facts, applied, change, ctx.now()) }
}

/**
 * Options of the prompt: in a session the passkeys that stood. To whoever holds a link none is named, so that it tells nothing of the
 * account.
 */
export async function undoOptions(ctx: Ctx, asker: Asker, id: string): Promise<RequestOptionsJson> {
  const { stood } = await askUndo(ctx, asker, id)
  return requestOptions(ctx, makeChallenge(ctx, 'undo', asker.owner, id), asker.session ? activePasskeys(stood) : [])
}

/** Undone; `token` is the session's new cookie value, null where it ended with the change, or there is none. */
export interface Undone {
  change: PendingChange
  token: FreshToken | null
}

/**
 * Undoes a change with a passkey that stood before it.
 *
 * @throws Problem `not_found`, `already_done`, `refused_by_policy`, `identifier_taken`, and what a prompt throws
 */
export async function undoWithPasskey(ctx: Ctx, caller: Caller, asker: Asker, id: string, response: unknown): Promise<Undone> {
  const proven = await provePasskey(ctx, caller, response, {
    stage: asker.session ? 'session' : 'door',
    async find(signed) {
      const challenge = openChallenge(ctx, signed.challenge, 'undo', asker.owner, id)
      const asked = await askUndo(ctx, asker, id)
      const { passkey, account } = await ownedPasskey(ctx, asked.stood, signed)
      // one that was made since signs as it is, and proves nothing
      return { challenge, account, asked, passkey: asked.stood.passkeys.find(p => p.id === passkey.id) ?? passkey }
    },
    ...(asker.session ? {} : { discoverable: true }),
    doubtful: 'refused',
    stopped: true,
  })
  return conclude(ctx, caller, asker, proven.match.asked, [proven])
}

const requestOf = (caller: Caller, { owner, session }: Asker, { change, stood }: AskedUndo): ProofRequest & { facts: AccountFacts } => ({
  facts: stood,
  stood: true,
  owner,
  purpose: 'undo',
  operation: UNDO,
  target: change.id,
  client: caller.client,
  sessionId: session?.id ?? null,
  // by a link, guesses count where those at the door do
  identifier: (primaryAddress(stood, 'email') ?? primaryAddress(stood, 'phone'))?.value ?? null,
  knownDevice: caller.knownAccounts.includes(stood.account.id),
})

/** Sends a code to the address that stood; nothing, and the same answer, where none did or its codes prove nothing. */
export async function sendUndoCode(ctx: Ctx, caller: Caller, asker: Asker, id: string, method: SentMethod): Promise<void> {
  const asked = await askUndo(ctx, asker, id)
  const address = primaryAddress(asked.stood, METHODS[method].sendsTo)
  if (address && ceremonyMethods(asked.stood, ctx.config.policy).includes(method))
    await sendCode(ctx, method, { ...requestOf(caller, asker, asked), address: address.value })
}

/** What was typed, by method, in the order in which it is proved. */
export type Typed = readonly (readonly [SecretMethod, string])[]

/**
 * Undoes a change with what was typed: the password of before, and a code where one is needed. Each guess counts as it does at the door,
 * or in the session.
 *
 * @throws Problem `not_found`, `already_done`, `step_up_required` where it is too little, `refused_by_policy`, `identifier_taken`,
 *   `invalid_credentials`, `code_wrong`, `code_expired`, `rate_limited`
 */
export async function undoWithSecrets(ctx: Ctx, caller: Caller, asker: Asker, id: string, typed: Typed): Promise<Undone> {
  const asked = await askUndo(ctx, asker, id)
  const proven: Proven[] = []
  for (const [method, secret] of typed) {
    const provenBy = proven[0]?.evidence.method ?? null
    proven.push(await proveSecret(ctx, method, { ...requestOf(caller, asker, asked), provenBy }, secret))
  }
  return conclude(ctx, caller, asker, asked, proven)
}

/** Takes the proofs and undoes, all in one transaction, by the account as it is under its lock. */
async function conclude(ctx: Ctx, caller: Caller, asker: Asker, asked: AskedUndo, proven: readonly Proven[]): Promise<Undone> {
  const { session } = asker
  const token = await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, asker.accountId)
    await asker.stillAsks(tx)
    const now = await standing(tx, ctx, facts, asked.change.id)
    guardSame(asked.stood, now.stood)
    const authority = authorityOf(ctx, asker, now, proven)
    for (const { apply } of proven) await apply(tx)
    await giveBack({ tx, ctx, facts, caller, session }, now.change, authority)
    const ended = session === null || (await tx.sessions.get(session.id))?.endedAt !== null
    return ended ? null : rotateSession(tx, ctx, session.id)
  })
  ctx.wakeOutbox()
  return { change: asked.change, token }
}

const proofsOf = (facts: AccountFacts): string =>
  JSON.stringify([
    ...[facts.password?.id, facts.totp?.id, facts.recoveryCodes?.id],
    ...[...addresses(facts, 'email'), ...addresses(facts, 'phone')].map(({ id }) => id),
  ])

/** An undo of something older, since it was proved, may have put something else where the proof stood. */
function guardSame(proved: AccountFacts, now: AccountFacts): void {
  if (proofsOf(proved) !== proofsOf(now)) throw new Problem('already_done')
}

/** @throws Problem `step_up_required` for one step; `refused_by_policy` for less than what made the change */
function authorityOf(ctx: Ctx, asker: Asker, { change, stood }: AskedUndo, proven: readonly Proven[]): Authority<typeof UNDO> {
  const { policy } = ctx.config
  const fresh = proven.map(({ evidence }) => evidence)
  const founding = asker.session !== null && isFounding(asker.session, ctx.now())
  const judged = proofClass(stood, { fresh, session: [], founding }, policy, ctx.now())
  if (judged === null) throw new Problem('step_up_required', { operation: UNDO, target: change.id, methods: [] })
  if (!atLeastAsked(change, judged, stood, ctx)) throw refusedByPolicy(UNDO)
  const credentialId = fresh.find(({ credentialId: by }) => by !== null)?.credentialId ?? null
  return mint('undo', { operation: UNDO, target: change.id, proofClass: judged, decision: decide(UNDO, judged, policy), credentialId })
}
