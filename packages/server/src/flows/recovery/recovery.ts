import type { Caller, Ctx } from '../../ctx.ts'
import { primaryAddress } from '../../domain/facts.ts'
import { parseIdentifier } from '../../domain/identifier.ts'
import { confirmingMethod, isSent, METHODS, type MethodName, type SecretMethod, type SentMethod } from '../../domain/methods.ts'
import { recoveryPauseMs } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import { isUsable } from '../../domain/second-step.ts'
import type { AccountFacts, AccountId, Evidence } from '../../domain/types.ts'
import { opensByMail, opensRecovery } from '../../domain/ways-in.ts'
import { countBeginning } from '../../limits/index.ts'
import { type Proven, proveSecret, sendCode } from '../../methods/index.ts'
import type { Tables } from '../../store/store.ts'
import { lockAccount } from '../account/account.ts'
import { type Change, happened, tell } from '../account/events.ts'
import { begin, endBegun, keepStep, type Pre, preAccount, preRequest, requireEither, takePreSession } from '../account/pre-session.ts'
import { type FreshToken, newSession, type OpenedSession } from '../account/session.ts'
import { offersText } from '../addresses.ts'
import { waitByMail } from './by-mail.ts'

/** Wrong proofs after which a recovery has to be begun again (policy.md §7). */
export const MAX_FAILURES = 5

/**
 * Begins a recovery with an identifier; the next pages are the same for everybody (F50, INV-16), and beginning costs nothing. Begun again
 * for the same identifier it goes on where it was.
 *
 * @throws Problem `identifier_invalid`, `rate_limited` by the host's hook for floods
 */
export async function startRecovery(ctx: Ctx, caller: Caller, text: string): Promise<void> {
  const identifier = parseIdentifier(text)
  await countBeginning(ctx, 'recovery', caller.client.ip)
  await begin(ctx, caller, { purpose: 'recovery', identifier })
}

/** Where a recovery stands in this browser. */
export interface Recovery {
  pre: Pre
  /** null before a proof held: until then no page, and no time that it takes, may tell whether anybody has the identifier. */
  facts: AccountFacts | null
  proven: MethodName[]
  /** What may be proven now. Before the first proof the same for everybody. */
  methods: SecretMethod[]
}

/** @throws Problem `form_expired` */
export async function recovery(ctx: Ctx, caller: Caller): Promise<Recovery> {
  const pre = await requireEither(ctx, caller, 'recovery')
  const facts = await preAccount(ctx, pre)
  const proven = pre.evidence.map(e => e.method)
  return { pre, facts, proven, methods: facts && proven.length > 0 ? secondProofs(ctx, facts, proven) : firstProofs(pre) }
}

/**
 * What a stranger can't guess at, or is asked for at sign-in as well: a recovery code, the password, a code to the address that was
 * typed. An authenticator app only comes second, so that nobody without a first proof can try its million codes.
 */
const firstProofs = (pre: Pre): SecretMethod[] => ['recovery_code', 'password', confirmingMethod(pre.identifierKind ?? 'email')]

/** The other kinds that this account has; after a message, only what is no message. */
function secondProofs(ctx: Ctx, facts: AccountFacts, proven: readonly MethodName[]): SecretMethod[] {
  const onlyMessages = proven.every(method => isSent(method))
  const own = proofsOf(ctx, facts)
  return own.filter(method => !proven.includes(method) && !(onlyMessages && isSent(method)))
}

function proofsOf(ctx: Ctx, facts: AccountFacts): SecretMethod[] {
  const offered: Record<SecretMethod, boolean> = { totp: true, recovery_code: true, password: true, email: true, sms: offersText(ctx) }
  return (Object.keys(offered) as SecretMethod[]).filter(method => offered[method] && isUsable(facts, method))
}

/**
 * Sends the code of a recovery: at first to the address as typed, where it belongs to nobody as a decoy; after a proof to the account's
 * own address.
 *
 * @throws Problem `form_expired`, `method_off`, `rate_limited`
 */
export async function sendRecoveryCode(ctx: Ctx, caller: Caller, method: SentMethod): Promise<{ retryAfterSeconds: number }> {
  const { pre, facts, proven, methods } = await recovery(ctx, caller)
  const own = facts && proven.length > 0 ? primaryAddress(facts, METHODS[method].sendsTo)?.value : pre.identifierValue
  if (!own || !methods.includes(method)) throw new Problem('method_off')
  return sendCode(ctx, method, { ...preRequest(caller, pre, facts), address: own, decoy: pre.accountId === null })
}

/** What a proof leads to; the switch over `status` is checked for completeness. */
export type RecoveryStep =
  | { status: 'proof_needed' }
  /** An account with nothing but passkeys and an address: the code opens the recovery then. */
  | { status: 'waits'; until: number }
  | { status: 'opened'; token: FreshToken; codesLeft: number | null }

/**
 * Proves one step. The second of two kinds opens a recovery session, which looks, and binds one new passkey (INV-9, INV-13).
 *
 * @throws Problem `code_wrong`, `code_expired`, `invalid_credentials`, `rate_limited`, `form_expired`, `method_off`
 */
export async function proveRecovery(ctx: Ctx, caller: Caller, method: SecretMethod, secret: string): Promise<RecoveryStep> {
  const { pre, facts, methods } = await recovery(ctx, caller)
  if (!methods.includes(method)) throw new Problem('method_off')
  const proven = await counted(ctx, pre, proveSecret(ctx, method, preRequest(caller, pre, facts), secret))
  const { accountId } = pre
  if (!accountId) throw new Problem('code_wrong')
  const step = await ctx.store.transaction(tx => takeProof(tx, ctx, caller, { ...pre, accountId }, proven))
  if (step.status !== 'proof_needed') endBegun(caller)
  ctx.wakeOutbox()
  return step
}

/** Five wrong proofs end what the first right one opened: whoever guesses has to prove it again. */
async function counted(ctx: Ctx, pre: Pre, proof: Promise<Proven>): Promise<Proven> {
  try {
    return await proof
  } catch (error) {
    const wrong = error instanceof Problem && (error.code === 'code_wrong' || error.code === 'invalid_credentials')
    if (wrong && pre.stored)
      await ctx.store.transaction(async tx =>
        (await tx.preSessions.fail(pre.id)) >= MAX_FAILURES ? tx.preSessions.remove(pre.id) : undefined,
      )
    throw error
  }
}

async function takeProof(tx: Tables, ctx: Ctx, caller: Caller, pre: Pre & { accountId: AccountId }, proven: Proven): Promise<RecoveryStep> {
  const facts = await lockAccount(tx, ctx, pre.accountId)
  await proven.apply(tx)
  const evidence = [...(await evidenceNow(tx, ctx, pre)), proven.evidence]
  const mailOnly = opensByMail(facts, ctx.config.policy) && proven.evidence.method === 'email'
  if (!opensRecovery(evidence.map(e => e.method)) && !mailOnly) {
    await keepStep(tx, pre, proven.evidence)
    return { status: 'proof_needed' }
  }
  await takePreSession(tx, ctx, pre)
  const change = { tx, ctx, facts, caller, session: null }
  const until = mailOnly ? await waitByMail(change) : null
  return until === null ? opened(await openSession(change, evidence), facts, evidence) : { status: 'waits', until }
}

/** Read again: a method that was removed meanwhile took its evidence along. */
async function evidenceNow(tx: Tables, ctx: Ctx, pre: Pre): Promise<Evidence[]> {
  if (!pre.stored) return []
  const open = await tx.preSessions.find(pre.id, ctx.now())
  if (open?.purpose !== 'recovery' || open.accountId !== pre.accountId) throw new Problem('form_expired')
  return open.evidence
}

/** @param facts as they stood before the last proof: a code that was the last one is still counted in them */
function opened({ token }: OpenedSession, facts: AccountFacts, evidence: readonly Evidence[]): RecoveryStep {
  const used = evidence.some(e => e.method === 'recovery_code')
  const justNow = evidence.at(-1)?.method === 'recovery_code' ? 1 : 0
  return { status: 'opened', token, codesLeft: used ? Math.max(0, (facts.recoveryCodes?.left ?? 0) - justNow) : null }
}

/** The recovery session, the pause of money and the word to every address, whatever the class (INV-13). */
async function openSession(change: Change & { caller: Caller }, evidence: Evidence[]): Promise<OpenedSession> {
  const { tx, ctx, facts, caller } = change
  const session = newSession(ctx, caller, { facts, evidence, credentialId: null, kind: 'recovery', founding: false })
  await tx.sessions.insert(session.row)
  await tx.accounts.pauseMoney(facts.account.id, ctx.now() + recoveryPauseMs(ctx.config.policy), 'recovery', ctx.now())
  await happened(change, 'recovery_started', { sessionId: session.row.id, body: { methods: evidence.map(e => e.method).join(' ') } })
  await tell(change, 'recovery_started')
  return session
}
