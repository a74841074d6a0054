import type { CheckupJson } from '@latchkey/browser/wire'
import type { Caller, Ctx } from '../../ctx.ts'
import { type Checkup, checkup, isCheckupDue } from '../../domain/checkup.ts'
import { proofClass } from '../../domain/evidence.ts'
import { hasTrustedPasskey } from '../../domain/facts.ts'
import type { AccountFacts, CredentialId, Session } from '../../domain/types.ts'
import { changeAccount, settleAndLoad } from './account.ts'
import { happened } from './events.ts'
import { requireSession } from './session.ts'
import { liveSessions } from './sessions.ts'

/** As far back as an owner is asked about a new device: newer ones stand before it. */
const READ = 100

export interface Checked extends Checkup {
  facts: AccountFacts
  /** Whether this session may say that the account was looked over. */
  mayFinish: boolean
}

/** Goes through the account of this session (O25, O26). */
export async function readCheckup(ctx: Ctx, caller: Caller): Promise<Checked> {
  const session = requireSession(caller, 'account.read')
  const facts = await settleAndLoad(ctx, session.accountId)
  const found = checkup(facts, await liveSessions(ctx, session), session.id, ctx.config.policy, ctx.now())
  return { ...found, facts, mayFinish: mayFinishCheckup(ctx, facts, session) }
}

export async function checkupJson(ctx: Ctx, caller: Caller): Promise<CheckupJson> {
  const { facts, weak, copied, stale, oldSessions, mayFinish } = await readCheckup(ctx, caller)
  const ids = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id)
  return { due: await checkupDue(ctx, facts), weak, copied: ids(copied), stale: ids(stale), oldSessions: ids(oldSessions), mayFinish }
}

/** Whether the checkup is offered: 180 days after the last one, or once a new device has signed in since (O25). */
export async function checkupDue(ctx: Ctx, facts: AccountFacts): Promise<boolean> {
  const rows = await ctx.store.read.events.list(facts.account.id, null, READ)
  const newest = rows.find(({ body }) => body.newDevice === true)
  return isCheckupDue(facts, newest?.at ?? null, ctx.now())
}

/**
 * Whether this session may say that the account was looked over. Beside a trusted passkey only one in which that was proven: else
 * whoever came in with less, on a device that nobody knows, would silence the question about it.
 */
function mayFinishCheckup({ config, now }: Pick<Ctx, 'config' | 'now'>, facts: AccountFacts, session: Session): boolean {
  const { evidence } = session
  const proof = proofClass(facts, { fresh: evidence, session: evidence, founding: false }, config.policy, now())
  return proof === 'trusted' || !hasTrustedPasskey(facts, config.policy, now())
}

/** The owner has gone through the checkup: it is offered again in its time. @returns false where this session may not say so */
export const finishCheckup = (ctx: Ctx, caller: Caller): Promise<boolean> =>
  changeAccount(ctx, caller, async own => {
    if (!mayFinishCheckup(ctx, own.facts, own.session)) return false
    await own.tx.accounts.update(own.facts.account.id, { checkedAt: ctx.now() })
    await happened(own, 'account.checkup')
    return true
  })

export interface Approved {
  count: number
  lastAt: number
}

/** What each passkey approved so far: what goes with it, before somebody removes it (N7). */
export async function approvedBy(ctx: Ctx, caller: Caller): Promise<ReadonlyMap<CredentialId, Approved>> {
  const { accountId } = requireSession(caller, 'account.read')
  const rows = await ctx.store.read.events.uses(accountId, 'approval.approve')
  return new Map(rows.map(({ credentialId, ...rest }) => [credentialId, rest]))
}
