import { type AppContext, scopeOf } from '../http/env.ts'
import type { Translator } from '../messages/index.ts'
import { translator } from '../pages/page.tsx'
import { Cluster, Codes, type Detail, Details, LinkButton, PageHead, Section } from '../pages/ui.tsx'
import type { InboxMessage } from '../store/store.ts'
import { Copy, developmentPage, ToStart } from './page.tsx'
import { codeIn, findSample, type SampleSecrets } from './sample.ts'
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
  <Section id="secrets" title={t('development.secrets')} action={<a href="/development/sample">{t('development.secrets_all')}</a>}>
    <div class="lk-card lk-card--pad">
      <Details items={rows({ t, sample, code }, sample.recoveryCodes[0])} />
      <p class="lk-hint">{t('development.secrets_lead')}</p>
    </div>
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
      <PageHead
        back={<ToStart />}
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
    <div class="lk-card lk-card--pad">
      <Details items={[...rows({ t, sample, code }), ...setUp(t, sample)]} />
    </div>
    <Section id="codes" title={t('development.recovery_codes')}>
      {sample.recoveryCodes.length > 0 ? <Codes codes={sample.recoveryCodes} /> : <p>{t('development.none_left')}</p>}
    </Section>
  </>
)

function rows({ t, sample, code }: SecretsProps, recoveryCode?: string): Detail[] {
  const { totp, password } = sample
  const gone = t('development.changed')
  const item = (what: string, text: string | null, none: string, note?: string): Detail => ({
    term: what,
    value: text === null ? none : <Secret text={text} what={what} note={note} />,
  })
  return [
    item(t('development.email'), SAMPLE.email, gone),
    item(t('development.phone'), SAMPLE.phone, gone),
    item(t('development.password'), password, gone),
    item(t('development.totp'), totp?.code ?? null, gone, totp ? t('development.totp_next', { code: totp.next }) : undefined),
    ...(recoveryCode === undefined ? [] : [item(t('development.recovery_code'), recoveryCode, gone)]),
    item(t('development.last_code'), code, t('development.no_code')),
  ]
}

const setUp = (t: Translator, { totp }: SampleSecrets): Detail[] => {
  const what = t('development.totp_secret')
  return totp ? [{ term: what, value: <Secret text={totp.secret} what={what} /> }] : []
}

const Secret = ({ text, what, note }: { text: string; what: string; note?: string | undefined }) => (
  <Cluster>
    <bdi class="lk-mono">{text}</bdi>
    {note && <span class="lk-small lk-muted">{note}</span>}
    <Copy text={text} what={what} />
  </Cluster>
)
