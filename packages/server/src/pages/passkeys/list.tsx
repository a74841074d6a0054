import type { PasskeyJson } from '@latchkey/browser/wire'
import type { Child } from 'hono/jsx'
import { onlyOnOneDevice } from '../../domain/ways-in.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { liveSessions } from '../../flows/account/sessions.ts'
import { passkeyOverviews } from '../../flows/account/views.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { accountPage, translator } from '../shell/page.tsx'
import { Link, LinkButton } from '../ui/buttons.tsx'
import { Empty } from '../ui/guidance.tsx'
import { Back, PageHead, Section } from '../ui/heads.tsx'
import { Banner } from '../ui/notes.tsx'
import { PasskeyCard } from './card.tsx'
import { Flash, Signal } from './flash.tsx'
import { LIST } from './paths.ts'

/** The passkeys of the account, each with what can be done. */
export async function listPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
  const sessions = await liveSessions(ctx, session)
  const passkeys = passkeyOverviews(ctx, facts, session, sessions)
  return accountPage(
    c,
    facts,
    { title: t('passkeys.title'), nav: 'passkeys' },
    <>
      <PageHead
        back={<Back href="/account/security">{t('security.title')}</Back>}
        title={t('passkeys.title')}
        lead={passkeys.length > 0 ? t('passkeys.lead') : undefined}
        action={passkeys.length > 0 ? <CreateButton t={t} /> : undefined}
      />
      <Flash c={c} facts={facts} />
      {passkeys.length === 0 ? <NoPasskeys t={t} /> : <Cards t={t} passkeys={passkeys} now={ctx.now()} />}
      {onlyOnOneDevice(facts) && <DeviceBoundWarning t={t} />}
      {passkeys.length > 0 && (
        <p class="lk-small lk-muted">
          {t('passkeys.review')} {t('passkeys.no_delete_all')}
        </p>
      )}
      <Signal c={c} facts={facts} />
    </>,
  )
}

export const CreateButton = ({ t }: { t: Translator }) => (
  <LinkButton variant="primary" icon="plus" href={`${LIST}/new`} data-lk-dialog="">
    {t('passkeys.create')}
  </LinkButton>
)

export const NoPasskeys = ({ t }: { t: Translator }) => (
  <Empty
    art="passkey"
    title={t('security.hero_title')}
    text={t('security.hero_text')}
    action={
      <LinkButton variant="primary" href={`${LIST}/new`} data-lk-dialog="">
        {t('passkeys.create')}
      </LinkButton>
    }
    more={<Link href="/check-device">{t('passkeys.what_do_i_need')}</Link>}
  />
)

function Cards({ t, passkeys, now }: { t: Translator; passkeys: PasskeyJson[]; now: number }) {
  const keys = passkeys.filter(p => p.kind === 'security_key')
  const others = passkeys.filter(p => p.kind !== 'security_key')
  const cards = (list: PasskeyJson[], heading: 2 | 3): Child => (
    <ul class="lk-stack">
      {list.map(passkey => (
        <li>
          <PasskeyCard passkey={passkey} t={t} now={now} heading={heading} />
        </li>
      ))}
    </ul>
  )
  if (keys.length === 0 || others.length === 0) return <>{cards(passkeys, 2)}</>
  return (
    <>
      <Section id="on-devices" group title={t('passkey.group_devices')}>
        {cards(others, 3)}
      </Section>
      <Section id="on-keys" group title={t('passkey.group_keys')}>
        {cards(keys, 3)}
      </Section>
    </>
  )
}

export const DeviceBoundWarning = ({ t }: { t: Translator }) => (
  <Banner tone="warn" title={t('passkeys.only_device_bound')}>
    {t('passkeys.only_device_bound_text')}
  </Banner>
)
