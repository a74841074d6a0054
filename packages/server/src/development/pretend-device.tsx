import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { raw } from 'hono/html'
import { type AppContext, scopeOf } from '../http/env.ts'
import type { Translator } from '../messages/index.ts'
import { goTo, taskPage, translator } from '../pages/shell/page.tsx'
import { Button, LinkButton } from '../pages/ui/buttons.tsx'
import { Status } from '../pages/ui/facts.tsx'
import { Points } from '../pages/ui/guidance.tsx'
import { TaskHead } from '../pages/ui/heads.tsx'
import { Card } from '../pages/ui/layout.tsx'
import { Art } from '../pages/ui/pictures.tsx'
import { developmentPage, Head } from './page.tsx'
import { findSample } from './sample.ts'
import { SAMPLE } from './sample-data.ts'
import type { DeviceKey } from './sample-keys.ts'

export const PRETEND_DEVICE = '/development/pretend-device'
export const PRETEND_SCRIPT = `${PRETEND_DEVICE}.js`
export const SWITCH_SCRIPT = '/development/pretend-switch.js'

/** What the compiler leaves under the same name, before the bundler came, imports files that browsers would not find. */
const IMPORTS = /^import\b/m

/** The software authenticator of the test kit as one file for browsers; null where the kit is not installed or not built. */
export function readPretendDevice(): string | null {
  try {
    const kit = dirname(createRequire(import.meta.url).resolve('@latchkey/testing/package.json'))
    const file = join(kit, 'dist', 'pretend-device.js')
    const script = existsSync(file) ? readFileSync(file, 'utf8') : ''
    return script === '' || IMPORTS.test(script) ? null : script
  } catch {
    return null
  }
}

/** Answers a script of ours. */
export const sendScript = (c: AppContext, script: string): Response =>
  c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' })

/**
 * Runs on two pages: takes over a key that the page carries, and works the switch. It writes nothing into the page but what is hidden,
 * so it needs no Trusted Types policy.
 */
export const switchScript = `
const NAME = 'lk-pretend-device'
const read = () => {
  try {
    return JSON.parse(localStorage.getItem(NAME)) ?? {}
  } catch {
    return {}
  }
}
const keys = () => (Array.isArray(read().keys) ? read().keys : [])
const write = (on, all) => localStorage.setItem(NAME, JSON.stringify({ ...read(), on, keys: all }))

const handed = document.querySelector('[data-lk-pretend-key]')
if (handed) {
  const { key, next } = JSON.parse(handed.textContent)
  write(true, [...keys().filter(one => one.rpId !== key.rpId || one.userName !== key.userName), key])
  location.replace(next)
}
const on = read().on === true
for (const part of document.querySelectorAll('[data-lk-pretend-when]')) part.hidden = (part.dataset.lkPretendWhen === 'on') !== on
for (const button of document.querySelectorAll('[data-lk-pretend-turn]'))
  button.addEventListener('click', () => {
    write(button.dataset.lkPretendTurn === 'on', keys())
    location.reload()
  })
`

const Script = ({ c }: { c: AppContext }) => {
  const { ctx, nonce } = scopeOf(c)
  return <script type="module" nonce={nonce} src={ctx.config.basePath + SWITCH_SCRIPT} />
}

/** What it is, and its switch for this browser. */
export async function pretendPage(c: AppContext): Promise<Response> {
  const t = translator(c)
  const sample = await findSample(scopeOf(c).ctx)
  return developmentPage(
    c,
    { title: t('development.pretend_title') },
    <>
      <Head title={t('development.pretend_title')} lead={t('development.pretend_lead')} />
      <Card pad>
        <State t={t} state="on" />
        <State t={t} state="off" />
        <noscript>
          <p>{t('development.pretend_script')}</p>
        </noscript>
      </Card>
      <Points
        items={[
          { icon: 'fingerprint', text: t('development.pretend_point_asks') },
          { icon: 'warning', text: t('development.pretend_point_open') },
          { icon: 'laptop', text: t('development.pretend_point_here') },
        ]}
      />
      {sample && (
        <p class="lk-needs-script">
          <LinkButton icon="download" href="/development/sample/key?to=device">
            {t('development.pretend_load')}
          </LinkButton>
        </p>
      )}
      <Script c={c} />
    </>,
  )
}

/** Both states are in the page; only the browser knows which one holds. */
function State({ t, state }: { t: Translator; state: 'on' | 'off' }) {
  const on = state === 'on'
  return (
    <div data-lk-pretend-when={state} hidden>
      <Status
        icon="fingerprint"
        tone={on ? 'warn' : 'info'}
        title={t(`development.pretend_${state}`)}
        note={t(`development.pretend_${state}_text`)}
      />
      <p class="lk-gap-24">
        <Button type="button" variant={on ? undefined : 'primary'} data-lk-pretend-turn={on ? 'off' : 'on'}>
          {t(on ? 'development.pretend_turn_off' : 'development.pretend_turn_on')}
        </Button>
      </p>
    </div>
  )
}

/** Hands the sample customer's private key to this browser and goes on; without a script the person goes on, without the key. */
export async function keyPage(c: AppContext): Promise<Response> {
  const { ctx, pretendScript } = scopeOf(c)
  const t = translator(c)
  const sample = await findSample(ctx)
  const next = c.req.query('to') === 'device' ? PRETEND_DEVICE : '/account/security'
  if (!sample || !pretendScript) return goTo(c, '/')
  return taskPage(
    c,
    { title: t('development.pretend_title'), layout: 'centred' },
    <>
      <Art name="passkey" framed />
      <TaskHead centred title={t('development.handed_title', { name: SAMPLE.email })} lead={t('development.handed_lead')} />
      <p class="lk-cluster lk-gap-24">
        <LinkButton variant="primary" href={next}>
          {t('common.continue')}
        </LinkButton>
      </p>
      <KeyBlock value={{ key: sample.key, next: ctx.config.basePath + next }} />
      <Script c={c} />
    </>,
  )
}

/** Data for our script; `<` is written so that nothing in it ends the element. */
const KeyBlock = ({ value }: { value: { key: DeviceKey; next: string } }) => (
  <script type="application/json" data-lk-pretend-key="">
    {raw(JSON.stringify(value).replace(/</g, '\\u003c'))}
  </script>
)
