import type { Child } from 'hono/jsx'
import { freezeByLink, freezePath, type LinkState, linkState, pressOf } from '../../flows/freeze/link.ts'
import { signInOptions } from '../../flows/sign-in.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import { goTo, openPage, taskPage, translator } from '../shell/page.tsx'
import { OPTIONS_URL, withReturn } from '../sign-in/paths.ts'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Actions, Card, PanelFoot } from '../ui/layout.tsx'
import { Row } from '../ui/rows.tsx'
import { Identifier, Time } from '../ui/words.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { Unsupported } from '../verify/unsupported.tsx'
import { Hero, Safe, WaysBack, WhatNow } from './calm.tsx'
import { WhatItDoes } from './does.tsx'
import { LinkChanges } from './link-changes.tsx'

/** What the link of a notice opens: signed out, and to look changes nothing. */
export const freezeLinkRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/f/:token', access: 'public' }, linkPage)
  pageRoute(app, { method: 'post', path: '/f/:token', access: 'public' }, postLink)
}

type OpenLink = Extract<LinkState, { state: 'open' }>['link']

const tokenOf = (c: AppContext): string => c.req.param('token') ?? ''

type Answer = Response | Promise<Response>

const PAGES: { [State in LinkState['state']]: (c: AppContext, state: Extract<LinkState, { state: State }>) => Answer } = {
  open: (c, { link }) => askPage(c, link),
  frozen: (c, { frozenAt }) => calmPage(c, frozenAt),
  ended: endedPage,
}

async function linkPage(c: AppContext): Promise<Response> {
  const state = await linkState(scopeOf(c).ctx, tokenOf(c))
  return PAGES[state.state](c, state as never)
}

const pressHere = (c: AppContext): string => pressOf(scopeOf(c).ctx, scopeOf(c).caller, tokenOf(c))

async function postLink(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const pressed = await freezeByLink(ctx, caller, tokenOf(c), form.press ?? '')
  return pressed ? goTo(c, freezePath(tokenOf(c))) : againPage(c)
}

/** What happened, one button above the fold, and what it does. */
function askPage(c: AppContext, link: OpenLink): Answer {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('freeze.title'), layout: 'wide' },
    <>
      <TaskHead
        title={t('freeze.title')}
        lead={t.parts<Child>('freeze.lead', { to: <Identifier value={link.notice?.to ?? ''} /> }) as Child}
      />
      <Told c={c} link={link} />
      <Form class="lk-gap-24" action={freezePath(tokenOf(c))}>
        <Button variant="primary" size="big" icon="freeze" data-lk-press={pressHere(c)}>
          {t('freeze.go')}
        </Button>
      </Form>
      <p class="lk-small lk-muted lk-gap-12">{t('freeze.was_you')}</p>
      <WhatItDoes t={t} />
      <LinkChanges c={c} token={tokenOf(c)} />
      <PanelFoot fine>
        <p>{t('freeze.fine', { until: link.expiresAt })}</p>
      </PanelFoot>
    </>,
  )
}

/** The notice in a row: what, on which device, when. */
function Told({ c, link: { notice, createdAt } }: { c: AppContext; link: OpenLink }) {
  const t = translator(c)
  const { name, device, place, operation } = notice?.params ?? {}
  const title = t.find(`notice.${notice?.template}.title`) ?? t('activity.title')
  const what = t.find(`operation.${operation}`)
  return (
    <Card flat class="lk-gap-24">
      <ul class="lk-list">
        <Row
          icon="shield-alert"
          tone="warn"
          title={
            <span>
              {title}
              {typeof name === 'string' && [': “', <bdi translate="no">{name}</bdi>, '”']}
              {what && `: ${what}`}
            </span>
          }
          note={
            <>
              {[device, place].filter(part => typeof part === 'string').join(' · ')}
              {device && <br />}
              <Time at={createdAt} />
            </>
          }
          top
        />
      </ul>
    </Card>
  )
}

/** Without a script, and for programs: asked once more, by a form that only this answer has. */
function againPage(c: AppContext): Answer {
  const t = translator(c)
  const path = freezePath(tokenOf(c))
  return taskPage(
    c,
    { title: t('freeze.again_title') },
    <>
      <TaskHead title={t('freeze.again_title')} lead={t('freeze.again_lead')} />
      <Form class="lk-gap-24" action={path}>
        <noscript>
          <input type="hidden" name="press" value={pressHere(c)} />
        </noscript>
        <Button variant="primary" size="big" icon="freeze" data-lk-press={pressHere(c)}>
          {t('freeze.again_go')}
        </Button>
      </Form>
      <PanelFoot>
        <Link href={path}>{t('common.back')}</Link>
      </PanelFoot>
    </>,
  )
}

function endedPage(c: AppContext): Answer {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('freeze.ended_title') },
    <>
      <TaskHead title={t('freeze.ended_title')} lead={t('freeze.ended_lead')} />
      <Actions>
        <LinkButton variant="primary" size="block" href={withReturn('/sign-in', `${scopeOf(c).ctx.config.basePath}/account/freeze`)}>
          {t('freeze.ended_go')}
        </LinkButton>
        <LinkButton variant="text" size="block" href="/recover">
          {t('freeze.ended_cant')}
        </LinkButton>
      </Actions>
    </>,
  )
}

/** What is safe, what to do, how to come back; to whoever holds the link, so it says nothing of the account but that it is frozen. */
function calmPage(c: AppContext, frozenAt: number): Answer {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const toUnfreeze = withReturn('/sign-in', `${ctx.config.basePath}/account/unfreeze`)
  return openPage(
    c,
    null,
    { title: t('frozen.title') },
    <>
      <Hero t={t} at={frozenAt} />
      <Safe c={c} />
      <WhatNow c={c} />
      <WaysBack
        c={c}
        now={
          <CeremonyForm
            kind="get"
            action="/unfreeze/passkey"
            options={signInOptions(ctx, caller)}
            optionsUrl={OPTIONS_URL}
            otherWay={toUnfreeze}
          >
            <Button variant="primary" icon="passkey">
              {t('frozen.go')}
            </Button>
          </CeremonyForm>
        }
        foot={<Link href={toUnfreeze}>{t('frozen.no_passkey')}</Link>}
      />
      <Unsupported t={t} />
      <LinkChanges c={c} token={tokenOf(c)} />
      <p>
        <Link href="/recover">{t('frozen.recover')}</Link>
      </p>
    </>,
  )
}
