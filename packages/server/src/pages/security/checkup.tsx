import type { Child } from 'hono/jsx'
import { type Checkup, FEW_CODES, nextCheckupAt, type WeakPoint } from '../../domain/checkup.ts'
import { activePasskeys, primaryAddress } from '../../domain/facts.ts'
import { maskIdentifier } from '../../domain/identifier.ts'
import { clientName } from '../../domain/providers.ts'
import { secondStepDemanded } from '../../domain/second-step.ts'
import type { AccountFacts, CredentialId, Passkey } from '../../domain/types.ts'
import { type Approved, approvedBy, finishCheckup, readCheckup } from '../../flows/account/checkup.ts'
import { passkeyKind, passkeyName } from '../../flows/account/views.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { MessageParams, Translator } from '../../messages/index.ts'
import { Flash } from '../passkeys/flash.tsx'
import { accountPage, goTo, translator } from '../shell/page.tsx'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { Status } from '../ui/facts.tsx'
import { Form } from '../ui/form.tsx'
import { Ticks } from '../ui/guidance.tsx'
import { Back, PageHead, Section } from '../ui/heads.tsx'
import { Card } from '../ui/layout.tsx'
import { List, Row } from '../ui/rows.tsx'
import { Identifier } from '../ui/words.tsx'

const PAGE = '/account/checkup'
const DAY_MS = 86_400_000

/** What is weak on an account, one step for each; stale passkeys with Keep and Delete; what holds (O25, O26). */
export const checkupRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: PAGE, access: 'account.read' }, checkupPage)
  pageRoute(app, { method: 'post', path: PAGE, access: 'account.read' }, postDone)
}

async function postDone(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  await finishCheckup(ctx, caller)
  return goTo(c, '/account/security')
}

async function checkupPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const found = await readCheckup(ctx, caller)
  const { facts } = found
  const calm = found.weak.length === 0 && found.stale.length === 0
  const again = nextCheckupAt({ account: { ...facts.account, checkedAt: ctx.now() } })
  return accountPage(
    c,
    facts,
    { title: t('checkup.title'), nav: 'security' },
    <>
      <PageHead back={<Back href="/account/security">{t('security.title')}</Back>} title={t('checkup.title')} lead={t('checkup.lead')} />
      <Flash c={c} facts={facts} />
      {calm && (
        <section class="lk-card lk-card--pad" aria-labelledby="good">
          <Status id="good" icon="shield-check" tone="ok" title={t('checkup.good')} note={t('checkup.good_note')} />
        </section>
      )}
      {found.weak.length > 0 && <Weak t={t} facts={facts} found={found} />}
      {found.stale.length > 0 && (
        <Stale
          t={t}
          stale={found.stale}
          approved={await approvedBy(ctx, caller)}
          days={Math.round(ctx.config.policy.staleAfterMs / DAY_MS)}
        />
      )}
      <Holds c={c} t={t} facts={facts} />
      <Form class="lk-cluster" action={PAGE}>
        <Button variant={calm ? 'primary' : undefined}>{t(calm ? 'checkup.done' : 'checkup.finish')}</Button>
        <span class="lk-small lk-muted">{found.mayFinish ? t('checkup.again', { at: again }) : t('checkup.with_passkey')}</span>
      </Form>
    </>,
  )
}

const NEW = '/account/passkeys/new'
const CODES = '/account/recovery-codes'
const GO: Record<Exclude<WeakPoint, 'copied'>, string> = {
  no_passkey: NEW,
  one_device: NEW,
  password_alone: '/account/factors',
  no_codes: CODES,
  codes_unsaved: CODES,
  few_codes: CODES,
  old_sessions: '/account/sessions',
}

const detailsOf = ({ id }: Pick<Passkey, 'id'>): string => `/account/passkeys/${encodeURIComponent(id)}`

interface Point {
  kind: WeakPoint
  href: string
  params: MessageParams
}

/** A copied passkey is a point of its own each time; of all others there is one. */
function pointsOf(t: Translator, facts: AccountFacts, { weak, copied, oldSessions }: Checkup): Point[] {
  const devices = oldSessions.map(s => t('checkup.old_session', { device: clientName(s.userAgent), at: s.lastSeenAt }))
  const params: MessageParams = { left: facts.recoveryCodes?.left ?? 0, n: oldSessions.length, devices: devices.join(' · ') }
  return weak.flatMap((kind): Point[] =>
    kind === 'copied'
      ? copied.map(passkey => ({ kind, href: detailsOf(passkey), params: { name: passkeyName(passkey) } }))
      : [{ kind, href: GO[kind], params }],
  )
}

function Weak({ t, facts, found }: { t: Translator; facts: AccountFacts; found: Checkup }) {
  const points = pointsOf(t, facts, found)
  return (
    <Section id="weak" title={t('checkup.first')} action={<span class="lk-small lk-muted">{t('checkup.left', { n: points.length })}</span>}>
      <List>
        {points.map(({ kind, href, params }, index) => (
          <Row
            icon="warning"
            tone={kind === 'copied' ? 'bad' : 'warn'}
            title={t(`checkup.${kind}`, params)}
            note={t(`checkup.${kind}_note`, params)}
            heading={3}
            end={
              <LinkButton size="row" variant={index === 0 ? 'primary' : undefined} href={href}>
                {t(`checkup.${kind}_go`)}
              </LinkButton>
            }
            top
            wrap
          />
        ))}
      </List>
    </Section>
  )
}

interface StaleProps {
  t: Translator
  stale: readonly Passkey[]
  approved: ReadonlyMap<CredentialId, Approved>
  days: number
}

function Stale({ t, stale, approved, days }: StaleProps) {
  return (
    <Section id="stale" title={t('checkup.stale')}>
      <Card foot={<p class="lk-small lk-muted">{t('checkup.stale_note', { days })}</p>}>
        <List bare>
          {stale.map(passkey => (
            <StaleRow t={t} passkey={passkey} approved={approved.get(passkey.id)} />
          ))}
        </List>
      </Card>
    </Section>
  )
}

function StaleRow({ t, passkey, approved }: { t: Translator; passkey: Passkey; approved: Approved | undefined }) {
  const name = passkeyName(passkey)
  const unused = t('checkup.unused', { at: passkey.lastUsedAt ?? passkey.createdAt })
  return (
    <Row
      icon={passkeyKind(passkey) === 'security_key' ? 'usb-key' : 'passkey'}
      title={<bdi>{name}</bdi>}
      note={`${unused} · ${whatItDid(t, approved)}`}
      heading={3}
      end={
        <span class="lk-cluster">
          <Form action={`${detailsOf(passkey)}/keep`}>
            <input type="hidden" name="from" value="checkup" />
            <Button size="row" label={t('passkey.keep_named', { name })}>
              {t('passkey.keep')}
            </Button>
          </Form>
          <LinkButton
            variant="danger"
            size="row"
            href={`${detailsOf(passkey)}/delete`}
            label={t('passkey.delete_named', { name })}
            data-lk-dialog=""
          >
            {t('passkey.delete')}
          </LinkButton>
        </span>
      }
      top
      wrap
    />
  )
}

/** "it approved 3 requests, the last on 2 May 2026": what would go with it (N7). */
export const whatItDid = (t: Translator, approved: Approved | undefined): string =>
  approved ? t('checkup.approved', { n: approved.count, at: approved.lastAt }) : t('checkup.only_signed_in')

function Holds({ c, t, facts }: { c: AppContext; t: Translator; facts: AccountFacts }) {
  const items = holding(c, t, facts)
  if (items.length === 0) return null
  return (
    <Section id="holds" title={t('checkup.holds')}>
      <Card pad>
        <Ticks items={items} />
      </Card>
    </Section>
  )
}

function holding(c: AppContext, t: Translator, facts: AccountFacts): { word: Child; text: Child }[] {
  const { policy } = scopeOf(c).ctx.config
  const { password, totp, recoveryCodes: codes } = facts
  const passkeys = activePasskeys(facts).filter(p => !p.flags.includes('counter')).length
  const saved = codes !== null && codes.savedAt !== null && codes.left > FEW_CODES
  return [
    ...(passkeys > 0 ? [{ word: t('checkup.holds_passkeys'), text: t('checkup.holds_passkeys_text', { n: passkeys }) }] : []),
    ...(password && secondStepDemanded(facts, policy)
      ? [{ word: t('checkup.holds_password'), text: t('checkup.holds_password_text', { at: password.changedAt }) }]
      : []),
    ...(totp ? [{ word: t('checkup.holds_totp'), text: t('checkup.holds_totp_text', { at: totp.createdAt }) }] : []),
    ...(saved ? [{ word: t('checkup.holds_codes'), text: t('checkup.holds_codes_text', { left: codes.left }) }] : []),
    ...(['email', 'phone'] as const).flatMap(kind => addressItem(t, facts, kind)),
    ...(facts.account.messages.phrase !== null ? [{ word: t('checkup.holds_phrase'), text: t('checkup.holds_phrase_text') }] : []),
  ]
}

function addressItem(t: Translator, facts: AccountFacts, kind: 'email' | 'phone'): { word: Child; text: Child }[] {
  const address = primaryAddress(facts, kind)
  if (!address) return []
  const to = <Identifier value={maskIdentifier(kind, address.value)} />
  return [{ word: t(`checkup.holds_${kind}`), text: t.parts<Child>('checkup.holds_address_text', { to }) as Child }]
}
