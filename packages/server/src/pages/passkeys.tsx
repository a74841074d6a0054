import type { Child } from 'hono/jsx'
import { activePasskeys, displayName, shownPasskeys } from '../domain/facts.ts'
import { Problem } from '../domain/problems.ts'
import { providerOf } from '../domain/providers.ts'
import type { AccountFacts, Passkey } from '../domain/types.ts'
import { type WayIn, waysIn } from '../domain/ways-in.ts'
import { loadAccount } from '../flows/account.ts'
import {
  addPasskey,
  guardAdding,
  keepPasskey,
  ownPasskey,
  passkeyCreationOptions,
  reactivatePasskey,
  removePasskey,
  renamePasskey,
} from '../flows/passkeys.ts'
import { requireSession } from '../flows/session.ts'
import { hasGrant, stepUpMethods, stepUpOptions } from '../flows/step-up.ts'
import { passkeyJson, passkeyKind, passkeyName, passkeyOverviews } from '../flows/views.ts'
import type { Routes } from '../http/app.ts'
import { type AppContext, scopeOf } from '../http/env.ts'
import { readForm } from '../http/guards.ts'
import { pageRoute } from '../http/routes.ts'
import type { MessageKey, Translator } from '../messages/index.ts'
import { CeremonyForm, SignalMarker, WHERE } from './ceremony.tsx'
import { Consequence, purposeFields } from './consequence.tsx'
import { type Intents, verifyPath } from './intent.ts'
import { accountPage, goTo, taskPage, translator } from './page.tsx'
import { PasskeyBadges, PasskeyCard, type PasskeyView, ProviderIcon } from './passkey-card.tsx'
import { parseResponse } from './sign-in.tsx'
import { Button, Link, LinkButton } from './ui/buttons.tsx'
import { Option } from './ui/choices.tsx'
import { DialogContent } from './ui/dialog.tsx'
import { Details } from './ui/facts.tsx'
import { Field } from './ui/fields.tsx'
import { Form } from './ui/form.tsx'
import { Empty, More, Still } from './ui/guidance.tsx'
import { Back, PageHead, Section, TaskHead } from './ui/heads.tsx'
import { Actions, Card, PanelFoot, Stack } from './ui/layout.tsx'
import { Badge, Banner } from './ui/notes.tsx'
import { Art, Icon, type IconName } from './ui/pictures.tsx'
import { Time } from './ui/words.tsx'

const ADD = { operation: 'passkey.add', target: null } as const
const LIST = '/account/passkeys'

export const passkeyRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: LIST, access: 'account.read' }, listPage)
  pageRoute(app, { method: 'get', path: `${LIST}/new`, access: 'account.read' }, newPage)
  pageRoute(app, { method: 'post', path: LIST, access: 'passkey.add' }, postNew)
  pageRoute(app, { method: 'get', path: `${LIST}/:id`, access: 'account.read' }, detailsPage)
  pageRoute(app, { method: 'get', path: `${LIST}/:id/created`, access: 'account.read' }, createdPage)
  pageRoute(app, { method: 'get', path: `${LIST}/:id/rename`, access: 'account.read' }, c => renamePage(c))
  pageRoute(app, { method: 'post', path: `${LIST}/:id/rename`, access: 'passkey.rename' }, postRename)
  pageRoute(app, { method: 'post', path: `${LIST}/:id/keep`, access: 'passkey.rename' }, postKeep)
  pageRoute(app, { method: 'get', path: `${LIST}/:id/delete`, access: 'account.read' }, deletePage)
  pageRoute(app, { method: 'get', path: '/.well-known/passkey-endpoints', access: 'public' }, endpoints)
}

/** For password managers: where passkeys are made and managed (F14, D17). */
function endpoints(c: AppContext): Response {
  const { config } = scopeOf(c).ctx
  const base = config.origin + config.basePath
  return c.json({ enroll: `${base}${LIST}/new`, manage: `${base}${LIST}` })
}

const nameOf = (facts: AccountFacts, target: string | null): string => {
  const passkey = facts.passkeys.find(p => p.id === target)
  return passkey ? passkeyName(passkey) : ''
}

export const passkeyIntents: Intents = {
  'passkey.add': { reason: (t, facts) => t('passkeys.reason_add', { account: displayName(facts) }), done: () => `${LIST}/new` },
  'passkey.remove': {
    reason: (t, facts, target) => t('passkeys.reason_remove', { name: nameOf(facts, target) }),
    button: t => t('passkeys.delete_go'),
    danger: true,
    async done(c, target) {
      const { ctx, caller } = scopeOf(c)
      const outcome = await removePasskey(ctx, caller, target ?? '')
      const left = activePasskeys(await loadAccount(ctx, requireSession(caller).accountId))
      const query = outcome.status === 'waits' ? `waits=${outcome.until}` : 'done=removed'
      return `${left.length > 0 || outcome.status === 'waits' ? LIST : '/account/security'}?${query}&id=${encodeURIComponent(target ?? '')}`
    },
  },
  'passkey.reactivate': {
    reason: (t, facts, target) => t('passkeys.reason_reactivate', { name: nameOf(facts, target) }),
    button: t => t('passkey.reactivate'),
    async done(c, target) {
      const { ctx, caller } = scopeOf(c)
      const outcome = await reactivatePasskey(ctx, caller, target ?? '')
      const id = encodeURIComponent(target ?? '')
      return outcome.status === 'waits' ? `${LIST}?reactivates=${outcome.until}&id=${id}` : `${LIST}?done=reactivated&id=${id}`
    },
  },
}

/** What just happened, told once on the page that follows. */
export function Flash({ c, facts }: { c: AppContext; facts: AccountFacts }) {
  const t = translator(c)
  const name = nameOf(facts, c.req.query('id') ?? null)
  const until = Number(c.req.query('waits') ?? c.req.query('reactivates'))
  if (name === '') return null
  const words = {
    removed: 'passkeys.deleted',
    reactivated: 'passkeys.reactivated',
    suspended: 'passkeys.suspended',
  } as const satisfies Record<string, MessageKey>
  const done = c.req.query('done')
  if (done === 'removed' || done === 'reactivated' || done === 'suspended') {
    return (
      <Banner tone="ok" role="status">
        {t(words[done], { name })}
      </Banner>
    )
  }
  if (!Number.isSafeInteger(until) || until <= 0) return null
  return (
    <Banner tone="warn" icon="clock" role="status">
      {c.req.query('waits')
        ? t('passkeys.delete_waits', { name, until: t.datetime(until) })
        : t('passkeys.waits', { until: t.datetime(until) })}
    </Banner>
  )
}

/** Tells password managers what is left, suspended ones included: what is not in the list may be hidden for good (D9, D14). */
export const Signal = ({ c, facts }: { c: AppContext; facts: AccountFacts }) => (
  <SignalMarker
    rpId={scopeOf(c).ctx.config.rp.id}
    userId={Buffer.from(facts.account.userHandle).toString('base64url')}
    acceptedIds={shownPasskeys(facts).map(p => p.id)}
    name={displayName(facts)}
    displayName={displayName(facts)}
  />
)

/** S13. */
async function listPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller)
  const facts = await loadAccount(ctx, session.accountId)
  const sessions = await ctx.store.read.sessions.list(session.accountId, ctx.now())
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
      {onlyDeviceBound(facts) && <DeviceBoundWarning t={t} />}
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
  <LinkButton variant="primary" icon="plus" href={`${LIST}/new`}>
    {t('passkeys.create')}
  </LinkButton>
)

export const NoPasskeys = ({ t }: { t: Translator }) => (
  <Empty
    art="passkey"
    title={t('security.hero_title')}
    text={t('security.hero_text')}
    action={
      <LinkButton variant="primary" href={`${LIST}/new`}>
        {t('passkeys.create')}
      </LinkButton>
    }
    more={<Link href="/check-device">{t('passkeys.what_do_i_need')}</Link>}
  />
)

function Cards({ t, passkeys, now }: { t: Translator; passkeys: PasskeyView[]; now: number }) {
  const keys = passkeys.filter(p => p.kind === 'security_key')
  const others = passkeys.filter(p => p.kind !== 'security_key')
  const cards = (list: PasskeyView[], heading: 2 | 3): Child => (
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

/** K41: one passkey that cannot be restored. */
const onlyDeviceBound = (facts: AccountFacts): boolean => {
  const active = activePasskeys(facts)
  return active.length === 1 && active.every(p => !p.backupEligible)
}
export const DeviceBoundWarning = ({ t }: { t: Translator }) => (
  <Banner tone="warn" title={t('passkeys.only_device_bound')}>
    {t('passkeys.only_device_bound_text')}
  </Banner>
)

/** S11: the verification came first; then the card that says where to save it, and one click opens the prompt (K24). */
async function newPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller)
  const facts = await loadAccount(ctx, session.accountId)
  guardAdding(ctx, facts)
  if (!(await hasGrant(ctx, session, ADD))) return goTo(c, verifyPath('passkey.add'))
  return taskPage(
    c,
    { title: t('passkeys.new_title') },
    <>
      <TaskHead title={t('passkeys.new_title')} lead={t('passkeys.new_lead')} />
      <CeremonyForm
        class="lk-gap-24"
        kind="create"
        action={LIST}
        options={await passkeyCreationOptions(ctx, caller)}
        optionsUrl="/api/passkeys/options"
        other="/account/passkeys"
      >
        <Stack gap={12}>
          <Option
            icon="fingerprint"
            tone="info"
            title={t('passkeys.where_device')}
            note={t('passkeys.where_device_note')}
            badge={<Badge tone="ok">{t('passkeys.recommended')}</Badge>}
            data-lk-where="device"
            {...WHERE.device}
          />
          <Option
            icon="qr"
            title={t('passkeys.where_phone')}
            note={t('passkeys.where_phone_note')}
            data-lk-where="phone"
            {...WHERE.phone}
          />
          <Option icon="usb-key" title={t('passkeys.where_key')} note={t('passkeys.where_key_note')} data-lk-where="key" {...WHERE.key} />
        </Stack>
      </CeremonyForm>
      <p class="lk-hint" data-lk-unsupported="LK201" hidden>
        {t('sign_in.unsupported')}{' '}
        <Link inline href="/check-device">
          {t('sign_in.why')}
        </Link>
      </p>
      <Banner tone="warn" class="lk-gap-24">
        {t('passkeys.warn_shared')} {t('passkeys.warn_public')}
      </Banner>
      <Before t={t} />
      <PanelFoot>
        <Link href={LIST}>{t('common.cancel')}</Link>
        <Link href="/check-device">{t('passkeys.what_do_i_need')}</Link>
      </PanelFoot>
    </>,
  )
}

const BEFORE: readonly { icon: IconName; words: MessageKey }[] = [
  { icon: 'lock', words: 'passkeys.before_lock' },
  { icon: 'bluetooth', words: 'passkeys.before_bluetooth' },
  { icon: 'cloud', words: 'passkeys.before_icloud' },
  { icon: 'retry', words: 'passkeys.before_update' },
  { icon: 'eye', words: 'passkeys.before_private' },
  { icon: 'fingerprint', words: 'passkeys.before_biometrics' },
  { icon: 'shield-check', words: 'passkeys.before_backup' },
]

/** Preconditions and what to know, where the passkey is made (K5, K11-K16, O8, O9). */
const Before = ({ t }: { t: Translator }) => (
  <More summary={t('passkeys.before')} id="before">
    <ul class="lk-points">
      {BEFORE.map(({ icon, words }) => (
        <li>
          <Icon name={icon} size="s" />
          <span>
            {t(words)}
            {words === 'passkeys.before_icloud' && (
              <>
                {' '}
                <Link inline href="/help#icloud">
                  {t('passkeys.before_icloud_how')}
                </Link>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  </More>
)

async function postNew(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const { passkey, first } = await addPasskey(ctx, caller, parseResponse(form.response))
  return goTo(c, `${LIST}/${encodeURIComponent(passkey.id)}/created${first ? '?first=1' : ''}`)
}

/** How the passkey can, or can't, be had back (K39, K40). */
export function recoveryWords(t: Translator, passkey: Passkey): string {
  const kind = passkeyKind(passkey)
  if (kind === 'security_key') return t('passkeys.recovery_key')
  if (kind === 'device') return t('passkeys.recovery_device')
  const home = providerOf(passkey.aaguid)?.home ?? 'manager'
  return t(`passkeys.recovery_${home}` as MessageKey)
}

const kindWords = (t: Translator, passkey: Passkey): string => {
  const kind = passkeyKind(passkey)
  if (kind === 'security_key') return t('passkeys.kind_key')
  if (kind === 'device') return t('passkeys.kind_device')
  const provider = providerOf(passkey.aaguid)?.name
  return provider ? t('passkeys.kind_synced', { provider }) : t('passkeys.kind_synced_unknown')
}

/** S11c: created, named by itself, renamed in place. */
async function createdPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const { passkey, session, facts } = await ownPasskey(ctx, caller, c.req.param('id') ?? '')
  const view = passkeyJson(ctx, passkey, session)
  const first = c.req.query('first') === '1'
  return taskPage(
    c,
    { title: t('passkeys.created_title') },
    <>
      <Art name="created" framed />
      <TaskHead centred title={t('passkeys.created_title')} lead={t(first ? 'passkeys.created_first' : 'passkeys.created_lead')} />
      <div class="lk-gap-32">
        <Card flat foot={<NameForm t={t} passkey={passkey} />}>
          <div class="lk-row">
            <ProviderIcon passkey={view} />
            <div class="lk-row__text">
              <p class="lk-row__title">
                {view.provider ?? view.name} <PasskeyBadges passkey={{ ...view, thisDevice: false, trustedAt: null }} t={t} />
              </p>
              <p class="lk-row__note">
                {view.trustedAt === null ? t('passkeys.created_now') : t('passkeys.created_from', { until: t.datetime(view.trustedAt) })}
              </p>
            </div>
          </div>
        </Card>
      </div>
      <p class="lk-small lk-muted lk-gap-16">{kindWords(t, passkey)}</p>
      <Actions gap={24}>
        <LinkButton variant="primary" size="block" href="/account/security">
          {t('common.done')}
        </LinkButton>
        <LinkButton variant="text" size="block" href={`${LIST}/new`}>
          {t('passkeys.create_another')}
        </LinkButton>
      </Actions>
      <Signal c={c} facts={facts} />
    </>,
  )
}

const renamePath = (id: string): string => `${LIST}/${encodeURIComponent(id)}/rename`

/** Saves when the field is left; without a script there is a button. */
const NameForm = ({ t, passkey }: { t: Translator; passkey: Passkey }) => (
  <Form action={renamePath(passkey.id)} data-lk-save-on-blur="">
    <Field
      name="label"
      label={t('passkeys.name')}
      value={passkeyName(passkey)}
      hint={t('passkeys.name_hint')}
      maxlength={64}
      autocomplete="off"
      required
    />
    <noscript>
      <Button size="row">{t('common.save')}</Button>
    </noscript>
  </Form>
)

async function renamePage(c: AppContext, problem: Problem | null = null, typed?: string): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const { passkey, facts } = await ownPasskey(ctx, caller, c.req.param('id') ?? '')
  return accountPage(
    c,
    facts,
    { title: t('passkeys.rename_title'), nav: 'passkeys', error: problem !== null, status: problem ? 400 : 200 },
    <>
      <PageHead back={<Back href={LIST}>{t('passkeys.title')}</Back>} title={t('passkeys.rename_title')} />
      <Card pad>
        <Form class="lk-rename" action={renamePath(passkey.id)}>
          <Field
            name="label"
            label={t('passkeys.name')}
            value={typed ?? passkeyName(passkey)}
            hint={t('passkeys.name_hint')}
            error={problem ? t('passkeys.label_bad') : undefined}
            maxlength={64}
            autocomplete="off"
            required
            autofocus
          />
          <p class="lk-cluster">
            <Button variant="primary">{t('common.save')}</Button>
            <LinkButton variant="text" href={LIST} data-lk-close="">
              {t('common.cancel')}
            </LinkButton>
          </p>
        </Form>
      </Card>
    </>,
  )
}

async function postRename(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const id = c.req.param('id') ?? ''
  try {
    await renamePasskey(ctx, caller, id, form.label ?? '')
  } catch (error) {
    if (error instanceof Problem && error.code === 'label_invalid') return renamePage(c, error, form.label)
    throw error
  }
  return goTo(c, `${LIST}?renamed=1#passkey-${encodeURIComponent(id)}`)
}

async function postKeep(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  await keepPasskey(ctx, caller, c.req.param('id') ?? '')
  return goTo(c, LIST)
}

/** What still works, in words (S14). */
export function stillItems(t: Translator, ways: readonly WayIn[]): { icon: IconName; text: string }[] {
  const passkeys = ways.flatMap(w => (w.kind === 'passkey' ? [w.label] : []))
  const rest = ways.flatMap(w => {
    if (w.kind === 'password') return [t('security.password')]
    if (w.kind === 'password_and')
      return [`${t('security.password')} + ${w.second.map(m => (t.find(`method.${m}`) ?? m).toLowerCase()).join(' / ')}`]
    return w.kind === 'email' ? [t('method.email')] : []
  })
  return [
    ...(passkeys.length > 0 ? [{ icon: 'passkey' as const, text: passkeys.join(', ') }] : []),
    ...rest.map(text => ({ icon: 'lock' as const, text })),
  ]
}

/** S14 and S14b: what stops, what still works, and the verification in the same dialog. */
async function deletePage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const own = await ownPasskey(ctx, caller, c.req.param('id') ?? '')
  const name = passkeyName(own.passkey)
  const after: AccountFacts = {
    ...own.facts,
    passkeys: own.facts.passkeys.map(p => (p.id === own.passkey.id ? { ...p, status: 'removed' } : p)),
  }
  const left = waysIn(after, ctx.config.policy)
  if (left.length === 0) return blockedPage(c, t)
  const sessions = await ctx.store.read.sessions.list(own.session.accountId, ctx.now())
  const opened = sessions.filter(s => s.id !== own.session.id && s.evidence.every(e => e.credentialId === own.passkey.id)).length
  const provider = providerOf(own.passkey.aaguid)?.name
  return taskPage(
    c,
    { title: t('passkeys.delete_title', { name }) },
    <DialogContent id="delete" title={t('passkeys.delete_title', { name })} lead={t('passkeys.delete_stops')}>
      {opened > 0 && <p class="lk-gap-8">{t('passkeys.delete_sessions', { n: opened })}</p>}
      <Still items={stillItems(t, left)} />
      {passkeyKind(own.passkey) !== 'security_key' && (
        <p class="lk-small lk-muted lk-gap-16">{provider ? t('passkeys.delete_provider', { provider }) : t('passkeys.delete_manager')}</p>
      )}
      {own.session.credentialId === own.passkey.id && <p class="lk-small lk-muted lk-gap-8">{t('passkeys.delete_own')}</p>}
      <DeleteForms c={c} own={own} />
    </DialogContent>,
  )
}

async function DeleteForms({
  c,
  own,
}: {
  c: AppContext
  own: { passkey: Passkey; facts: AccountFacts; session: ReturnType<typeof requireSession> }
}) {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const purpose = { operation: 'passkey.remove', target: own.passkey.id } as const
  const methods = stepUpMethods(own.facts, ctx)
  const first = methods[0]
  const fields = purposeFields(purpose)
  const elsewhere = methods.filter(m => m !== 'passkey')
  const other = `${verifyPath(purpose.operation, purpose.target)}&choose=1`
  return (
    <>
      {first && <Consequence t={t} a={{ facts: own.facts, session: own.session, purpose }} c={c} method={first} />}
      <div class="lk-dialog__acts">
        <LinkButton href={LIST} data-lk-close="" autofocus>
          {t('passkeys.delete_keep')}
        </LinkButton>
        {first === 'passkey' ? (
          <CeremonyForm
            kind="get"
            action="/account/verify/passkey"
            options={await stepUpOptions(ctx, caller, purpose)}
            optionsUrl="/api/step-up/passkey/options"
            optionsBody={purpose}
            hidden={fields}
            other={other}
          >
            <Button variant="danger" size="block">
              {t('passkeys.delete_go')}
            </Button>
          </CeremonyForm>
        ) : (
          <BeginForm t={t} fields={fields} />
        )}
      </div>
      {first === 'passkey' && elsewhere.length > 0 && (
        <>
          <noscript>
            <BeginForm t={t} fields={fields} />
          </noscript>
          <p class="lk-center lk-gap-8">
            <Link href={other} data-lk-dialog="">
              {t('common.try_another_way')}
            </Link>
          </p>
        </>
      )}
    </>
  )
}

const BeginForm = ({ t, fields }: { t: Translator; fields: Record<string, string> }) => (
  <Form action="/account/verify/begin">
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <Button variant="danger" size="block">
      {t('passkeys.delete_go')}
    </Button>
  </Form>
)

/** S14b: never the last way in, and what would help. */
export const blockedPage = (c: AppContext, t: Translator): Response | Promise<Response> =>
  taskPage(
    c,
    { title: t('passkeys.blocked_title') },
    <DialogContent
      id="blocked"
      icon="shield-alert"
      tone="warn"
      title={t('passkeys.blocked_title')}
      lead={t('passkeys.blocked_text')}
      actions={
        <>
          <LinkButton href={LIST} data-lk-close="">
            {t('common.close')}
          </LinkButton>
          <LinkButton variant="primary" href={`${LIST}/new`}>
            {t('passkeys.create')}
          </LinkButton>
        </>
      }
    >
      <p class="lk-fine lk-muted">{t('common.error_code', { code: 'LK311' })}</p>
    </DialogContent>,
  )

/** All that is known about one passkey, with suspend and reactivate. */
async function detailsPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const { passkey, facts, session } = await ownPasskey(ctx, caller, c.req.param('id') ?? '')
  const sessions = await ctx.store.read.sessions.list(session.accountId, ctx.now())
  const view = passkeyJson(ctx, passkey, session, sessions)
  const id = encodeURIComponent(passkey.id)
  return accountPage(
    c,
    facts,
    { title: view.name, nav: 'passkeys' },
    <>
      <PageHead back={<Back href={LIST}>{t('passkeys.title')}</Back>} title={view.name} />
      <Card pad>
        <p class="lk-cluster lk-gap-4">
          <PasskeyBadges passkey={view} t={t} />
        </p>
        <div class="lk-gap-16">
          <Details items={detailItems(t, view, ctx.now())} />
        </div>
      </Card>
      <Section id="recovery" title={t('passkeys.recovery_title')}>
        <Stack gap={12}>
          <p>{recoveryWords(t, passkey)}</p>
          <p class="lk-muted">{t('passkeys.recovery_finder')}</p>
        </Stack>
      </Section>
      <p class="lk-cluster">
        <LinkButton icon="pencil" href={`${LIST}/${id}/rename`}>
          {t('passkey.rename')}
        </LinkButton>
        {view.status === 'suspended' ? (
          <LinkButton icon="play" href={verifyPath('passkey.reactivate', passkey.id)}>
            {t('passkey.reactivate')}
          </LinkButton>
        ) : (
          <LinkButton icon="pause" href="/account/lost-device">
            {t('passkeys.suspend')}
          </LinkButton>
        )}
        <LinkButton variant="danger" icon="trash" href={`${LIST}/${id}/delete`} data-lk-dialog="">
          {t('passkey.delete')}
        </LinkButton>
      </p>
    </>,
  )
}

function detailItems(t: Translator, view: PasskeyView, now: number) {
  const kind = { synced: 'passkey.synced', device: 'passkey.only_this_device', security_key: 'passkey.security_key' } as const
  return [
    { term: t('passkeys.details_kind'), value: t(kind[view.kind]) },
    { term: t('passkeys.details_status'), value: t(view.status === 'suspended' ? 'passkey.suspended' : 'passkeys.details_active') },
    ...(view.provider ? [{ term: t('passkeys.details_provider'), value: view.provider }] : []),
    {
      term: t('passkeys.details_created'),
      value: (
        <>
          <Time at={view.createdAt} /> · {view.createdIn}
        </>
      ),
    },
    {
      term: t('passkeys.details_used'),
      value:
        view.lastUsedAt === null ? (
          t('passkeys.details_never')
        ) : (
          <>
            <Time at={view.lastUsedAt} style="relative" now={now} /> · {view.lastUsedIn}
          </>
        ),
    },
    {
      term: t('passkeys.details_money'),
      value:
        view.trustedAt === null ? t('passkeys.details_money_yes') : t('passkeys.details_money_from', { until: t.datetime(view.trustedAt) }),
    },
    { term: t('passkeys.details_opened'), value: t('passkey.opened_sessions', { n: view.openSessions }) },
  ]
}
