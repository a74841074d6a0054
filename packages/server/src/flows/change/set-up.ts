import type { Caller, Ctx } from '../../ctx.ts'
import { classNow } from '../../domain/evidence.ts'
import type { MethodName } from '../../domain/methods.ts'
import { type ChangingOperation, decide } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { CredentialId, ProofClass, Session } from '../../domain/types.ts'
import { uuidv7 } from '../../keys.ts'
import type { Proven } from '../../methods/index.ts'
import type { AuthenticatorRow, Tables } from '../../store/store.ts'
import { changeAccount } from '../account/account.ts'
import type { OwnChange } from '../account/events.ts'
import { mint } from '../prove/authority.ts'
import { coverFirstCodes, stepUpMethods, stillLive, takeGrant } from '../prove/step-up.ts'
import { type ChangeOutcome, perform } from './change.ts'

/** What is set up in two requests: begun with a proof, finished with the code of the new thing. */
export type SetUpKind = 'totp' | 'email' | 'phone'

/** What the proof at the beginning decided. It lies in the pending row's sealed data; nothing but `finishChange` acts on it. */
interface Kept {
  operation: ChangingOperation
  proofClass: ProofClass
  method: MethodName
  credentialId: CredentialId | null
}

export interface SetUp {
  row: AuthenticatorRow
  authority: Kept
}

/** People have to find their phone, or a mail: longer than a grant lives. */
export const SET_UP_MS = 600_000

/** The unfinished set-up of this session; null for another session's and for an old one. */
export async function findSetUp(tables: Tables, ctx: Ctx, session: Session, kind: SetUpKind): Promise<SetUp | null> {
  const row = await tables.authenticators.find(session.accountId, kind, 'pending')
  if (!row || row.sessionId !== session.id || (row.expiresAt ?? 0) <= ctx.now()) return null
  return { row, authority: row.data.authority as Kept }
}

export interface BeginChange {
  kind: SetUpKind
  operation: ChangingOperation
  /** The secret or the address that is to be confirmed. */
  material: Record<string, string>
}

/**
 * Begins a set-up: takes the proof of its operation now and writes down what it allows, beside the material that has to be confirmed.
 * Confers nothing yet. The proof covers what was begun with it and nothing else (policy.md §5): another address or another secret in
 * its place needs a new one, the same one goes on as it was.
 *
 * @throws Problem `step_up_required`, `refused_by_policy`
 */
export async function beginChange(ctx: Ctx, caller: Caller, request: BeginChange): Promise<AuthenticatorRow> {
  return changeAccount(ctx, caller, async own => {
    const { tx, session } = own
    const open = await findSetUp(tx, ctx, session, request.kind)
    const proven = await tx.grants.find(session.id, request.operation, null, ctx.now())
    if (!proven && open && isSame(open, request)) return open.row
    const { operation, proofClass, method, credentialId } = await takeGrant(own, { operation: request.operation, target: null })
    const row: AuthenticatorRow = {
      id: uuidv7(ctx.now()),
      accountId: session.accountId,
      kind: request.kind,
      status: 'pending',
      data: { ...request.material, authority: { operation, proofClass, method, credentialId } },
      sessionId: session.id,
      createdAt: ctx.now(),
      expiresAt: ctx.now() + SET_UP_MS,
      lastUsedAt: null,
    }
    await tx.authenticators.removeAll(session.accountId, request.kind, 'pending')
    await tx.authenticators.insert(row)
    return row
  })
}

/** A secret of ours is the same as long as its set-up is open. */
const isSame = ({ row, authority }: SetUp, { operation, material }: BeginChange): boolean =>
  authority.operation === operation && Object.entries(material).every(([name, value]) => name === 'secret' || row.data[name] === value)

/**
 * Finishes a set-up with the code that confirms it: done, or it waits, as the proof at its beginning decided, never better.
 *
 * @param proven the confirming code; taken here
 * @param payload what the effect of the operation writes
 * @throws Problem `form_expired` when the set-up is over, `step_up_required`, `last_way_in`, `identifier_taken`
 */
export async function finishChange(ctx: Ctx, caller: Caller, setUp: SetUp, proven: Proven, payload: string): Promise<ChangeOutcome> {
  return changeAccount(ctx, caller, async own => {
    const { tx, facts, session } = own
    await stillLive(tx, session)
    await proven.apply(tx)
    const kept = await takeKept(tx, ctx, session, setUp.row)
    const { operation, credentialId } = kept
    const proofClass = classNow(facts, kept, ctx.config.policy, ctx.now())
    if (!proofClass) throw new Problem('step_up_required', { operation, target: null, methods: stepUpMethods(facts, ctx, session) })
    const decision = decide(operation, proofClass, ctx.config.policy)
    const done = await perform(own, mint('set_up', { operation, target: null, proofClass, decision, credentialId }), payload)
    if (done.status === 'done') await confirmed(own, { ...kept, proofClass }, proven)
    return done
  })
}

/** Used once: of two tabs, one finishes. */
async function takeKept(tx: Tables, ctx: Ctx, session: Session, row: AuthenticatorRow): Promise<Kept> {
  const open = await findSetUp(tx, ctx, session, row.kind as SetUpKind)
  if (open?.row.id !== row.id) throw new Problem('form_expired')
  await tx.authenticators.removeAll(session.accountId, row.kind, 'pending')
  return open.authority
}

/** The confirming code is evidence of the new method, no more (policy.md §3); the ceremony covers the first recovery codes. */
async function confirmed(own: OwnChange, kept: Kept, { evidence }: Proven): Promise<void> {
  await own.tx.sessions.addEvidence(own.session.id, { ...evidence, operation: null, target: null })
  await coverFirstCodes(own, kept)
}
