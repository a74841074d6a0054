import { PROBLEMS, Problem } from '../../domain/problems.ts'
import { timeZones } from '../../domain/time-zone.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { parsePhrase, setMessages } from '../../flows/account/messages.ts'
import { requireSession } from '../../flows/account/session.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { accountPage, goTo, translator } from '../shell/page.tsx'
import { Button } from '../ui/buttons.tsx'
import { Field } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { Back, PageHead, Section } from '../ui/heads.tsx'
import { Card } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'

const PAGE = '/account/messages'

/** How the owner's messages look: by which phrase they know ours, and in which zone times are written. */
export const messageRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: PAGE, access: 'account.read' }, c => messagesPage(c))
  pageRoute(app, { method: 'post', path: `${PAGE}/phrase`, access: 'account.messages' }, c =>
    post(c, ({ phrase = '' }) => ({ phrase: parsePhrase(phrase) })),
  )
  pageRoute(app, { method: 'post', path: `${PAGE}/phrase/remove`, access: 'account.messages' }, c => post(c, () => ({ phrase: null })))
  pageRoute(app, { method: 'post', path: `${PAGE}/zone`, access: 'account.messages' }, c => post(c, ({ zone = '' }) => ({ zone })))
}

export const messageIntents: Intents = {
  'account.messages': { reason: t => t('messages.reason'), done: () => `${PAGE}?confirmed=1`, cancel: () => PAGE },
}

type Set = Parameters<typeof setMessages>[2]

/** Typed again after a confirmation: what was typed is no word for an address line. */
async function post(c: AppContext, set: (form: Record<string, string>) => Set): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    await setMessages(ctx, caller, set(form))
    return goTo(c, `${PAGE}?saved=1`)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'step_up_required') return goTo(c, verifyPath('account.messages'))
    if (error.code === 'label_invalid') return messagesPage(c, error, form.phrase)
    throw error
  }
}

async function messagesPage(c: AppContext, problem: Problem | null = null, typed = ''): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await settleAndLoad(ctx, requireSession(caller).accountId)
  const { phrase, zone } = facts.account.messages
  const own = zone ?? caller.zone ?? 'UTC'
  return accountPage(
    c,
    facts,
    { title: t('messages.title'), nav: 'security', error: problem !== null, status: problem ? PROBLEMS[problem.code].status : 200 },
    <>
      <PageHead back={<Back href="/account/security">{t('security.title')}</Back>} title={t('messages.title')} lead={t('messages.lead')} />
      <Done c={c} t={t} />
      <Section id="your-phrase" title={t('messages.phrase')}>
        <Card pad>
          <p>{t(phrase === null ? 'messages.phrase_none' : 'messages.phrase_set')}</p>
          <Form class="lk-form" action={`${PAGE}/phrase`}>
            <Field
              name="phrase"
              label={t(phrase === null ? 'messages.phrase_new' : 'messages.phrase_change')}
              hint={t('messages.phrase_hint')}
              value={typed}
              error={problem ? t('messages.phrase_bad') : undefined}
              autocomplete="off"
              maxlength={64}
              required
            />
            <Button class="lk-form__go">{t('common.save')}</Button>
          </Form>
          {phrase !== null && (
            <Form class="lk-gap-12" action={`${PAGE}/phrase/remove`}>
              <Button variant="text">{t('messages.phrase_remove')}</Button>
            </Form>
          )}
        </Card>
      </Section>
      <Section id="your-zone" title={t('messages.zone')}>
        <Card pad>
          <Form action={`${PAGE}/zone`}>
            <label class="lk-label" for="zone-name">
              {t('messages.zone_label')}
            </label>
            <select class="lk-input" id="zone-name" name="zone" translate="no">
              {timeZones(own).map(name => (
                <option value={name} selected={name === own}>
                  {name}
                </option>
              ))}
            </select>
            <Button class="lk-form__go">{t('common.save')}</Button>
          </Form>
        </Card>
      </Section>
    </>,
  )
}

function Done({ c, t }: { c: AppContext; t: Translator }) {
  const words = c.req.query('saved') === '1' ? 'messages.saved' : c.req.query('confirmed') === '1' ? 'messages.confirmed' : null
  return words === null ? null : (
    <Banner tone="ok" role="status">
      {t(words)}
    </Banner>
  )
}
