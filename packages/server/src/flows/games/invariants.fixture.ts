import { hasTrustedPasskey, isTrusted, primaryAddress } from '../../domain/facts.ts'
import { secondStepDemanded } from '../../domain/second-step.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { waysIn } from '../../domain/ways-in.ts'
import { unfreezeWait } from '../freeze/unfreeze.ts'
import { HOUR } from '../people.fixture.ts'
import { factsOf, type Game } from './world.fixture.ts'

/** How the account stood when the game began. */
export interface Before {
  facts: AccountFacts
  /** The intruder's proofs are two steps on an account without a trusted passkey: then it is theirs too, told and paused. */
  mayTakeOver: boolean
  /** Since when it is frozen, and what must not change until it is not. */
  frozen?: { at: number; until: number; stands: string } | undefined
}

export async function lookBefore(game: Game): Promise<Before> {
  const facts = await factsOf(game)
  return { facts, mayTakeOver: mayTakeOver(game, facts) }
}

/** policy.md §3 and §7, said once more and independently of the code: which of these intruders hold two steps of such an account. */
function mayTakeOver({ ctx, holding }: Game, facts: AccountFacts): boolean {
  if (hasTrustedPasskey(facts, ctx.config.policy, ctx.now()) || !holding.password) return false
  const strong = facts.totp !== null || facts.identifiers.some(i => i.kind === 'phone')
  if (strong) return holding.app === true
  return ctx.config.policy.secondStep === 'offered' || holding.mailbox === true
}

/** What broke, in words; nothing where all is well. Asked after every move of the first 71 hours. */
export async function broken(game: Game, before: Before, last: string): Promise<string[]> {
  const facts = await factsOf(game)
  // one that was asked for and is over ended by itself
  const wasFrozen = before.frozen !== undefined && before.frozen.until > game.ctx.now()
  return [
    ...always(game, before, facts),
    ...whileFrozen(before, facts),
    ...(before.mayTakeOver ? [] : guarded(game, before, facts, last, wasFrozen)),
  ]
}

function always({ ctx }: Game, { facts: then }: Before, facts: AccountFacts): string[] {
  const none = waysIn(facts, ctx.config.policy).length === 0
  const shorter = (facts.account.moneyPausedUntil ?? 0) < (then.account.moneyPausedUntil ?? 0)
  then.account.moneyPausedUntil = Math.max(facts.account.moneyPausedUntil ?? 0, then.account.moneyPausedUntil ?? 0)
  return [...(none ? ['INV-1 no way in is left'] : []), ...(shorter ? ['INV-17 the pause of money got shorter'] : [])]
}

/** Nothing is added, changed or done while an account is frozen, and no clock runs but that of its own end (policy.md §4). */
function whileFrozen(before: Before, facts: AccountFacts): string[] {
  const { status, frozenAt } = facts.account
  const was = before.frozen
  before.frozen =
    status === 'frozen' && frozenAt !== null
      ? { at: frozenAt, until: unfreezeWait(facts)?.effectiveAt ?? Number.POSITIVE_INFINITY, stands: standing(facts) }
      : undefined
  if (frozenAt === null) return []
  const still = was === undefined || was.at !== frozenAt || was.stands === standing(facts)
  const runs = facts.pending.some(c => c.operation !== 'account.unfreeze' && c.askedAt < frozenAt && c.remainingMs === null)
  const ripens = facts.passkeys.some(p => p.status === 'active' && p.trustedAt > frozenAt && p.trustLeftMs === null)
  return [
    ...(still ? [] : ['INV-17 something changed while it was frozen']),
    ...(runs ? ['INV-17 a wait runs while it is frozen'] : []),
    ...(ripens ? ['INV-17 a passkey ripens while it is frozen'] : []),
  ]
}

/** A young passkey may go: that is a cancel. */
const standing = (facts: AccountFacts): string =>
  JSON.stringify([
    ...[facts.password?.id, facts.totp?.id, facts.recoveryCodes?.id, addressesOf(facts)],
    ...facts.passkeys.filter(p => p.trustLeftMs === null && p.status !== 'removed').map(p => `${p.id} ${p.status}`),
  ])

/** Against an intruder who holds less than the account's best proof. */
function guarded(game: Game, { facts: then }: Before, facts: AccountFacts, last: string, wasFrozen: boolean): string[] {
  const now = game.ctx.now()
  const ids = new Set(game.intruder.devices.flatMap(device => device.credentials.map(c => c.id)))
  const theirs = facts.passkeys.filter(p => ids.has(p.id))
  const owners = then.passkeys.map(p => facts.passkeys.find(q => q.id === p.id))
  const checks: [boolean, string][] = [
    [facts.password?.id !== then.password?.id, 'INV-10 the password changed before its wait'],
    [facts.totp?.id !== then.totp?.id, 'INV-10 the authenticator app changed before its wait'],
    [
      then.recoveryCodes !== null && facts.recoveryCodes?.id !== then.recoveryCodes.id,
      'INV-10 the recovery codes changed before their wait',
    ],
    [addressesOf(facts) !== addressesOf(then), 'INV-10 an address changed before its wait'],
    [owners.some(p => p === undefined || p.status === 'removed'), 'INV-10 a passkey of the owner was removed before its wait'],
    [theirs.some(p => isTrusted(p, now)), 'INV-23 a passkey of the intruder is trusted'],
    [last.includes('intruder') && last.includes('MOVED MONEY'), 'INV-23 the intruder moved money'],
    [last.includes('intruder') && wasFrozen && facts.account.status === 'active', 'INV-23 the intruder ended the freeze before its wait'],
    [
      facts.pending.some(c => c.class === 'lesser' && c.effectiveAt < c.askedAt + 72 * HOUR - 1),
      'INV-10 a wait of a lesser proof is too short',
    ],
    [hasNothing(game, then) && facts.passkeys.some(p => p.status === 'suspended'), 'INV-11 a passkey stopped working'],
    [hasNothing(game, then) && theirs.length > 0, 'H1 the intruder has a passkey'],
  ]
  return checks.flatMap(([is, words]) => (is ? [words] : []))
}

/** An intruder who is signed in nowhere, and whose one thing opens nothing of this account. */
function hasNothing({ ctx, holding }: Game, then: AccountFacts): boolean {
  if (holding.cookie || (holding.password && (holding.mailbox || holding.app))) return false
  return !holding.password || secondStepDemanded(then, ctx.config.policy)
}

const addressesOf = (facts: AccountFacts): string => `${primaryAddress(facts, 'email')?.value} ${primaryAddress(facts, 'phone')?.value}`

/** INV-14: each of these events has its word to the owner's address. */
const WORDS: Readonly<Record<string, string>> = {
  'passkey.add': 'passkey_created',
  'passkey.remove': 'passkey_removed',
  'passkey.suspend': 'passkey_suspended',
  'password.change': 'password_changed',
  'password.remove': 'password_removed',
  'totp.add': 'totp_added',
  'totp.replace': 'totp_replaced',
  'totp.remove': 'totp_removed',
  'email.replace': 'email_replaced',
  'phone.remove': 'phone_removed',
  'recovery_codes.add': 'recovery_codes_made',
  'recovery_codes.replace': 'recovery_codes_made',
  change_waits: 'change_waits',
  'change.cancel': 'change_cancelled',
  'account.freeze': 'account_frozen',
  'account.unfreeze': 'account_unfrozen',
  recovery_started: 'recovery_started',
  recovery_done: 'recovery_done',
}

/** Where somebody had no password, its change goes by another word. */
const SAME: Readonly<Record<string, string>> = { password_added: 'password_changed' }

/** Asked once, when a game is over: nothing that was written down goes away. */
export async function untold({ ctx, accountId, email }: Game): Promise<string[]> {
  const events = await ctx.store.read.events.list(accountId, null, 1_000)
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1_000))
  ctx.clock.advance(1)
  const told = rows.filter(row => row.to === email).map(row => SAME[row.template] ?? row.template)
  const count = (all: readonly string[], word: string): number => all.filter(one => one === word).length
  const words = [...new Set(Object.values(WORDS))]
  const happened = events.flatMap(event => WORDS[event.kind] ?? [])
  return words.filter(word => count(told, word) < count(happened, word)).map(word => `INV-14 nobody was told: ${word}`)
}
