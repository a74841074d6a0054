import type { Child } from 'hono/jsx'
import { signInOptions } from '../../flows/sign-in.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { MessageKey } from '../../messages/index.ts'
import { taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { Steps } from '../ui/guidance.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import type { IconName } from '../ui/pictures.tsx'
import { List, Row } from '../ui/rows.tsx'
import { CeremonyForm, type Hint } from '../verify/ceremony.tsx'
import { Unsupported } from '../verify/unsupported.tsx'
import { OPTIONS_URL, otherWaysPath, returnTo, withReturn } from './paths.ts'

interface Way {
  icon: IconName
  title: MessageKey
  note: MessageKey
  href: string
}

/** The same list for everybody, the strongest first. */
export function otherPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  const back = returnTo(c)
  const ways: Way[] = [
    { icon: 'fingerprint', title: 'sign_in.other_device', note: 'sign_in.other_device_note', href: '/sign-in' },
    { icon: 'qr', title: 'sign_in.other_phone', note: 'sign_in.other_phone_note', href: '/sign-in/phone' },
    { icon: 'usb-key', title: 'sign_in.other_key', note: 'sign_in.other_key_note', href: '/sign-in/key' },
    { icon: 'lock', title: 'sign_in.other_password', note: 'sign_in.other_password_note', href: '/sign-in' },
    { icon: 'shield-alert', title: 'sign_in.other_lost', note: 'sign_in.other_lost_note', href: '/recover' },
  ]
  return taskPage(
    c,
    { title: t('sign_in.other_title') },
    <>
      <TaskHead title={t('sign_in.other_title')} />
      <div class="lk-gap-24">
        <List>
          {ways.map(way => (
            <Row icon={way.icon} title={t(way.title)} note={t(way.note)} href={withReturn(way.href, back)} />
          ))}
        </List>
      </div>
    </>,
  )
}

/** The nearby device by QR or push; the QR is the browser's own (K25, K30). */
export function phonePage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return handshake(
    c,
    { icon: 'phone', title: t('sign_in.phone_title'), button: t('sign_in.phone_go'), buttonIcon: 'qr', hint: 'hybrid' },
    <>
      <Steps items={[t('sign_in.phone_step_1'), t('sign_in.phone_step_2'), t('sign_in.phone_step_3')]} />
      <p class="lk-hint lk-gap-16">{t('sign_in.phone_note')}</p>
      <p class="lk-hint">{t('sign_in.phone_push')}</p>
    </>,
  )
}

/** A security key: plug in or hold near, then touch. */
export function keyPage(c: AppContext): Response | Promise<Response> {
  const t = translator(c)
  return handshake(
    c,
    { icon: 'usb-key', title: t('sign_in.key_title'), button: t('common.continue'), buttonIcon: 'usb-key', hint: 'security-key' },
    <>
      <p class="lk-lead">{t('sign_in.key_lead')}</p>
      <p class="lk-hint">{t('sign_in.key_note')}</p>
    </>,
  )
}

function handshake(
  c: AppContext,
  spec: { icon: IconName; title: string; button: string; buttonIcon: IconName; hint: Hint },
  words: Child,
): Response | Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const back = returnTo(c)
  return taskPage(
    c,
    { title: spec.title },
    <>
      <TaskHead icon={spec.icon} title={spec.title} />
      {words}
      <CeremonyForm
        class="lk-gap-24"
        kind="get"
        action="/sign-in/passkey"
        options={signInOptions(ctx, caller)}
        optionsUrl={OPTIONS_URL}
        hidden={back ? { return_to: back } : {}}
        hints={[spec.hint]}
        attachment="cross-platform"
        otherWay={otherWaysPath(back)}
      >
        <Button variant="primary" size="block" icon={spec.buttonIcon}>
          {spec.button}
        </Button>
      </CeremonyForm>
      <Unsupported t={t} />
      <PanelFoot>
        <Link href={otherWaysPath(back)}>{t('common.try_another_way')}</Link>
      </PanelFoot>
    </>,
  )
}
