import { typedDigits } from '@latchkey/browser/text'
import type { Child } from 'hono/jsx'
import type { SentMethod } from '../../domain/methods.ts'
import { Problem } from '../../domain/problems.ts'
import { type Asker, bySession } from '../../flows/change/asker.ts'
import { askUndo, sendUndoCode, type Typed, type Undone, undoOptions, undoWithPasskey, undoWithSecrets } from '../../flows/change/undo.ts'
import { byLink, freezePath } from '../../flows/freeze/link.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, clearSession, scopeOf, setSession } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { undoHours, whatChanges } from '../security/waits.tsx'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { Field, PasswordField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { Points } from '../ui/guidance.tsx'
import { Section, TaskHead } from '../ui/heads.tsx'
import { Actions, PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { List, Row } from '../ui/rows.tsx'
import { Time } from '../ui/words.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { optionsRoute } from '../verify/options-route.ts'
import { Unsupported } from '../verify/unsupported.tsx'

const OWN = '/account/undo/:id'
const LINK = '/f/:token/undo/:id'
const DONE = '/undone'

/** Undoing a change: the same page in a session and by the link of a notice, with proofs of its own in either place. */
export const undoRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: OWN, access: 'account.read', calm: true }, c => undoPage(c))
  pageRoute(app, { method: 'get', path: LINK, access: 'public' }, c => undoPage(c))
  for (const [path, access] of [
    [OWN, 'change.undo'],
    [LINK, 'public'],
  ] as const) {
    pageRoute(app, { method: 'post', path, access }, postSecrets)
    pageRoute(app, { method: 'post', path: `${path}/send`, access }, postSend)
    pageRoute(app, { method: 'post', path: `${path}/passkey`, access }, postPasskey)
    optionsRoute(app, `${path}/options`, access, async (ctx, _, c) => undoOptions(ctx, await askerOf(c), idOf(c)))
  }
  pageRoute(app, { method: 'get', path: DONE, access: 'public' }, donePage)
}

const idOf = (c: AppContext): string => c.req.param('id') ?? ''

async function askerOf(c: AppContext): Promise<Asker> {
  const { ctx, caller } = scopeOf(c)
  const token = c.req.param('token')
  return token === undefined ? bySession(caller, 'change.undo') : byLink(ctx, token)
}

const pathOf = (c: AppContext): string => {
  const token = c.req.param('token')
  return token === undefined ? `/account/undo/${encodeURIComponent(idOf(c))}` : `${freezePath(token)}/undo/${encodeURIComponent(idOf(c))}`
}

/** To whoever holds a link it says what changed and when, and nothing of what the account has: the fields are the same for all. */
async function undoPage(c: AppContext, problem: Problem | null = null, sent = readSent(c.req.query('sent'))): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const asker = await askerOf(c)
  const { change } = await askUndo(ctx, asker, idOf(c))
  const path = pathOf(c)
  const token = c.req.param('token')
  return taskPage(
    c,
    { title: t('undo.title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead icon="shield-alert" tone="warn" title={t('undo.title')} lead={t('undo.lead')} />
      <List>
        <Row icon="clock" title={whatChanges(t, change)} note={<Time at={change.appliedAt ?? change.askedAt} />} />
      </List>
      {problem && (
        <Banner tone="bad" role="alert" class="lk-gap-16">
          {t(WORDS[problem.code] ?? 'undo.wrong')}
        </Banner>
      )}
      <CeremonyForm
        class="lk-gap-24"
        kind="get"
        action={`${path}/passkey`}
        options={await undoOptions(ctx, asker, change.id)}
        optionsUrl={`${path}/options`}
      >
        <Button variant="primary" size="block" icon="passkey">
          {t('undo.passkey')}
        </Button>
      </CeremonyForm>
      <Unsupported t={t} />
      <TypedForm t={t} path={path} sent={sent} />
      <Effects t={t} hours={undoHours(ctx)} />
      <PanelFoot>
        <Link href={token === undefined ? '/account/security' : freezePath(token)}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

const Effects = ({ t, hours }: { t: Translator; hours: number }) => (
  <Section id="what" title={t('undo.what')}>
    <Points
      items={[
        { icon: 'check', text: t('undo.gives') },
        { icon: 'check', text: t('undo.ends') },
        { icon: 'check', text: t('undo.pauses', { hours }) },
      ]}
    />
  </Section>
)

function TypedForm({ t, path, sent }: { t: Translator; path: string; sent: SentMethod | null }) {
  const send = (method: SentMethod, words: Child) => <Row icon="send" title={words} action={`${path}/send`} name="method" value={method} />
  return (
    <Section id="typed" title={t('undo.or')}>
      {sent && (
        <Banner tone="info" role="status">
          {t('undo.sent')}
        </Banner>
      )}
      <Form class="lk-form" action={path}>
        <PasswordField name="password" label={t('undo.password')} autocomplete="current-password" />
        <Field name="code" label={t('undo.code')} hint={t('undo.code_hint')} autocomplete="one-time-code" mono maxlength={64} />
        {sent && <input type="hidden" name="sent" value={sent} />}
        <Actions>
          <Button size="block">{t('undo.go')}</Button>
        </Actions>
      </Form>
      <p class="lk-small lk-muted lk-gap-16">{t('undo.send')}</p>
      <List>
        {send('sms', t('undo.send_sms'))}
        {send('email', t('undo.send_email'))}
      </List>
    </Section>
  )
}

const readSent = (text: string | undefined): SentMethod | null => (text === 'sms' || text === 'email' ? text : null)

/** Six digits are those of the message that was asked for last, or of the app; anything else is a recovery code. */
function typedIn({ password = '', code = '', sent }: Record<string, string>): Typed {
  const digits = typedDigits(code)?.length === 6
  const method = digits ? (readSent(sent) ?? 'totp') : 'recovery_code'
  return [...(password === '' ? [] : [['password', password] as const]), ...(code.trim() === '' ? [] : [[method, code] as const])]
}

const WORDS: Partial<Record<Problem['code'], MessageKey>> = {
  invalid_credentials: 'undo.wrong',
  code_wrong: 'undo.wrong',
  code_expired: 'undo.wrong',
  step_up_required: 'undo.more',
  refused_by_policy: 'undo.less',
}

/** What belongs to what was shown is said on the page again; all else is a page of its own. */
async function orAgain(c: AppContext, undo: () => Promise<Undone>, sent: SentMethod | null): Promise<Response> {
  try {
    return afterwards(c, await undo())
  } catch (error) {
    if (error instanceof Problem && WORDS[error.code]) return undoPage(c, error, sent)
    throw error
  }
}

/** A session that rested on what is gone has ended with it. */
function afterwards(c: AppContext, { token }: Undone): Response {
  if (token) setSession(c, token)
  else if (c.req.param('token') === undefined) clearSession(c)
  return goTo(c, DONE)
}

async function postSecrets(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const asker = await askerOf(c)
  return orAgain(c, () => undoWithSecrets(ctx, caller, asker, idOf(c), typedIn(form)), readSent(form.sent))
}

async function postPasskey(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const asker = await askerOf(c)
  return orAgain(c, () => undoWithPasskey(ctx, caller, asker, idOf(c), parseResponse(form.response)), null)
}

/** The same answer whatever the account has. */
async function postSend(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const method = readSent((await readForm(c)).method)
  if (!method) throw new Problem('bad_request', { field: 'method' })
  await sendUndoCode(ctx, caller, await askerOf(c), idOf(c), method)
  return goTo(c, `${pathOf(c)}?sent=${method}#typed`)
}

function donePage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  const words = c.req.query('stopped') === '1' ? 'stopped' : 'done'
  return taskPage(
    c,
    { title: t(`undo.${words}_title`) },
    <>
      <TaskHead icon="check" tone="ok" title={t(`undo.${words}_title`)} lead={t(`undo.${words}_lead`)} />
      <Actions>
        <LinkButton variant="primary" size="block" href="/account/security">
          {t('undo.account')}
        </LinkButton>
      </Actions>
    </>,
  )
}
