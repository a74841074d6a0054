import type { Caller, Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import type { Session, SessionId } from '../../domain/types.ts'
import { takeAtOnce } from '../prove/step-up.ts'
import { changeAccount } from './account.ts'
import { happened, tell } from './events.ts'
import { isLive, requireSession } from './session.ts'
import { endOtherTrust } from './trusted-device.ts'

/**
 * Signs one session of the account out (F37). The caller's own needs no more than being it; another's one step from the last 15
 * minutes, and the owner is told (policy.md §5).
 *
 * @throws Problem `not_found`, for foreign ones alike; `step_up_required`
 */
export async function endSession(ctx: Ctx, caller: Caller, id: string): Promise<void> {
  await changeAccount(
    ctx,
    caller,
    async own => {
      const { tx, session } = own
      const { accountId } = session
      const other = id !== session.id
      if (other) {
        const found = await tx.sessions.get(id as SessionId)
        if (found?.accountId !== accountId) throw new Problem('not_found')
        await takeAtOnce(own, { operation: 'session.end', target: id })
      }
      if (!(await tx.sessions.end(accountId, id as SessionId, ctx.now(), 'session.end'))) throw new Problem('not_found')
      await happened(own, 'session.end', { body: { target: id } })
      if (other) await tell(own, 'session_ended')
    },
    requireSession(caller, 'session.end'),
  )
}

/**
 * Signs every other session out, and ends the trust of every other device; this one stays. One step from the last five minutes is
 * enough (policy.md §3).
 *
 * @returns how many sessions ended
 */
export async function endOtherSessions(ctx: Ctx, caller: Caller): Promise<number> {
  return changeAccount(
    ctx,
    caller,
    async own => {
      const { tx, session } = own
      await takeAtOnce(own, { operation: 'sessions.end_others', target: null })
      const count = await tx.sessions.endAll(session.accountId, session.id, ctx.now(), 'sessions.end_others')
      await endOtherTrust(own)
      await happened(own, 'sessions.end_others', { body: { count } })
      if (count > 0) await tell(own, 'sessions_ended')
      return count
    },
    requireSession(caller, 'sessions.end_others'),
  )
}

/**
 * The caller with its session as it stands now. A step-up adds evidence after the request was read, and whatever asks for fresh evidence
 * in the same request would not see it.
 */
export async function callerNow(ctx: Ctx, caller: Caller): Promise<Caller> {
  const { id, kind } = requireSession(caller, 'account.read')
  const session = await ctx.store.read.sessions.get(id)
  if (!session || !isLive(session, ctx, ctx.now())) throw new Problem('unauthenticated')
  return { ...caller, session: { ...session, kind } }
}

/** Sessions of the caller's account that still sign in, the caller's own first, then the newest use. */
export async function liveSessions(ctx: Ctx, session: Session): Promise<Session[]> {
  const all = await ctx.store.read.sessions.list(session.accountId, ctx.now())
  const live = all.filter(s => isLive(s, ctx, ctx.now()))
  return [...live.filter(s => s.id === session.id), ...live.filter(s => s.id !== session.id)]
}

/** Whether the caller's own session ended meanwhile, e.g. because it rested on what was just suspended. */
export async function hasEnded(ctx: Ctx, session: Session): Promise<boolean> {
  const now = await ctx.store.read.sessions.get(session.id)
  return now === null || now.endedAt !== null
}
