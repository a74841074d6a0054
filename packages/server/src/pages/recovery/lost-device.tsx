import { endsWithPasskey } from '../../domain/evidence.ts'
import { ERASURE, shownPasskeys } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, PendingChange } from '../../domain/types.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { callerNow, hasEnded, liveSessions } from '../../flows/account/sessions.ts'
import { passkeyName } from '../../flows/account/views.ts'
import { cancelChange, ownChange } from '../../flows/change/waits.ts'
import { ownPasskey, suspendPasskey } from '../../flows/passkeys.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, clearSession, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import { SessionRow } from '../security/sessions.tsx'
import { waitPage, whatChanges } from '../security/waits.tsx'
import { accountPage, goTo, taskPage, translator } from '../shell/page.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { DialogContent } from '../ui/dialog.tsx'
import { Empty } from '../ui/guidance.tsx'
import { Back, PageHead, Section, TaskHead } from '../ui/heads.tsx'
import { List, Row } from '../ui/rows.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'
import { LostPasskeyRow, rank, Suspended } from './lost-device-rows.tsx'

const PAGE = '/account/lost-device'
const ENDED = `${PAGE}/signed-out`
const waitPath = (id: string): string => `/account/waits/${encodeURIComponent(id)}`

/** A lost device, and changes that wait: whoever notices one has often lost the other. */
export const lostDeviceRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: PAGE, access: 'account.read' }, listPage)
  pageRoute(app, { method: 'post', path: `${PAGE}/suspend`, access: 'passkey.suspend' }, postSuspend)
  pageRoute(app, { method: 'get', path: `${PAGE}/only-way`, access: 'account.read' }, onlyWayPage)
  pageRoute(app, { method: 'get', path: ENDED, access: 'public' }, endedPage)
  pageRoute(app, { method: 'get', path: '/account/waits/:id', access: 'account.read', calm: true }, waitPage)
  pageRoute(app, { method: 'post', path: '/account/waits/:id/cancel', access: 'change.cancel' }, postCancel)
}

const nameOf = (facts: AccountFacts, target: string | null): string => {
  const passkey = facts.passkeys.find(p => p.id === target)
  return passkey ? passkeyName(passkey) : ''
}

export const lostDeviceIntents: Intents = {
  'passkey.suspend': {
    reason: (t, facts, target) => t('lost.reason', { name: nameOf(facts, target) }),
    button: t => t('lost.suspend_confirm'),
    done: (c, target) => suspend(c, target ?? ''),
  },
  'change.cancel': {
    reason(t, facts, target) {
      const change = facts.pending.find(({ id }) => id === target)
      return keeps(change) ? t('closing.reason') : t('waits.reason', { what: whatChanges(t, change) })
    },
    button: (t, facts, target) => t(keeps(facts.pending.find(({ id }) => id === target)) ? 'closing.keep' : 'waits.cancel'),
    done: (c, target) => cancel(c, target ?? ''),
  },
}

/** Whoever stops the erasure of a closed account keeps it. */
const keeps = (change: Pick<PendingChange, 'operation'> | undefined): boolean => change?.operation === ERASURE

/** Suspends and says where to go on: the checklist, or the page for who was signed in with nothing else. */
async function suspend(c: AppContext, id: string): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  try {
    const now = await callerNow(ctx, caller)
    await suspendPasskey(ctx, now, id)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'step_up_required') return verifyPath('passkey.suspend', id)
    if (error.code === 'last_way_in') return `${PAGE}/only-way`
    if (error.code !== 'already_done') throw error
  }
  return afterwards(c, `${PAGE}?suspended=${encodeURIComponent(id)}`)
}

/** A session that rested on what is gone has ended too. */
async function afterwards(c: AppContext, path: string): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  if (!(await hasEnded(ctx, requireSession(caller, 'change.cancel')))) return path
  clearSession(c)
  return ENDED
}

async function postSuspend(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const { passkey } = await ownPasskey(ctx, caller, form.id ?? '')
  return goTo(c, await suspend(c, passkey.id))
}

async function cancel(c: AppContext, id: string): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  const change = await ownChange(ctx, caller, id)
  try {
    await cancelChange(ctx, await callerNow(ctx, caller), id)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'step_up_required') return verifyPath('change.cancel', id)
    // stopped by the very proof, or by somebody else: its page says which
    if (error.code !== 'already_done') throw error
  }
  return afterwards(c, keeps(change) ? '/account/security?kept=1' : waitPath(change.id))
}

async function postCancel(c: AppContext): Promise<Response> {
  await readForm(c)
  return goTo(c, await cancel(c, c.req.param('id') ?? ''))
}

/** Passkeys with the devices they signed in, then what is signed in without one. */
async function listPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
  const sessions = await liveSessions(ctx, session)
  const passkeys = shownPasskeys(facts).sort((a, b) => rank(a, session) - rank(b, session))
  const others = sessions.filter(s => s.id !== session.id && !passkeys.some(p => endsWithPasskey(s, p.id)))
  return accountPage(
    c,
    facts,
    { title: t('lost.title'), nav: 'security' },
    <>
      <PageHead back={<Back href="/account/security">{t('security.title')}</Back>} title={t('lost.title')} lead={t('lost.lead')} />
      <Suspended c={c} t={t} facts={facts} />
      <p>{t('lost.finder')}</p>
      <List>
        <Row icon="freeze" title={t('freeze.row')} note={t('freeze.row_note')} href="/account/freeze" />
      </List>
      {passkeys.length === 0 && others.length === 0 && <Empty art="devices" title={t('lost.none')} text={t('lost.none_text')} />}
      {passkeys.length > 0 && (
        <Section id="passkeys" group title={t('lost.passkeys')}>
          <div class="lk-card">
            <ul class="lk-list">
              {passkeys.map(passkey => (
                <LostPasskeyRow c={c} t={t} passkey={passkey} session={session} sessions={sessions} />
              ))}
            </ul>
          </div>
        </Section>
      )}
      {others.length > 0 && (
        <Section id="sessions" group title={t('lost.sessions')}>
          <List>
            {others.map(other => (
              <SessionRow c={c} t={t} facts={facts} session={other} back="lost-device" />
            ))}
          </List>
        </Section>
      )}
    </>,
  )
}

/** Never the last way in, and what helps (INV-1, LK311). */
function onlyWayPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  const acts = (
    <>
      <LinkButton href={PAGE} data-lk-close="">
        {t('common.close')}
      </LinkButton>
      <LinkButton variant="primary" href="/account/passkeys/new" data-lk-dialog="">
        {t('passkeys.create')}
      </LinkButton>
    </>
  )
  return taskPage(
    c,
    { title: t('lost.blocked_title'), error: true },
    <DialogContent
      id="only-way"
      icon="shield-alert"
      tone="warn"
      title={t('lost.blocked_title')}
      lead={t('lost.blocked_text')}
      actions={acts}
    >
      <p class="lk-gap-8">{t('lost.blocked_meanwhile')}</p>
      <p class="lk-fine lk-muted" translate="no">
        {t('common.error_code', { code: 'LK311' })}
      </p>
    </DialogContent>,
  )
}

/** Signed out, for who suspended the passkey they were signed in with. */
function endedPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('lost.ended_title'), layout: 'centred' },
    <>
      <TaskHead centred title={t('lost.ended_title')} lead={t('lost.ended_lead')} />
      <p class="lk-cluster lk-gap-24">
        <LinkButton variant="primary" href="/sign-in">
          {t('sign_in.again')}
        </LinkButton>
      </p>
    </>,
  )
}
