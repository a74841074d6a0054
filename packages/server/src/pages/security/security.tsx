import type { Child } from 'hono/jsx'
import type { Ctx } from '../../ctx.ts'
import { FEW_CODES } from '../../domain/checkup.ts'
import { activePasskeys, primaryAddress, shownPasskeys } from '../../domain/facts.ts'
import { maskIdentifier } from '../../domain/identifier.ts'
import { METHODS, type MethodName } from '../../domain/methods.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, Session } from '../../domain/types.ts'
import { type NextStep, standing, type WayBack } from '../../domain/ways-in.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { checkupDue } from '../../flows/account/checkup.ts'
import { requireSession } from '../../flows/account/session.ts'
import { callerNow, liveSessions } from '../../flows/account/sessions.ts'
import { passkeyOverviews } from '../../flows/account/views.ts'
import { undoableChanges } from '../../flows/change/undo.ts'
import { setPasskeyFirst } from '../../flows/passkeys.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { PasskeyCard } from '../passkeys/card.tsx'
import { Flash, Signal } from '../passkeys/flash.tsx'
import { CreateButton, NoPasskeys } from '../passkeys/list.tsx'
import { accountPage, goTo, translator } from '../shell/page.tsx'
import { Link, LinkButton } from '../ui/buttons.tsx'
import { SwitchRow } from '../ui/choices.tsx'
import { Meter, type MeterItem, Status } from '../ui/facts.tsx'
import { More } from '../ui/guidance.tsx'
import { PageHead, Section } from '../ui/heads.tsx'
import { Banner } from '../ui/notes.tsx'
import { List, Row } from '../ui/rows.tsx'
import { Identifier } from '../ui/words.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'
import { LockBanner, PauseBanner, UndoPanel, WaitsPanel } from './waits.tsx'

const SHOWN = 3

export const securityRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: '/account/security', access: 'account.read' }, securityPage)
  pageRoute(app, { method: 'get', path: '/account', access: 'account.read' }, c => goTo(c, '/account/security'))
  pageRoute(app, { method: 'post', path: '/account/passkey-first', access: 'account.passkey_first' }, postPasskeyFirst)
}

/** How you sign in, and how you get back in. */
async function securityPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
  const sessions = await liveSessions(ctx, session)
  // while there is none, creating one is what the page is for (F9)
  const none = shownPasskeys(facts).length === 0
  const passkeys = <PasskeysSection t={t} facts={facts} ctx={ctx} session={session} sessions={sessions} />
  return accountPage(
    c,
    facts,
    { title: t('security.title'), nav: 'security' },
    <>
      <PageHead title={t('security.title')} lead={t('security.lead')} />
      <Flash c={c} facts={facts} />
      {c.req.query('unfrozen') === '1' && (
        <Banner tone="ok" role="status">
          {t('frozen.done')}
        </Banner>
      )}
      {c.req.query('kept') === '1' && (
        <Banner tone="ok" role="status">
          {t('closing.kept')}
        </Banner>
      )}
      {(await checkupDue(ctx, facts)) && <CheckupOffer t={t} />}
      <LockBanner t={t} facts={facts} now={ctx.now()} />
      <PauseBanner t={t} ctx={ctx} facts={facts} />
      <WaitsPanel t={t} changes={facts.pending} now={ctx.now()} />
      <UndoPanel t={t} ctx={ctx} changes={await undoableChanges(ctx, facts.account.id)} />
      {none ? [passkeys, <Level t={t} facts={facts} ctx={ctx} />] : [<Level t={t} facts={facts} ctx={ctx} />, passkeys]}
      <SigningIn t={t} facts={facts} />
      <Section id="devices" title={t('security.devices')}>
        <List>
          <Row
            icon="laptop"
            title={t('security.devices')}
            note={t('security.sessions_note', { n: sessions.length })}
            href="/account/sessions"
          />
          <Row icon="shield-check" title={t('checkup.title')} note={t('checkup.row_note')} href="/account/checkup" />
          <Row icon="activity" title={t('activity.title')} note={t('activity.note_link')} href="/account/activity" />
          <Row
            icon="mail"
            title={t('messages.row')}
            note={t(facts.account.messages.phrase === null ? 'messages.row_off' : 'messages.row_on')}
            href="/account/messages"
          />
          <Row icon="shield-alert" tone="warn" title={t('security.lost')} note={t('security.lost_note')} href="/account/lost-device" />
          <Row icon="lock" title={t('lock.row')} note={t('lock.row_note')} href="/account/lock" />
          <Row icon="freeze" title={t('freeze.row')} note={t('freeze.row_note')} href="/account/freeze" />
          <Row icon="trash" title={t('close.row')} note={t('close.row_note')} href="/account/close" />
        </List>
      </Section>
      <More summary={t('security.rules')}>
        <p>{t('security.rule_1')}</p>
        <p>{t('security.rule_2')}</p>
      </More>
      <Signal c={c} facts={facts} />
    </>,
  )
}

/** Once a new device has signed in, and every 180 days; here alone, and never between a person and what they came for (O25). */
const CheckupOffer = ({ t }: { t: Translator }) => (
  <Banner tone="info" icon="shield-check" role="region" label={t('checkup.offer_label')}>
    {t('checkup.offer')}{' '}
    <Link inline href="/account/checkup">
      {t('checkup.start')}
    </Link>
  </Banner>
)

/** The state at a glance: ways to sign in count, ways back only warn and colour the meter. */
function Level({ t, facts, ctx }: { t: Translator; facts: AccountFacts; ctx: Ctx }) {
  const { waysIn: ways, waysBack: back, nextStep } = standing(facts, ctx.config.policy)
  const good = nextStep === null
  const step = nextStep && STEPS[nextStep]
  return (
    <section class="lk-card lk-card--pad" aria-labelledby="level">
      <Status
        id="level"
        icon={good ? 'shield-check' : 'shield-alert'}
        tone={good ? 'ok' : 'warn'}
        title={t(good ? 'security.good' : 'security.risk', { n: ways.length })}
        note={step ? t(step.words) : t('security.good_note', { n: back.length })}
      />
      <Meter items={meterItems(t, facts, back)} />
      {step && (
        <p class="lk-gap-24">
          <LinkButton href={step.href}>{t(step.label)}</LinkButton>
        </p>
      )}
    </section>
  )
}

const CREATE = '/account/passkeys/new'
const STEPS: Record<NextStep, { words: MessageKey; label: MessageKey; href: string }> = {
  passkey: { words: 'security.risk_passkey', label: 'passkeys.create', href: CREATE },
  another_passkey: { words: 'security.risk_second', label: 'passkeys.create', href: CREATE },
  recovery_codes: { words: 'security.risk_codes', label: 'security.fix_codes', href: '/account/recovery-codes' },
  save_codes: { words: 'security.risk_unsaved', label: 'security.fix_unsaved', href: '/account/recovery-codes' },
}

/** Each complete way once: other passkeys, then each proof with what opens a recovery beside it. What is missing is named, too. */
function meterItems(t: Translator, facts: AccountFacts, back: readonly WayBack[]): MeterItem[] {
  const passkeys = back.flatMap(way => (way.kind === 'passkey' ? [way.label] : []))
  const pairs = back.flatMap(way => (way.kind === 'proofs' ? [way.proofs] : []))
  const first = [...new Set(pairs.map(([one]) => one))]
  return [
    {
      label: t('security.back_other_passkey'),
      note: passkeys.length > 0 ? <NameList names={passkeys} /> : t('security.back_none'),
      state: passkeys.length > 0 ? 'on' : 'off',
    },
    ...(first.includes('recovery_code') ? [] : [codesMissing(t, facts)]),
    ...first.map(one => pairItem(t, facts, one, pairs)),
    ...(back.some(way => way.kind === 'mail') ? [mailItem(t, facts)] : []),
  ]
}

const NameList = ({ names }: { names: readonly string[] }) => (
  <>
    {names.map((name, index) => (
      <>
        {index > 0 && ', '}
        <bdi translate="no">{name}</bdi>
      </>
    ))}
  </>
)

function codesMissing(t: Translator, { recoveryCodes: codes }: AccountFacts): MeterItem {
  const made = codes !== null && codes.left > 0
  const note = made
    ? codes.savedAt === null
      ? t('security.back_codes_unsaved')
      : t('security.back_codes_alone')
    : t('security.back_codes_none')
  return { label: t('security.back_codes'), note, state: 'off' }
}

/** "Recovery codes – with a code to m•••@example.com, or your password": none of them alone. */
function pairItem(t: Translator, facts: AccountFacts, one: MethodName, pairs: readonly (readonly [MethodName, MethodName])[]): MeterItem {
  const partners = pairs.flatMap(([first, second]) => (first === one ? [partnerOf(t, facts, second)] : []))
  const left = facts.recoveryCodes?.left ?? 0
  const few = one === 'recovery_code' && left <= FEW_CODES
  const list = partners.flatMap((partner, index) => (index === 0 ? [partner] : [t('security.back_or'), partner]))
  const note = t.parts<Child>('security.back_with', { partners: list as Child }) as Child
  return {
    label: t.find(`security.back.${one}`) ?? one,
    note: one === 'recovery_code' ? [t('security.back_codes_left', { left }), ' ', note] : note,
    state: few ? 'warn' : 'on',
  }
}

function partnerOf(t: Translator, facts: AccountFacts, method: MethodName): Child {
  const kind = METHODS[method].sendsTo
  const address = kind && primaryAddress(facts, kind)
  const to = address ? <Identifier value={maskIdentifier(address.kind, address.value)} /> : ''
  return t.parts<Child>(`security.back_partner.${method}` as MessageKey, { to }) as Child
}

const mailItem = (t: Translator, facts: AccountFacts): MeterItem => ({
  label: t('security.back_email'),
  note: t.parts<Child>('security.back_mail', {
    to: <Identifier value={maskIdentifier('email', primaryAddress(facts, 'email')?.value ?? '')} />,
  }) as Child,
  state: 'warn',
})

/** The first three passkeys as full cards, with Rename and Delete on them; the section carries the word "Configure" (K22). */
function PasskeysSection({
  t,
  facts,
  ctx,
  session,
  sessions,
}: {
  t: Translator
  facts: AccountFacts
  ctx: Ctx
  session: Session
  sessions: readonly Session[]
}) {
  const passkeys = passkeyOverviews(ctx, facts, session, sessions)
  const configure = (
    <Link href="/account/passkeys" label={t('security.configure_passkeys')}>
      {t('security.configure')}
    </Link>
  )
  return (
    <Section id="passkeys" title={t('security.passkeys')} action={configure}>
      {passkeys.length === 0 ? (
        <NoPasskeys t={t} />
      ) : (
        <>
          <ul class="lk-stack">
            {passkeys.slice(0, SHOWN).map(passkey => (
              <li>
                <PasskeyCard passkey={passkey} t={t} now={ctx.now()} />
              </li>
            ))}
          </ul>
          <p class="lk-cluster lk-gap-16">
            <CreateButton t={t} />
            {passkeys.length > SHOWN && (
              <LinkButton href="/account/passkeys">{t('security.all_passkeys', { n: passkeys.length })}</LinkButton>
            )}
          </p>
        </>
      )}
    </Section>
  )
}

function SigningIn({ t, facts }: { t: Translator; facts: AccountFacts }) {
  const factors = [
    facts.totp ? t('method.totp') : '',
    primaryAddress(facts, 'phone') ? t('method.sms') : '',
    primaryAddress(facts, 'email') ? t('method.email') : '',
  ].filter(Boolean)
  const codes = facts.recoveryCodes
  return (
    <Section id="signing-in" title={t('security.signing_in')}>
      <List>
        {activePasskeys(facts).length > 0 && (
          <SwitchRow
            icon="passkey"
            title={t('security.passkey_first')}
            note={t('security.passkey_first_note')}
            action="/account/passkey-first"
            name="on"
            checked={facts.account.passkeyFirst}
          />
        )}
        <Row
          icon="lock"
          title={t('security.password')}
          note={facts.password ? t('security.password_changed', { at: facts.password.changedAt }) : t('security.password_none')}
          href="/account/password"
        />
        <Row
          icon="app"
          title={t('security.factors')}
          note={factors.length > 0 ? factors.join(', ') : t('security.factors_none')}
          href="/account/factors"
        />
        <Row
          icon="codes"
          title={t('security.recovery_codes')}
          note={codes ? t('security.recovery_codes_made', { at: codes.createdAt }) : t('security.recovery_codes_none')}
          end={codes ? t('security.left', { left: codes.left }) : undefined}
          href="/account/recovery-codes"
        />
      </List>
    </Section>
  )
}

async function postPasskeyFirst(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const on = form.on !== undefined && form.on !== 'off'
  try {
    await setPasskeyFirst(ctx, caller, on)
  } catch (error) {
    if (error instanceof Problem && error.code === 'step_up_required')
      return goTo(c, verifyPath('account.passkey_first', on ? 'on' : 'off'))
    throw error
  }
  return goTo(c, '/account/security')
}

export const securityIntents: Intents = {
  'account.passkey_first': {
    reason: (t, _facts, target) => t(target === 'off' ? 'security.passkey_first_reason_off' : 'security.passkey_first_reason_on'),
    async done(c, target) {
      const { ctx, caller } = scopeOf(c)
      await setPasskeyFirst(ctx, await callerNow(ctx, caller), target !== 'off')
      return '/account/security'
    },
  },
}
