import { Problem } from '../../domain/problems.ts'
import { bySession } from '../../flows/change/asker.ts'
import { askedWait, cancelByVoice, voiceOptions } from '../../flows/change/voice.ts'
import { byLink, freezePath } from '../../flows/freeze/link.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import { whatChanges } from '../security/waits.tsx'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { List, Row } from '../ui/rows.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { optionsRoute } from '../verify/options-route.ts'
import { Unsupported } from '../verify/unsupported.tsx'

const OWN = '/account/waits/:id/voice'
const LINK = '/f/:token/waits/:id'

/** Stopping what waits by a passkey that was stopped itself, in a session or by the link of a notice. */
export const voiceRoutes: Routes = app => {
  pageRoute(app, { method: 'post', path: OWN, access: 'change.cancel' }, postOwn)
  optionsRoute(app, `${OWN}/options`, 'change.cancel', (ctx, caller, c) => voiceOptions(ctx, bySession(caller, 'change.cancel'), idOf(c)))
  pageRoute(app, { method: 'get', path: LINK, access: 'public' }, c => linkPage(c))
  pageRoute(app, { method: 'post', path: LINK, access: 'public' }, postLink)
  optionsRoute(app, `${LINK}/options`, 'public', async (ctx, _, c) => voiceOptions(ctx, await byLink(ctx, tokenOf(c)), idOf(c)))
}

const idOf = (c: AppContext): string => c.req.param('id') ?? ''
const tokenOf = (c: AppContext): string => c.req.param('token') ?? ''

async function postOwn(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const change = await cancelByVoice(ctx, caller, bySession(caller, 'change.cancel'), idOf(c), parseResponse(form.response))
  return goTo(c, `/account/waits/${encodeURIComponent(change.id)}`)
}

async function postLink(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    await cancelByVoice(ctx, caller, await byLink(ctx, tokenOf(c)), idOf(c), parseResponse(form.response))
    return goTo(c, '/undone?stopped=1')
  } catch (error) {
    if (error instanceof Problem && error.code === 'refused_by_policy') return linkPage(c, error)
    throw error
  }
}

async function linkPage(c: AppContext, problem: Problem | null = null): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const asker = await byLink(ctx, tokenOf(c))
  const change = await askedWait(ctx, asker, idOf(c))
  const path = `${freezePath(tokenOf(c))}/waits/${encodeURIComponent(change.id)}`
  return taskPage(
    c,
    { title: t('voice.title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead icon="clock" tone="warn" title={t('voice.title')} lead={t('voice.lead')} />
      <List>
        <Row icon="clock" title={whatChanges(t, change)} />
      </List>
      {problem && (
        <Banner tone="bad" role="alert" class="lk-gap-16">
          {t('voice.works')}
        </Banner>
      )}
      <CeremonyForm
        class="lk-gap-24"
        kind="get"
        action={path}
        options={await voiceOptions(ctx, asker, change.id)}
        optionsUrl={`${path}/options`}
      >
        <Button variant="primary" size="block" icon="passkey">
          {t('voice.go')}
        </Button>
      </CeremonyForm>
      <Unsupported t={t} />
      <PanelFoot>
        <Link href={freezePath(tokenOf(c))}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}
