import { amr } from '../../domain/evidence.ts'
import { calmKind } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import { clientName } from '../../domain/providers.ts'
import type { AccountFacts, Session } from '../../domain/types.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { callerNow, endOtherSessions, endSession, hasEnded, liveSessions } from '../../flows/account/sessions.ts'
import { passkeyName } from '../../flows/account/views.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, clearSession, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { accountPage, goTo, translator } from '../shell/page.tsx'
import { Button } from '../ui/buttons.tsx'
import { Form } from '../ui/form.tsx'
import { Back, PageHead, Section } from '../ui/heads.tsx'
import { Card } from '../ui/layout.tsx'
import { Badge, Banner } from '../ui/notes.tsx'
import type { IconName } from '../ui/pictures.tsx'
import { List, Row } from '../ui/rows.tsx'
import { Time } from '../ui/words.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'

const LIST = '/account/sessions'

export const sessionRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: LIST, access: 'account.read', calm: true }, listPage)
  pageRoute(app, { method: 'post', path: `${LIST}/end`, access: 'session.end' }, postEnd)
  pageRoute(app, { method: 'post', path: `${LIST}/end-others`, access: 'sessions.end_others' }, postEndOthers)
}

export const sessionIntents: Intents = {
  'session.end': {
    reason: t => t('sessions.reason_one'),
    button: t => t('sessions.sign_out'),
    async done(c, target) {
      const { ctx, caller } = scopeOf(c)
      const { id, back } = readEndTarget(target)
      await endSession(ctx, await callerNow(ctx, caller), id)
      return endedPath(back)
    },
  },
  'sessions.end_others': {
    reason: t => t('sessions.reason_others'),
    button: t => t('sessions.sign_out_others'),
    async done(c) {
      const { ctx, caller } = scopeOf(c)
      return `${LIST}?ended=${await endOtherSessions(ctx, await callerNow(ctx, caller))}`
    },
  },
}

/** This device first, then the others. Places only where the operator has a source for them. */
async function listPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller, 'account.read')
  const facts = await settleAndLoad(ctx, session.accountId)
  const sessions = await liveSessions(ctx, session)
  const others = sessions.filter(s => s.id !== session.id)
  return accountPage(
    c,
    facts,
    { title: t('sessions.title'), nav: 'sessions' },
    <>
      <PageHead
        back={<Back href="/account/security">{t('security.title')}</Back>}
        title={t('sessions.title')}
        lead={t(ctx.config.locate ? 'sessions.lead_places' : 'sessions.lead')}
      />
      <Ended c={c} t={t} />
      <Section id="now" group title={t('sessions.this_device')}>
        <List>
          <SessionRow c={c} t={t} facts={facts} session={sessions.find(s => s.id === session.id) ?? session} current />
        </List>
      </Section>
      <Section id="others" group title={t('sessions.others')}>
        {others.length === 0 ? <Card pad>{t('sessions.only_this')}</Card> : <Others c={c} t={t} facts={facts} sessions={others} />}
      </Section>
      {!calmKind(facts.account.status) && (
        <List>
          <Row icon="shield-alert" tone="warn" title={t('security.lost')} note={t('security.lost_note')} href="/account/lost-device" />
        </List>
      )}
    </>,
  )
}

function Others({ c, t, facts, sessions }: { c: AppContext; t: Translator; facts: AccountFacts; sessions: readonly Session[] }) {
  const foot = (
    <>
      <p class="lk-small lk-muted">{t('sessions.others_note')}</p>
      <Form action={`${LIST}/end-others`}>
        <Button>{t('sessions.sign_out_others')}</Button>
      </Form>
    </>
  )
  return (
    <Card foot={foot} splitFoot>
      <List bare>
        {sessions.map(session => (
          <SessionRow c={c} t={t} facts={facts} session={session} />
        ))}
      </List>
    </Card>
  )
}

const isPhone = (name: string): boolean => /iPhone|iPad|Android/.test(name)
export const deviceIcon = (name: string): IconName => (isPhone(name) ? 'phone' : 'laptop')

interface SessionRowProps {
  c: AppContext
  t: Translator
  facts: AccountFacts
  session: Session
  current?: boolean
  /** Where the person goes after signing it out. */
  back?: string
}

/** One session: which browser, when it was active, how it signed in, since when. */
export function SessionRow({ c, t, facts, session, current, back }: SessionRowProps) {
  const name = clientName(session.userAgent)
  return (
    <Row
      icon={deviceIcon(name)}
      title={name}
      badges={current && <Badge tone="info">{t('sessions.this_device')}</Badge>}
      note={<SessionNote c={c} t={t} facts={facts} session={session} />}
      end={!current && <EndForm t={t} session={session} name={name} back={back} />}
      heading={3}
      top
      wrap
    />
  )
}

function SessionNote({ c, t, facts, session }: Pick<SessionRowProps, 'c' | 't' | 'facts' | 'session'>) {
  const { ctx } = scopeOf(c)
  const place = ctx.config.locate?.(session.ip) ?? null
  return (
    <>
      {place && `${place} · `}
      <LastActive t={t} session={session} now={ctx.now()} />
      <br />
      {signedInWith(t, facts, session)} · {t.parts('sessions.first_seen', { date: <Time at={session.createdAt} style="date" /> })}
    </>
  )
}

/** The time is written once a minute, so what is younger is now. */
const NOW_MS = 120_000

const LastActive = ({ t, session, now }: { t: Translator; session: Session; now: number }) => (
  <>
    {now - session.lastSeenAt < NOW_MS
      ? t('sessions.active_now')
      : t.parts('sessions.active', { when: <Time at={session.lastSeenAt} style="relative" now={now} /> })}
  </>
)

/** The passkey by its name, else the methods of the sign-in; what was proven later for one operation is no part of it. */
export function signedInWith(t: Translator, facts: AccountFacts, session: Session): string {
  if (session.kind === 'recovery') return t('sessions.recovery')
  const passkey = facts.passkeys.find(p => p.id === session.credentialId)
  if (passkey && passkey.status !== 'removed') return t('sessions.with_passkey', { name: passkeyName(passkey) })
  const methods = amr(session.evidence.filter(e => e.operation === null)).map(method => t(`sessions.method.${method}`))
  return methods.length > 0 && !session.credentialId ? t('sessions.with', { methods: methods.join(' + ') }) : t('sessions.with_deleted')
}

const EndForm = ({ t, session, name, back }: { t: Translator; session: Session; name: string; back: string | undefined }) => (
  <Form action={`${LIST}/end`}>
    <input type="hidden" name="id" value={session.id} />
    {back && <input type="hidden" name="back" value={back} />}
    <Button size="row" label={t('sessions.sign_out_named', { name })}>
      {t('sessions.sign_out')}
    </Button>
  </Form>
)

function Ended({ c, t }: { c: AppContext; t: Translator }) {
  const ended = c.req.query('ended')
  if (ended === undefined || !/^\d{1,4}$|^one$/.test(ended)) return null
  return (
    <Banner tone="ok" role="status">
      {ended === 'one' ? t('sessions.ended_one') : t('sessions.ended', { n: Number(ended) })}
    </Banner>
  )
}

async function postEnd(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const id = form.id ?? ''
  try {
    await endSession(ctx, caller, id)
  } catch (error) {
    if (error instanceof Problem && error.code === 'step_up_required') return goTo(c, verifyPath('session.end', endTarget(id, form.back)))
    throw error
  }
  if (await hasEnded(ctx, requireSession(caller, 'account.read'))) {
    clearSession(c)
    return goTo(c, '/sign-out')
  }
  return goTo(c, endedPath(form.back))
}

const endedPath = (back: string | undefined): string => (back === 'lost-device' ? '/account/lost-device?ended=one' : `${LIST}?ended=one`)

/** The session and the page to go back to, as one target of a verification. */
const endTarget = (id: string, back: string | undefined): string => (back === 'lost-device' ? `${id}~${back}` : id)

function readEndTarget(target: string | null): { id: string; back: string | undefined } {
  const [id = '', back] = (target ?? '').split('~')
  return { id, back }
}

async function postEndOthers(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  try {
    return goTo(c, `${LIST}?ended=${await endOtherSessions(ctx, caller)}`)
  } catch (error) {
    if (error instanceof Problem && error.code === 'step_up_required') return goTo(c, verifyPath('sessions.end_others'))
    throw error
  }
}
