import type { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { addresses, primaryAddress } from '../../domain/facts.ts'
import { maskIdentifier } from '../../domain/identifier.ts'
import { confirmingMethod } from '../../domain/methods.ts'
import type { Operation } from '../../domain/policy.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, IdentifierKind } from '../../domain/types.ts'
import { requireSession } from '../../flows/account/session.ts'
import {
  addressOperation,
  beginAddress,
  confirmAddress,
  hasOtherAddress,
  offersText,
  openAddress,
  removeAddress,
  resendAddressCode,
} from '../../flows/addresses.ts'
import { hasGrant } from '../../flows/prove/step-up.ts'
import { type AppContext, type Env, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { Field } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { Identifier, Msg } from '../ui/words.tsx'
import { FACTORS, ownFacts, removePage, resultPage } from '../verify/change-pages.tsx'
import { codeError, isFieldProblem, ResendForm, SecretForm, sentAt } from '../verify/code-form.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'
import { blockedPage } from '../verify/way-in.tsx'

const KINDS: readonly IdentifierKind[] = ['email', 'phone']
const pathOf = (kind: IdentifierKind): string => `/account/${kind}`

/** Add, change and remove an e-mail address or a phone number: the new one, its code, done. */
export function addressRoutes(app: Hono<Env>): void {
  for (const kind of KINDS) {
    const path = pathOf(kind)
    const access = `${kind}.add` as const
    pageRoute(app, { method: 'get', path, access: 'account.read' }, c => addressPage(c, kind))
    pageRoute(app, { method: 'post', path, access }, c => postAddress(c, kind))
    pageRoute(app, { method: 'get', path: `${path}/code`, access: 'account.read' }, c => codePage(c, kind, null))
    pageRoute(app, { method: 'post', path: `${path}/code`, access }, c => postCode(c, kind))
    pageRoute(app, { method: 'post', path: `${path}/send`, access }, c => postSend(c, kind))
    pageRoute(app, { method: 'get', path: `${path}/remove`, access: 'account.read' }, c => removeAddressPage(c, kind))
  }
}

const intentsOf = (kind: IdentifierKind): Intents => ({
  [`${kind}.add`]: { reason: (t: Translator) => t(`address.reason_${kind}_add`), done: () => pathOf(kind) },
  [`${kind}.replace`]: { reason: (t: Translator) => t(`address.reason_${kind}_replace`), done: () => pathOf(kind) },
  [`${kind}.remove`]: {
    reason: (t: Translator) => t(`address.reason_${kind}_remove`),
    button: (t: Translator) => t(`address.${kind}_remove_go`),
    danger: true,
    async done(c: AppContext) {
      const { ctx, caller } = scopeOf(c)
      await removeAddress(ctx, caller, kind)
      return FACTORS
    },
  },
})
export const addressIntents: Intents = { ...intentsOf('email'), ...intentsOf('phone') }

/** The field for the new address; reached with a proof, or while the set-up that it began is open. */
async function addressPage(c: AppContext, kind: IdentifierKind, refused?: { problem: Problem; typed: string }): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  if (kind === 'phone' && !offersText(ctx)) throw new Problem('method_off')
  const facts = await ownFacts(c)
  const operation = addressOperation(facts, kind)
  const open = await openAddress(ctx, caller, kind)
  const mayBegin = open !== null || (await hasGrant(ctx, requireSession(caller), { operation, target: null }))
  if (!mayBegin && !refused) return goTo(c, verifyPath(operation))
  const title = t(operation.endsWith('.add') ? `address.${kind}_add_title` : `address.${kind}_replace_title`)
  const old = primaryAddress(facts, kind)
  return taskPage(
    c,
    { title, error: refused !== undefined, status: refused ? 400 : 200 },
    <>
      <TaskHead icon={kind === 'email' ? 'mail' : 'message'} title={title} lead={t(`address.${kind}_lead`)} />
      <Form class="lk-form" action={pathOf(kind)}>
        <Field
          name="address"
          label={t(`address.${kind}_label`)}
          type={kind === 'email' ? 'email' : 'tel'}
          inputmode={kind === 'email' ? 'email' : 'tel'}
          autocomplete={kind === 'email' ? 'email' : 'tel'}
          hint={kind === 'phone' ? t('address.phone_hint') : undefined}
          value={refused?.typed ?? open ?? undefined}
          error={refused && fieldWords(t, kind, refused.problem)}
          required
          autofocus
        />
        <Button variant="primary" size="block" class="lk-form__go">
          {t('address.send')}
        </Button>
      </Form>
      {old && (
        <p class="lk-small lk-muted lk-gap-16">
          {t.parts<Child>('address.old_keeps', { address: <Identifier value={maskIdentifier(kind, old.value)} /> }) as Child}
        </p>
      )}
      {kind === 'phone' && (
        <Banner tone="warn" class="lk-gap-16">
          {t('address.phone_weaker')}
        </Banner>
      )}
      <PanelFoot>
        <Link href={FACTORS}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

/** Refusals that the field explains; others are pages of their own. */
const FIELD_PROBLEMS: ReadonlySet<string> = new Set([
  'identifier_invalid',
  'phone_not_allowed',
  'already_done',
  'identifier_taken',
  'rate_limited',
])

function fieldWords(t: Translator, kind: IdentifierKind, problem: Problem): string {
  if (problem.code === 'phone_not_allowed') return t('address.country')
  if (problem.code === 'already_done') return t('address.same')
  if (problem.code === 'rate_limited') return t('address.wait', { n: problem.extras.retryAfterSeconds ?? 60 })
  return t(`address.${kind}_bad`)
}

async function postAddress(c: AppContext, kind: IdentifierKind): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const typed = form.address ?? ''
  try {
    return goTo(c, `${pathOf(kind)}/code?${sentAt(c, await beginAddress(ctx, caller, kind, typed))}`)
  } catch (error) {
    if (error instanceof Problem && FIELD_PROBLEMS.has(error.code)) return addressPage(c, kind, { problem: error, typed })
    throw error
  }
}

/** The code for a new address, which stands there in full: a typing mistake is found here or never. */
async function codePage(c: AppContext, kind: IdentifierKind, problem: Problem | null): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const address = await openAddress(ctx, caller, kind)
  if (address === null) return goTo(c, pathOf(kind))
  const method = confirmingMethod(kind)
  return taskPage(
    c,
    { title: t('address.code_title'), error: problem !== null, status: problem ? 400 : 200 },
    <>
      <TaskHead
        icon={kind === 'email' ? 'mail' : 'message'}
        title={t('address.code_title')}
        lead={<Msg id="address.code_sent" to={<Identifier value={address} />} />}
      />
      <SecretForm t={t} method={method} action={`${pathOf(kind)}/code`} error={codeError(t, problem, method)} />
      <ResendForm c={c} action={`${pathOf(kind)}/send`} hidden={{}} />
      {kind === 'phone' && <p class="lk-hint">{t('address.code_slow')}</p>}
      <PanelFoot>
        <Link href={pathOf(kind)}>{t('address.code_other')}</Link>
        <Link href={FACTORS}>{t('common.cancel')}</Link>
      </PanelFoot>
    </>,
  )
}

async function postSend(c: AppContext, kind: IdentifierKind): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  return goTo(c, `${pathOf(kind)}/code?${sentAt(c, await resendAddressCode(ctx, caller, kind))}`)
}

async function postCode(c: AppContext, kind: IdentifierKind): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const form = await readForm(c)
  const address = (await openAddress(ctx, caller, kind)) ?? ''
  try {
    const outcome = await confirmAddress(ctx, caller, kind, form.secret ?? '')
    const lead = <Msg id="address.done_lead" to={<Identifier value={address} />} />
    return await resultPage(c, outcome, { title: t(`address.${kind}_done`), lead })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (isFieldProblem(error)) return codePage(c, kind, error)
    if (error.code === 'form_expired') return goTo(c, pathOf(kind))
    throw error
  }
}

async function removeAddressPage(c: AppContext, kind: IdentifierKind): Promise<Response> {
  const t = translator(c)
  const facts = await ownFacts(c)
  const old = primaryAddress(facts, kind)
  if (!old) return goTo(c, FACTORS)
  if (!hasOtherAddress(facts, kind)) {
    const go = { words: t('address.only_go'), href: pathOf(kind) }
    return blockedPage(c, { title: t('address.only_title'), text: t('address.only_text'), back: FACTORS, go })
  }
  const gone = new Set(addresses(facts, kind).map(i => i.id))
  const after: AccountFacts = { ...facts, identifiers: facts.identifiers.filter(i => !gone.has(i.id)) }
  return removePage(c, facts, {
    operation: `${kind}.remove` satisfies Operation,
    after,
    title: t(`address.${kind}_remove_title`),
    lead: t.parts<Child>('address.remove_lead', { address: <Identifier value={maskIdentifier(kind, old.value)} /> }) as Child,
    go: t(`address.${kind}_remove_go`),
    back: FACTORS,
    lastText: t('factors.last_text'),
  })
}
