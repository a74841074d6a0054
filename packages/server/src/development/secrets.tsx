import { codeIn } from '../deliver/index.ts'
import { type AppContext, scopeOf } from '../http/env.ts'
import type { Translator } from '../messages/index.ts'
import { translator } from '../pages/shell/page.tsx'
import { LinkButton } from '../pages/ui/buttons.tsx'
import { useHref } from '../pages/ui/context.ts'
import { Codes } from '../pages/ui/facts.tsx'
import { Section } from '../pages/ui/heads.tsx'
import type { IconName } from '../pages/ui/pictures.tsx'
import { List, Row } from '../pages/ui/rows.tsx'
import type { InboxMessage } from '../store/store.ts'
import { Copy, developmentPage, Head } from './page.tsx'
import { findSample, type SampleSecrets } from './sample.ts'
import { SAMPLE } from './sample-data.ts'

const MOST = 200

/** The code of the newest message to the sample customer that carries one. */
export function lastCode(messages: readonly InboxMessage[]): string | null {
  const own = messages.filter(message => message.to === SAMPLE.email || message.to === SAMPLE.phone)
  return own.map(codeIn).find(code => code !== null) ?? null
}

interface SecretsProps {
  t: Translator
  sample: SampleSecrets
  code: string | null
}

/** On the start page: what a step-up may ask for, ready to be copied. */
export const SecretsStrip = ({ t, sample, code }: SecretsProps) => (
  <Section
    id="secrets"
    title={t('development.secrets')}
    action={<a href={useHref()('/development/sample')}>{t('development.secrets_all')}</a>}
  >
    <Secrets t={t} secrets={secretsOf({ t, sample, code }, sample.recoveryCodes[0])} />
    <p class="lk-hint">{t('development.secrets_lead')}</p>
  </Section>
)

/** The same as a page, with every recovery code and the set-up key. */
export async function secretsPage(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const sample = await findSample(ctx)
  const code = lastCode(await ctx.store.read.inbox.list(MOST))
  return developmentPage(
    c,
    { title: t('development.secrets') },
    <>
      <Head
        title={t('development.secrets')}
        lead={t(sample ? 'development.secrets_lead' : 'development.secrets_none')}
        action={
          sample && (
            <LinkButton icon="retry" href="/development/sample">
              {t('common.reload')}
            </LinkButton>
          )
        }
      />
      {sample && <AllSecrets t={t} sample={sample} code={code} />}
    </>,
  )
}

const AllSecrets = ({ t, sample, code }: SecretsProps) => (
  <>
    <Secrets t={t} secrets={[...secretsOf({ t, sample, code }), ...setUp(t, sample)]} />
    <Section id="codes" title={t('development.recovery_codes')}>
      {sample.recoveryCodes.length > 0 ? <Codes codes={sample.recoveryCodes} /> : <p>{t('development.none_left')}</p>}
    </Section>
  </>
)

interface Secret {
  icon: IconName
  what: string
  /** null: there is none, and `note` says why. */
  text: string | null
  note?: string | undefined
}

function secretsOf({ t, sample, code }: SecretsProps, recoveryCode?: string): Secret[] {
  const { totp, password } = sample
  const gone = t('development.changed')
  const next = totp ? t('development.totp_next', { code: totp.next }) : gone
  return [
    { icon: 'mail', what: t('development.email'), text: SAMPLE.email },
    { icon: 'phone', what: t('development.phone'), text: SAMPLE.phone },
    { icon: 'lock', what: t('development.password'), text: password, note: password === null ? gone : undefined },
    { icon: 'app', what: t('development.totp'), text: totp?.code ?? null, note: next },
    ...(recoveryCode === undefined ? [] : [{ icon: 'codes' as const, what: t('development.recovery_code'), text: recoveryCode }]),
    { icon: 'message', what: t('development.last_code'), text: code, note: code === null ? t('development.no_code') : undefined },
  ]
}

const setUp = (t: Translator, { totp }: SampleSecrets): Secret[] =>
  totp ? [{ icon: 'qr', what: t('development.totp_secret'), text: totp.secret }] : []

/** The value stands out, what it is stands under it. */
const Secrets = ({ t, secrets }: { t: Translator; secrets: Secret[] }) => (
  <List label={t('development.secrets')}>
    {secrets.map(({ icon, what, text, note }) => (
      <Row
        icon={icon}
        wrap
        title={
          text === null ? (
            what
          ) : (
            <bdi class="lk-mono" translate="no">
              {text}
            </bdi>
          )
        }
        note={[text === null ? '' : what, note ?? ''].filter(Boolean).join(' · ')}
        end={text !== null && <Copy text={text} what={what} />}
      />
    ))}
  </List>
)
