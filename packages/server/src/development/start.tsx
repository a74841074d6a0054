import { type AppContext, scopeOf } from '../http/env.ts'
import type { Translator } from '../messages/index.ts'
import { translator } from '../pages/shell/page.tsx'
import { Button, Link } from '../pages/ui/buttons.tsx'
import { Details } from '../pages/ui/facts.tsx'
import { Form } from '../pages/ui/form.tsx'
import { PageHead, Section } from '../pages/ui/heads.tsx'
import { List, Row } from '../pages/ui/rows.tsx'
import { developmentPage, Shortened } from './page.tsx'
import { findSample } from './sample.ts'
import { lastCode, SecretsStrip } from './secrets.tsx'

const MOST = 200

/** S-dev: everything there is to try, and the shortest way to each. */
export const startPage =
  (demoUrl: string | null) =>
  async (c: AppContext): Promise<Response> => {
    const { ctx, pretendScript } = scopeOf(c)
    const t = translator(c)
    const title = t('development.title', { brand: ctx.config.brand.name })
    const messages = await ctx.store.read.inbox.list(MOST)
    const sample = await findSample(ctx)
    return developmentPage(
      c,
      { title },
      <>
        <PageHead title={title} lead={t('development.lead')} />
        <SampleCard t={t} pretend={pretendScript !== undefined} />
        {sample && <SecretsStrip t={t} sample={sample} code={lastCode(messages)} />}
        <Places t={t} demoUrl={demoUrl} messages={messages.length} pretend={pretendScript !== undefined} />
        <Shorter t={t} hourMs={ctx.config.policy.hourMs} factor={ctx.config.limitFactor} />
      </>,
    )
  }

/** Plain forms: the answer sets a cookie and may hand a key to a script of its own, so the browser loads it as a page. */
function SampleCard({ t, pretend }: { t: Translator; pretend: boolean }) {
  return (
    <section class="lk-card lk-card--pad" aria-labelledby="sample">
      <h2 id="sample">{t('development.sample')}</h2>
      <p class="lk-muted lk-gap-8">{t('development.sample_note')}</p>
      <Form class="lk-gap-24" action="/development/sample" data-lk-plain="">
        <Button variant="primary" size="block" icon="passkey" name="how" value="passkey">
          {t('development.sample_passkey')}
        </Button>
        <p class="lk-hint">{t(pretend ? 'development.sample_passkey_note' : 'development.sample_passkey_note_plain')}</p>
      </Form>
      <Form class="lk-gap-16" action="/development/sample" data-lk-plain="">
        <Button size="block" name="how" value="password">
          {t('development.sample_password')}
        </Button>
        <p class="lk-hint">{t('development.sample_password_note')}</p>
      </Form>
    </section>
  )
}

const Places = ({ t, demoUrl, messages, pretend }: { t: Translator; demoUrl: string | null; messages: number; pretend: boolean }) => (
  <Section id="places" title={t('development.places')}>
    <List>
      {demoUrl && <Row icon="send" title={t('development.demo')} note={t('development.demo_note')} href={demoUrl} />}
      <Row icon="user" title={t('development.sign_up')} note={t('development.sign_up_note')} href="/sign-up" />
      <Row icon="shield-check" title={t('development.security')} note={t('development.security_note')} href="/account/security" />
      <Row icon="mail" title={t('development.inbox')} note={t('development.inbox_note', { n: messages })} href="/development/inbox" />
      <Row icon="check" title={t('development.checklist')} note={t('development.checklist_note')} href="/development/checklist" />
      <Row icon="laptop" title={t('development.check_device')} note={t('development.check_device_note')} href="/check-device" />
      {pretend && (
        <Row icon="fingerprint" title={t('development.pretend')} note={t('development.pretend_note')} href="/development/pretend-device" />
      )}
    </List>
  </Section>
)

const Shorter = ({ t, hourMs, factor }: { t: Translator; hourMs: number; factor: number }) => (
  <Section id="shorter" title={t('development.shortened')}>
    <div class="lk-card lk-card--pad">
      <p class="lk-small lk-muted">{t('development.shortened_lead')}</p>
      <div class="lk-gap-16">
        <Details
          items={[
            { term: t('development.shortened_day'), value: <Shortened hours={24} hourMs={hourMs} /> },
            { term: t('development.shortened_days'), value: <Shortened hours={72} hourMs={hourMs} /> },
            { term: t('development.shortened_limits'), value: t('development.shortened_factor', { n: factor }) },
          ]}
        />
      </div>
      <p class="lk-gap-8">
        <Link href="/account/security">{t('security.rules')}</Link>
      </p>
    </div>
  </Section>
)
