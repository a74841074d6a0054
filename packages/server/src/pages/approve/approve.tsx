import type { Child } from 'hono/jsx'
import type { ActionOptions } from '../../config.ts'
import { grouped } from '../../domain/decimal.ts'
import { PROBLEMS, Problem } from '../../domain/problems.ts'
import { approvalOptions, approveWithPasskey, rejectApproval } from '../../flows/approvals/approvals.ts'
import { type ApprovalPayload, shownAction } from '../../flows/approvals/details.ts'
import { viewApproval } from '../../flows/approvals/views.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { MessageKey } from '../../messages/index.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Details } from '../ui/facts.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { optionsRoute } from '../verify/options-route.ts'
import { Decide } from './decide.tsx'
import { rowsOf, Sum, subtitle } from './details.tsx'
import { Ended } from './ended.tsx'
import { Refusal } from './refusal.tsx'
import { type ApprovalScreen, approvePath, ELSEWHERE } from './screen.ts'

/** What the host asks the owner to approve, and how that ended. */
export const approveRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/approve/:id', access: 'account.read' }, c => approvePage(c))
  optionsRoute(app, '/approve/:id/options', 'approval.approve', (ctx, caller, c) => approvalOptions(ctx, caller, idOf(c)))
  pageRoute(app, { method: 'post', path: '/approve/:id/passkey', access: 'approval.approve' }, postPasskey)
  pageRoute(app, { method: 'post', path: '/approve/:id/reject', access: 'account.read' }, postReject)
}

const idOf = (c: AppContext): string => c.req.param('id') ?? ''

async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  return shownWhenRefused(c, () => approveWithPasskey(ctx, caller, idOf(c), parseResponse(form.response)))
}

async function postReject(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  return shownWhenRefused(c, () => rejectApproval(ctx, caller, idOf(c)))
}

/** Leads back to the approval; a refusal is told there, beside the details that it is about. */
async function shownWhenRefused(c: AppContext, act: () => Promise<void>): Promise<Response> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof Problem) || ELSEWHERE.has(error.code)) throw error
    return approvePage(c, error)
  }
  return goTo(c, approvePath(idOf(c)))
}

async function approvePage(c: AppContext, problem: Problem | null = null): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const view = await viewApproval(ctx, caller, idOf(c))
  const action = shownAction(ctx, view.row.action, view.payload)
  const screen: ApprovalScreen = {
    ...view,
    c,
    ctx,
    t: translator(c),
    action,
    amount: amountOf(action, view.payload),
    back: view.row.returnTo === null ? null : ctx.config.origin + view.row.returnTo,
  }
  const status = problem ? PROBLEMS[problem.code].status : 200
  return taskPage(c, { title: titleOf(screen), error: problem !== null, status, layout: 'slip' }, partsOf(screen, problem))
}

function titleOf({ row, t, action }: ApprovalScreen): string {
  if (row.status === 'approved' || row.status === 'consumed') return t('approve.approved')
  if (row.status === 'rejected') return t('approve.rejected')
  return row.status === 'voided' ? t('approve.voided') : action.title
}

function amountOf(action: ActionOptions, payload: ApprovalPayload | null): string | null {
  const amount = action.amountField && payload?.details[action.amountField]
  if (!amount) return null
  const asset = action.assetField && payload?.details[action.assetField]
  return asset ? `${grouped(amount)} ${asset}` : grouped(amount)
}

/** What stands in the page already is not said twice. */
function refusalOf(screen: ApprovalScreen, problem: Problem | null): Child {
  const { way } = screen
  const said = way.kind === 'none' ? problem?.code === way.problem.code : problem?.code === 'money_held' && screen.young !== null
  return problem === null || said || problem.code === 'approval_decided' ? null : <Refusal screen={screen} problem={problem} />
}

function partsOf(screen: ApprovalScreen, problem: Problem | null): Child {
  const { row, t } = screen
  const open = row.status === 'created'
  return (
    <>
      <h1 tabindex={-1}>{titleOf(screen)}</h1>
      <p class="lk-small lk-muted lk-gap-4">{subtitle(screen)}</p>
      <Sum {...screen} />
      <Details items={rowsOf(screen)} />
      {open ? (
        <Decide screen={screen} refusal={refusalOf(screen, problem)} refused={problem?.code === 'money_held'} />
      ) : (
        <Ended {...screen} />
      )}
      <p class={open ? 'lk-fine lk-muted' : 'lk-fine lk-muted lk-gap-16'}>
        {open && `${t(footKey(screen))} `}
        <span class="lk-nowrap" translate="no">
          {t('approve.reference', { reference: row.reference })}
        </span>
        {open && screen.way.kind === 'none' && screen.way.held && ` · ${PROBLEMS[screen.way.held.code].ref}`}
      </p>
    </>
  )
}

/** Exactly what will be signed, by what; nothing where nothing can be. */
function footKey({ way, action }: ApprovalScreen): MessageKey {
  if (way.kind === 'two_steps') return way.method === 'password' ? 'approve.foot_password' : 'approve.foot_steps'
  if (way.kind !== 'passkey') return 'approve.foot_nothing'
  return action.addressField ? 'approve.foot' : 'approve.foot_no_address'
}
