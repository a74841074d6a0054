import type { Caller, Ctx } from '../ctx.ts'
import { notify } from '../deliver/notify.ts'
import { Problem } from '../domain/problems.ts'
import type { SessionId } from '../domain/types.ts'
import { lockAccount } from './account.ts'
import { record } from './events.ts'
import { requireSession } from './session.ts'
import { takeGrant } from './step-up.ts'

/** Signs one session of the account out (F37). @throws Problem `not_found`, for foreign ones alike */
export async function endSession(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  const session = requireSession(caller)
  await ctx.store.transaction(async tx => {
    if (!(await tx.sessions.end(session.accountId, id as SessionId, ctx.now(), 'session.end'))) throw new Problem('not_found')
    await record(tx, ctx, { accountId: session.accountId, sessionId: session.id, kind: 'session.end', body: { target: id }, caller })
  })
}

/** Signs every other session out; this one stays. One step from the last five minutes is enough (policy.md §3). @returns how many ended */
export async function endOtherSessions(ctx: Ctx, caller: Caller): Promise<number> {
  const session = requireSession(caller)
  const ended = await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, session.accountId)
    await takeGrant(tx, ctx, facts, session, { operation: 'sessions.end_others', target: null })
    const count = await tx.sessions.endAll(session.accountId, session.id, ctx.now(), 'sessions.end_others')
    await record(tx, ctx, { accountId: session.accountId, sessionId: session.id, kind: 'sessions.end_others', body: { count }, caller })
    if (count > 0) await notify(tx, ctx, facts, 'sessions_ended', {}, caller.client)
    return count
  })
  ctx.wakeOutbox()
  return ended
}
