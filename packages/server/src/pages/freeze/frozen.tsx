import { activePasskeys, isFrozen } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, PendingChange, Session } from '../../domain/types.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { callerNow, liveSessions } from '../../flows/account/sessions.ts'
import { undoableChanges } from '../../flows/change/undo.ts'
import { freeze } from '../../flows/freeze/freeze.ts'
import { freezePath } from '../../flows/freeze/link.ts'
import { unfreeze, unfreezeWait, unfreezeWithPasskey } from '../../flows/freeze/unfreeze.ts'
import { hasGrant } from '../../flows/prove/step-up.ts'
import { UNFREEZE_PATH } from '../../flows/sign-in.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, clearSession, scopeOf, setSession } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { CALM_PAGES, pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { UndoPanel, whatChanges } from '../security/waits.tsx'
import { goTo, openPage, taskPage, translator } from '../shell/page.tsx'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { Form } from '../ui/form.tsx'
import { PageHead, Section, TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { List, Row } from '../ui/rows.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { DecisionNote } from '../verify/decision-note.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'
import { Safe, Since, WaysBack, WhatNow } from './calm.tsx'
import { WhatItDoes } from './does.tsx'

const SECURITY = '/account/security'
const FREEZE = '/account/freeze'
const CALM_PAGE = CALM_PAGES.frozen
const UNFREEZE = { operation: 'account.unfreeze', target: null } as const

/** Freezing one's own account, and what is left of it until it is unfrozen. */
export const frozenRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: FREEZE, access: 'account.read' }, freezePage)
  pageRoute(app, { method: 'post', path: FREEZE, access: 'account.freeze' }, postFreeze)
  pageRoute(app, { method: 'get', path: CALM_PAGE, access: 'account.read', calm: true }, calmPage)
  pageRoute(app, { method: 'get', path: UNFREEZE_PATH, access: 'account.read', calm: true }, unfreezePage)
  pageRoute(app, { method: 'post', path: UNFREEZE_PATH, access: 'account.unfreeze' }, postUnfreeze)
  pageRoute(app, { method: 'post', path: '/unfreeze/passkey', access: 'public' }, postPasskey)
}

export const frozenIntents: Intents = {
  'account.freeze': {
    reason: t => t('freeze.reason'),
    button: t => t('freeze.go'),
    done: c => freezeNow(c),
  },
  'account.unfreeze': {
    reason: t => t('frozen.reason'),
    button: t => t('frozen.unfreeze'),
    done: c => unfreezeNow(c),
    cancel: () => CALM_PAGE,
  },
}

function freezePage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('freeze.title'), layout: 'wide' },
    <>
      <TaskHead icon="freeze" title={t('freeze.title')} lead={t('freeze.own_lead')} />
      <Form class="lk-gap-24" action={FREEZE}>
        <Button variant="primary" size="big" icon="freeze">
          {t('freeze.go')}
        </Button>
      </Form>
      <WhatItDoes t={t} />
      <PanelFoot>
        <Link href={SECURITY}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

/** Signs this browser out with all others; the calm page is behind a link that only it gets. */
async function freezeNow(c: AppContext): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  const token = await freeze(ctx, await callerNow(ctx, caller))
  clearSession(c)
  return freezePath(token)
}

async function postFreeze(c: AppContext): Promise<Response> {
  await readForm(c)
  try {
    return goTo(c, await freezeNow(c))
  } catch (error) {
    if (error instanceof Problem && error.code === 'step_up_required') return goTo(c, verifyPath('account.freeze'))
    throw error
  }
}

async function frozenFacts(c: AppContext): Promise<{ facts: AccountFacts; session: Session }> {
  const { ctx, caller } = scopeOf(c)
  const session = requireSession(caller, 'account.read')
  return { session, facts: await settleAndLoad(ctx, session.accountId) }
}

/** What waits and stands still, with its stop; what can be done now; how to come back. */
async function calmPage(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const { facts, session } = await frozenFacts(c)
  if (!isFrozen(facts)) return goTo(c, SECURITY)
  const sessions = await liveSessions(ctx, session)
  const waits = unfreezeWait(facts)
  const byPasskey = activePasskeys(facts).length > 0
  const button = (variant?: 'primary') => (
    <LinkButton variant={variant} icon={byPasskey ? 'passkey' : 'freeze'} href={UNFREEZE_PATH}>
      {t(byPasskey ? 'frozen.go' : 'frozen.unfreeze')}
    </LinkButton>
  )
  return openPage(
    c,
    facts,
    { title: t('frozen.title') },
    <>
      <PageHead
        title={t('frozen.title')}
        lead={
          <>
            <Since t={t} at={facts.account.frozenAt ?? ctx.now()} /> {t('frozen.hero')}
          </>
        }
        action={button('primary')}
      />
      {c.req.query('below') === '1' && !waits && <Banner tone="warn">{t('frozen.below')}</Banner>}
      {waits && <Asked t={t} wait={waits} />}
      <StandsStill t={t} facts={facts} />
      <UndoPanel t={t} ctx={ctx} changes={await undoableChanges(ctx, facts.account.id)} />
      <Section id="can" title={t('frozen.can')}>
        <List>
          <Row icon="activity" title={t('frozen.activity')} note={t('frozen.activity_note')} href="/account/activity" />
          <Row
            icon="laptop"
            title={t('frozen.sessions')}
            note={t('frozen.sessions_note', { n: sessions.length })}
            href="/account/sessions"
          />
        </List>
      </Section>
      <Safe c={c} />
      <WhatNow c={c} />
      <WaysBack c={c} now={button()} foot={<Link href={`${verifyPath('account.unfreeze')}&choose=1`}>{t('frozen.no_passkey')}</Link>} />
    </>,
  )
}

/** The end of the freeze that somebody asked for, and how to stop it. */
const Asked = ({ t, wait }: { t: Translator; wait: PendingChange }) => (
  <Section id="asked" title={t('frozen.asked', { until: wait.effectiveAt })}>
    <List>
      <Row
        icon="clock"
        tone="warn"
        title={whatChanges(t, wait)}
        note={t('frozen.asked_note')}
        end={
          <LinkButton size="row" href={verifyPath('change.cancel', wait.id)} data-lk-dialog="">
            {t('frozen.asked_stop')}
          </LinkButton>
        }
        top
        wrap
      />
    </List>
  </Section>
)

const HOUR_MS = 3_600_000

function StandsStill({ t, facts }: { t: Translator; facts: AccountFacts }) {
  const still = facts.pending.filter(change => change.remainingMs !== null)
  if (still.length === 0) return null
  return (
    <Section id="waits" title={t('frozen.waits')}>
      <List>
        {still.map(change => (
          <Row
            icon="clock"
            tone="warn"
            title={whatChanges(t, change)}
            note={t('frozen.left', { hours: Math.ceil((change.remainingMs ?? 0) / HOUR_MS) })}
            heading={3}
            end={
              <LinkButton
                size="row"
                href={verifyPath('change.cancel', change.id)}
                label={t('frozen.stop_named', { what: whatChanges(t, change) })}
                data-lk-dialog=""
              >
                {t('frozen.stop')}
              </LinkButton>
            }
            top
            wrap
          />
        ))}
      </List>
      <p class="lk-small lk-muted lk-gap-8">{t('frozen.stop_note')}</p>
    </Section>
  )
}

/** For whoever signed in to unfreeze: that sign-in is the proof. Everybody else is asked for one. */
async function unfreezePage(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const { facts, session } = await frozenFacts(c)
  if (!isFrozen(facts)) return goTo(c, SECURITY)
  if (unfreezeWait(facts) && activePasskeys(facts).length === 0) return goTo(c, CALM_PAGE)
  if (!(await hasGrant(ctx, session, UNFREEZE))) return goTo(c, verifyPath('account.unfreeze'))
  const method = session.evidence.at(-1)?.method ?? 'password'
  return taskPage(
    c,
    { title: t('frozen.unfreeze_title') },
    <>
      <TaskHead icon="freeze" title={t('frozen.unfreeze_title')} lead={t('frozen.unfreeze_lead')} />
      <DecisionNote t={t} c={c} a={{ facts, session, purpose: UNFREEZE }} method={method} />
      <Form class="lk-gap-24" action={UNFREEZE_PATH}>
        <Button variant="primary" size="block">
          {t('frozen.unfreeze')}
        </Button>
      </Form>
      <PanelFoot>
        <Link href={CALM_PAGE}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

/** Back at once, or the calm page says from when. */
async function unfreezeNow(c: AppContext): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  try {
    const { status } = await unfreeze(ctx, await callerNow(ctx, caller))
    return status === 'done' ? `${SECURITY}?unfrozen=1` : CALM_PAGE
  } catch (error) {
    // unfrozen in another tab, or asked for already
    if (error instanceof Problem && error.code === 'already_done') return CALM_PAGE
    throw error
  }
}

async function postUnfreeze(c: AppContext): Promise<Response> {
  await readForm(c)
  return goTo(c, await unfreezeNow(c))
}

/** One press and one prompt, signed out: the sign-in is the proof, and where its passkey is trusted the owner is back. */
async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const { signIn, back } = await unfreezeWithPasskey(ctx, caller, parseResponse(form.response))
  // a passkey that may have been copied is one step
  if (signIn.status !== 'signed_in') return goTo(c, '/sign-in/second')
  setSession(c, signIn.token, signIn.knownFor)
  return goTo(c, back ? `${SECURITY}?unfrozen=1` : `${CALM_PAGE}?below=1`)
}
