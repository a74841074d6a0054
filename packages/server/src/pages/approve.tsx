import type { Child } from 'hono/jsx'
import type { ActionOptions } from '../config.ts'
import type { Ctx } from '../ctx.ts'
import { grouped } from '../domain/decimal.ts'
import { PROBLEMS, Problem, type ProblemCode } from '../domain/problems.ts'
import { type ApprovalPayload, actionOf } from '../flows/approval-details.ts'
import { type ApprovalView, type ApprovalWay, viewApproval } from '../flows/approval-view.ts'
import { approvalOptions, approveWithPasskey, approveWithTwoSteps, rejectApproval } from '../flows/approvals.ts'
import { addPayoutAddress, dropPayoutAddress, type PayoutDraft, readPayoutDraft } from '../flows/payout-addresses.ts'
import { requireSession } from '../flows/session.ts'
import type { Routes } from '../http/app.ts'
import { type AppContext, scopeOf } from '../http/env.ts'
import { jsonGuard, readForm } from '../http/guards.ts'
import { pageRoute } from '../http/routes.ts'
import type { MessageKey, Translator } from '../messages/index.ts'
import { CeremonyForm } from './ceremony.tsx'
import { type Intents, verifyPath } from './intent.ts'
import { goTo, taskPage, translator } from './page.tsx'
import { parseResponse } from './sign-in.tsx'
import { Button, LinkButton } from './ui/buttons.tsx'
import { ProblemBox } from './ui/errors.tsx'
import { type Detail, Details } from './ui/facts.tsx'
import { Form } from './ui/form.tsx'
import { Cluster } from './ui/layout.tsx'
import { Badge, Banner } from './ui/notes.tsx'
import { AddressText, Time } from './ui/words.tsx'

/** S23: what the host asks the owner to approve, and how that ended. */
export const approveRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/approve/:id', access: 'account.read' }, c => approvePage(c))
  pageRoute(app, { method: 'post', path: '/approve/:id/options', access: 'approval.approve' }, freshOptions)
  pageRoute(app, { method: 'post', path: '/approve/:id/passkey', access: 'approval.approve' }, postPasskey)
  pageRoute(app, { method: 'post', path: '/approve/:id/reject', access: 'account.read' }, postReject)
}

const idOf = (c: AppContext): string => c.req.param('id') ?? ''
const approvePath = (id: string): string => `/approve/${id}`

async function freshOptions(c: AppContext): Promise<Response> {
  await jsonGuard(c, async () => {})
  const { ctx, caller } = scopeOf(c)
  return c.json(await approvalOptions(ctx, caller, idOf(c)))
}

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

/** These have pages of their own. */
const ELSEWHERE: ReadonlySet<ProblemCode> = new Set(['unauthenticated', 'not_found', 'internal', 'form_expired'])

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

/** Everything that the parts of the page ask for. */
interface Shown extends ApprovalView {
  c: AppContext
  ctx: Ctx
  t: Translator
  action: ActionOptions
  /** "0.50 BTC"; null for an action without an amount */
  amount: string | null
  /** Where the host waits for the person. */
  back: string | null
}

async function approvePage(c: AppContext, problem: Problem | null = null): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const view = await viewApproval(ctx, caller, idOf(c))
  const action = actionOf(ctx, view.row.action)
  const shown: Shown = {
    ...view,
    c,
    ctx,
    t: translator(c),
    action,
    amount: amountOf(action, view.payload),
    back: view.row.returnTo === null ? null : ctx.config.origin + view.row.returnTo,
  }
  const status = problem ? PROBLEMS[problem.code].status : 200
  return taskPage(c, { title: titleOf(shown), error: problem !== null, status, layout: 'slip' }, partsOf(shown, problem))
}

function titleOf({ row, t, action }: Shown): string {
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

function partsOf(shown: Shown, problem: Problem | null): Child {
  const { row, t } = shown
  const refusal = problem && problem.code !== 'approval_decided' ? <Refusal shown={shown} problem={problem} /> : null
  return (
    <>
      <h1 tabindex={-1}>{titleOf(shown)}</h1>
      <p class="lk-small lk-muted lk-gap-4">{subtitle(shown)}</p>
      <Sum {...shown} />
      <Details items={rowsOf(shown)} />
      {row.status === 'created' ? (
        <Decide shown={shown} refusal={refusal} stands={problem !== null && problem.code === problemOf(shown.way)?.code} />
      ) : (
        <Ended {...shown} />
      )}
      <p class="lk-fine lk-muted">
        {row.status === 'created' && `${t(footKey(shown))} `}
        <span class="lk-nowrap">{t('approve.reference', { reference: row.reference })}</span>
      </p>
    </>
  )
}

const problemOf = (way: ApprovalWay): Problem | null => (way.kind === 'none' ? way.problem : null)

function footKey({ way, action }: Shown): MessageKey {
  if (way.kind !== 'passkey') return 'approve.foot_steps'
  return action.addressField ? 'approve.foot' : 'approve.foot_no_address'
}

function subtitle({ row, t, ctx }: Shown): Child {
  if (row.status === 'approved' || row.status === 'consumed') return t('approve.approved_at', { at: row.decidedAt ?? 0 })
  if (row.status === 'rejected') return t('approve.rejected_at', { at: row.decidedAt ?? 0, client: row.decidedIn ?? '' })
  if (row.status === 'voided') return t('approve.voided_text')
  return t.parts<Child>('approve.requested', {
    client: row.requestedIn,
    when: <Time at={row.createdAt} style="relative" now={ctx.now()} />,
  }) as Child[]
}

/** The amount in display size, and what it is worth where the host says so. */
function Sum({ payload, action, amount, t }: Shown) {
  if (amount === null) return null
  const worth = action.withoutPasskey
  const value = worth && worth.field !== action.amountField ? payload?.details[worth.field] : undefined
  return (
    <div class="lk-sum">
      <p class="lk-amount">{amount}</p>
      {worth && value && <p class="lk-muted lk-small">{t('approve.about', { amount: grouped(value), unit: worth.unit })}</p>}
    </div>
  )
}

/** The declared rows in their order; what the amount says already is left out. */
function rowsOf(shown: Shown): Detail[] {
  const { payload, action, row, t } = shown
  if (!payload) return []
  const large = new Set([action.amountField, action.amountField && action.assetField, action.amountField && action.withoutPasskey?.field])
  const names = Object.keys(action.labels).filter(name => !large.has(name) && payload.details[name] !== undefined)
  return [
    ...names.map(name => rowOf(shown, name, payload.details[name] ?? '')),
    ...(row.status === 'created' ? [{ term: t('approve.expires'), value: <UtcTime at={row.expiresAt} t={t} /> }] : decidedRows(shown)),
  ]
}

function rowOf(shown: Shown, name: string, value: string): Detail {
  const { action, t } = shown
  const term = action.labels[name] ?? name
  if (name === action.addressField) return { term, value: <Payee {...shown} address={value} />, wide: true }
  return { term, value: name === action.memoField && value === '' ? t('approve.no_memo') : value }
}

function Payee({ address, addressLabel, newAddress, t }: Shown & { address: string }) {
  return (
    <>
      <AddressText address={address} />
      {(addressLabel || newAddress) && (
        <Cluster class="lk-small">
          {addressLabel}
          {newAddress && (
            <Badge tone="warn" icon="warning">
              {t('approve.new_address')}
            </Badge>
          )}
        </Cluster>
      )}
    </>
  )
}

const UtcTime = ({ at, t }: { at: number; t: Translator }) => (
  <time datetime={new Date(at).toISOString()} title={t.datetime(at)}>
    {t('approve.at_utc', { at })}
  </time>
)

function decidedRows({ row, t, decidedWith }: Shown): Detail[] {
  if (row.status !== 'approved' && row.status !== 'consumed') return []
  const client = row.decidedIn ?? ''
  return [
    {
      term: t('approve.approved_with'),
      value: decidedWith === null ? t('approve.with_code', { client }) : t('approve.with_passkey_name', { name: decidedWith, client }),
    },
  ]
}

/** The buttons, or the words that stand in their place. */
function Decide({ shown, refusal, stands }: { shown: Shown; refusal: Child; stands: boolean }) {
  const { way } = shown
  return (
    <>
      {!stands && refusal}
      {way.kind !== 'passkey' && <Young {...shown} />}
      {way.kind === 'passkey' && <PasskeyBar {...shown} options={way.options} />}
      {way.kind === 'two_steps' && <StepsBar {...shown} method={way.method} />}
      {way.kind === 'sign_in_first' && <SignInFirst {...shown} />}
      {way.kind === 'none' && <Refusal shown={shown} problem={way.problem} />}
    </>
  )
}

const verbOf = ({ action, t }: Shown): string => action.verb ?? t('approve.verb')

/** "Approve 0.50 BTC": what is agreed to stands in the button. */
const goWords = (shown: Shown): string =>
  shown.amount === null ? verbOf(shown) : shown.t('approve.go', { verb: verbOf(shown), amount: shown.amount })

/** The same with both ends of the address, for those who hear the button and not the page around it. */
function goLabel(shown: Shown): string | undefined {
  const address = shown.action.addressField && shown.payload?.details[shown.action.addressField]
  if (!address || shown.amount === null) return undefined
  return shown.t('approve.go_to', { verb: verbOf(shown), amount: shown.amount, address: `${address.slice(0, 4)}…${address.slice(-4)}` })
}

function PasskeyBar(shown: Shown & { options: object }) {
  const { row, t, options } = shown
  const path = approvePath(row.id)
  return (
    <>
      <CeremonyForm class="lk-slip__bar" kind="get" action={`${path}/passkey`} options={options} optionsUrl={`${path}/options`}>
        <Button variant="primary" label={goLabel(shown)}>
          {goWords(shown)}
        </Button>
        <Button formaction={`${path}/reject`}>{t('approve.reject')}</Button>
      </CeremonyForm>
      <div data-lk-unsupported="" hidden>
        <Banner tone="warn">{t('approve.unsupported')}</Banner>
        <RejectForm {...shown} />
      </div>
      <noscript>
        <Banner>{t('approve.no_script')}</Banner>
        <RejectForm {...shown} />
      </noscript>
    </>
  )
}

const RejectForm = ({ row, t }: Shown) => (
  <Form class="lk-gap-16" action={`${approvePath(row.id)}/reject`}>
    <Button size="block">{t('approve.reject')}</Button>
  </Form>
)

function Young({ way, t }: Shown) {
  const until = way.kind === 'passkey' ? null : way.youngUntil
  if (until === null) return null
  return (
    <Banner icon="clock" class="lk-gap-16">
      {t('approve.young', { until })} {way.kind === 'two_steps' && t.find(`approve.young_${way.method}`)}
    </Banner>
  )
}

function StepsBar(shown: Shown & { method: string }) {
  const { row, t, method, action, way } = shown
  const allowed = action.withoutPasskey
  const path = approvePath(row.id)
  return (
    <>
      {allowed && way.kind === 'two_steps' && way.youngUntil === null && (
        <Banner class="lk-gap-16">{t('approve.steps', { limit: `${grouped(allowed.limit)} ${allowed.unit}` })}</Banner>
      )}
      <Form class="lk-slip__bar" action={`${path}/reject`}>
        <LinkButton variant="primary" href={verifyPath('approval.approve', row.id, method)}>
          {t.find(`approve.with_${method}`)}
        </LinkButton>
        <Button>{t('approve.reject')}</Button>
      </Form>
    </>
  )
}

function SignInFirst(shown: Shown) {
  const { t } = shown
  return (
    <>
      <p class="lk-gap-16">{t('approve.sign_in_first')}</p>
      <Form class="lk-gap-16" action="/sign-out">
        <Button variant="primary" size="block">
          {t('approve.sign_out')}
        </Button>
      </Form>
      <RejectForm {...shown} />
    </>
  )
}

/** Where a refusal leads: to what would help. */
const HELP: Partial<Record<ProblemCode, { words: MessageKey; href: string }>> = {
  money_paused: { words: 'approve.see_why', href: '/account/security' },
  account_frozen: { words: 'approve.see_why', href: '/account/security' },
  approval_too_weak: { words: 'approve.create_passkey', href: '/account/passkeys/new' },
  approval_over_limit: { words: 'approve.create_passkey', href: '/account/passkeys/new' },
  refused_by_policy: { words: 'approve.manage_passkeys', href: '/account/passkeys' },
}
const RESTARTS: ReadonlySet<ProblemCode> = new Set(['approval_expired', 'approval_changed', 'address_unknown', 'address_waits'])

function Refusal({ shown, problem }: { shown: Shown; problem: Problem }) {
  const { t, back, c } = shown
  const help = HELP[problem.code]
  const again = RESTARTS.has(problem.code) && back !== null ? { words: 'approve.start_again' as const, href: back } : undefined
  const next = help ?? again
  return (
    <div class="lk-gap-16" data-lk-problem={problem.code} data-lk-credential={problem.extras.credentialId}>
      <ProblemBox
        code={problem.code}
        extras={problem.extras}
        trace={scopeOf(c).requestId.slice(-4).toUpperCase()}
        actions={
          next && (
            <LinkButton size="row" href={next.href}>
              {t(next.words)}
            </LinkButton>
          )
        }
      />
    </div>
  )
}

/** S23c, or "Did you request this?" after a rejection. */
function Ended(shown: Shown) {
  const { row, back } = shown
  if (row.status === 'rejected') return <Question {...shown} />
  return back === null ? null : (
    <p class="lk-gap-24">
      <LinkButton variant="primary" size="block" href={back}>
        {viewWords(shown)}
      </LinkButton>
    </p>
  )
}

/** "View withdrawal" of "Approve withdrawal". */
function viewWords(shown: Shown): string {
  const { action, t } = shown
  const verb = `${verbOf(shown)} `
  const what = action.title.startsWith(verb) ? action.title.slice(verb.length) : ''
  return what ? t('approve.view', { what }) : t('approve.view_plain')
}

function Question({ t, back }: Shown) {
  return (
    <section class="lk-gap-24" aria-labelledby="question">
      <h2 id="question">{t('approve.question')}</h2>
      <div class="lk-actions lk-gap-16">
        <LinkButton size="block" href={back ?? '/account/security'}>
          {t('approve.question_yes')}
        </LinkButton>
        <LinkButton size="block" icon="shield-alert" href="/account/lost-device">
          {t('approve.question_no')}
        </LinkButton>
      </div>
    </section>
  )
}

/** What the security verification leads to: two steps approve, and an address book changes. */
export const approveIntents: Intents = {
  'approval.approve': { reason: t => t('approve.verify_reason'), done: afterSteps, button: t => t('approve.verb') },
  'payout_address.add': {
    reason: (t, _facts, target) => addressReason(t, target),
    done: afterAddress,
    button: t => t('approve.add_address'),
  },
  'payout_address.remove': {
    reason: t => t('approve.verify_remove_address'),
    done: afterRemoval,
    button: t => t('approve.remove_address'),
    danger: true,
  },
}

/** Approves, or leads back to the approval, which says what is in the way. */
async function afterSteps(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  const id = target ?? ''
  try {
    await approveWithTwoSteps(ctx, caller, id)
  } catch (error) {
    if (!(error instanceof Problem) || ELSEWHERE.has(error.code)) throw error
  }
  return approvePath(id)
}

const AFTER_ADDRESS = '/account/security'

/** The draft is read for its words only; whether it is ours is asked when it is used. */
function addressReason(t: Translator, target: string | null): string {
  const draft = shownDraft(target)
  return draft
    ? t('approve.verify_add_address', { label: draft.label, address: draft.address, asset: draft.asset, network: draft.network })
    : t('approve.add_address')
}

function shownDraft(target: string | null): PayoutDraft | null {
  try {
    return JSON.parse(Buffer.from((target ?? '').split('.')[0] ?? '', 'base64url').toString()) as PayoutDraft
  } catch {
    return null
  }
}

async function afterAddress(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  const { returnTo } = readPayoutDraft(ctx, requireSession(caller).accountId, target)
  await addPayoutAddress(ctx, caller, target ?? '')
  return ownPath(ctx, returnTo)
}

/** Intents answer with a path below our base path; a host's own path is reached through `/continue`. */
const ownPath = (ctx: Ctx, returnTo: string | null): string => {
  if (returnTo === null) return AFTER_ADDRESS
  return ctx.config.basePath === '' ? returnTo : `/continue?return_to=${encodeURIComponent(returnTo)}`
}

async function afterRemoval(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  await dropPayoutAddress(ctx, caller, target ?? '')
  return AFTER_ADDRESS
}
