import type { Child } from 'hono/jsx'
import { addresses, primaryAddress } from '../../domain/facts.ts'
import { maskIdentifier } from '../../domain/identifier.ts'
import type { Operation } from '../../domain/policy.ts'
import type { AccountFacts, IdentifierKind } from '../../domain/types.ts'
import { offersText } from '../../flows/addresses.ts'
import { waitingChange } from '../../flows/factors.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { accountPage, translator } from '../shell/page.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { Back, PageHead } from '../ui/heads.tsx'
import { Badge } from '../ui/notes.tsx'
import { List, Row } from '../ui/rows.tsx'
import { Identifier } from '../ui/words.tsx'
import { FACTORS, ownFacts } from '../verify/change-pages.tsx'
import type { Intents } from '../verify/intent.ts'
import { addressIntents, addressRoutes } from './addresses.tsx'
import { TOTP, totpIntents, totpRoutes } from './totp.tsx'
import { WaitingChange } from './waiting-change.tsx'

/** Second factors: the hub, the authenticator app, the addresses. */
export const factorRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: FACTORS, access: 'account.read' }, hubPage)
  totpRoutes(app)
  addressRoutes(app)
}

export const factorIntents: Intents = { ...totpIntents, ...addressIntents }

/** The strongest first, each with its state, its date and what can be done. */
async function hubPage(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const facts = await ownFacts(c)
  return accountPage(
    c,
    facts,
    { title: t('factors.title'), nav: 'factors' },
    <>
      <PageHead back={<Back href="/account/security">{t('security.title')}</Back>} title={t('factors.title')} lead={t('factors.lead')} />
      <WaitingChange t={t} facts={facts} operations={HUB_OPERATIONS} />
      <List label={t('factors.title')}>
        <TotpRow t={t} facts={facts} />
        <AddressRow t={t} facts={facts} kind="email" />
        {(offersText(ctx) || primaryAddress(facts, 'phone')) && <AddressRow t={t} facts={facts} kind="phone" />}
        <CodesRow t={t} facts={facts} />
      </List>
    </>,
  )
}

const HUB_OPERATIONS: readonly Operation[] = [
  'totp.add',
  'totp.replace',
  'totp.remove',
  'email.add',
  'email.replace',
  'email.remove',
  'phone.add',
  'phone.replace',
  'phone.remove',
  'recovery_codes.add',
  'recovery_codes.replace',
]

/** When a waiting change of this thing takes effect. */
function Waits({ t, facts, operations }: { t: Translator; facts: AccountFacts; operations: Operation[] }) {
  const waiting = waitingChange(facts, ...operations)
  if (!waiting) return null
  return (
    <Badge tone="warn" icon="clock">
      {t('factors.waits', { until: waiting.until })}
    </Badge>
  )
}

/** A small button of a row: "Replace", read as "Replace: Authenticator app". */
function RowLink({ t, words, name, href, danger }: { t: Translator; words: RowWords; name: string; href: string; danger?: boolean }) {
  const label = t(`${words}_named`, { name })
  return (
    <LinkButton size="row" variant={danger ? 'danger' : 'text'} href={href} label={label} {...(danger && { 'data-lk-dialog': '' })}>
      {t(words)}
    </LinkButton>
  )
}
type RowWords = 'factors.set_up' | 'factors.add' | 'factors.replace' | 'factors.change' | 'factors.remove'

function TotpRow({ t, facts }: { t: Translator; facts: AccountFacts }) {
  const name = t('method.totp')
  return (
    <Row
      icon="app"
      title={name}
      badges={
        <>
          {!facts.totp && <Badge tone="ok">{t('factors.recommended')}</Badge>}
          <Waits t={t} facts={facts} operations={['totp.add', 'totp.replace', 'totp.remove']} />
        </>
      }
      note={facts.totp ? t('factors.on_since', { at: facts.totp.createdAt }) : t('factors.totp_off')}
      end={
        <>
          <RowLink t={t} words={facts.totp ? 'factors.replace' : 'factors.set_up'} name={name} href={TOTP} />
          {facts.totp && <RowLink t={t} words="factors.remove" name={name} href={`${TOTP}/remove`} danger />}
        </>
      }
      wrap
    />
  )
}

function AddressRow({ t, facts, kind }: { t: Translator; facts: AccountFacts; kind: IdentifierKind }) {
  const name = t(kind === 'email' ? 'method.email' : 'method.sms')
  const [address] = addresses(facts, kind)
  const hasOtherKind = addresses(facts, kind === 'email' ? 'phone' : 'email').length > 0
  const on = kind === 'email' ? 'factors.email_on' : 'factors.sms_on'
  const off = kind === 'email' ? 'factors.email_off' : 'factors.sms_off'
  const masked = address && <Identifier value={maskIdentifier(kind, address.value)} />
  const state: Child = address ? (t.parts<Child>(on, { address: masked, at: address.verifiedAt }) as Child) : t(off)
  const href = `/account/${kind}`
  return (
    <Row
      icon={kind === 'email' ? 'mail' : 'message'}
      title={name}
      badges={<Waits t={t} facts={facts} operations={[`${kind}.add`, `${kind}.replace`, `${kind}.remove`]} />}
      note={
        <>
          {state}
          <br />
          {t(kind === 'email' ? 'factors.email_counts' : 'factors.sms_weaker')}
        </>
      }
      end={
        <>
          <RowLink t={t} words={address ? 'factors.change' : 'factors.add'} name={name} href={href} />
          {address && hasOtherKind && <RowLink t={t} words="factors.remove" name={name} href={`${href}/remove`} danger />}
        </>
      }
      wrap
    />
  )
}

function CodesRow({ t, facts }: { t: Translator; facts: AccountFacts }) {
  const codes = facts.recoveryCodes
  return (
    <Row
      icon="codes"
      title={t('recovery_codes.title')}
      badges={<Waits t={t} facts={facts} operations={['recovery_codes.add', 'recovery_codes.replace']} />}
      note={codes ? t('factors.codes_on', { left: codes.left, at: codes.createdAt }) : t('factors.codes_off')}
      href="/account/recovery-codes"
    />
  )
}
