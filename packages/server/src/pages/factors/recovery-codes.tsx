import type { AccountFacts } from '../../domain/types.ts'
import { requireSession } from '../../flows/account/session.ts'
import { hasGrant } from '../../flows/prove/step-up.ts'
import { makeCodes, markCodesSaved, recoveryCodesOperation } from '../../flows/recovery-codes.ts'
import type { Routes } from '../../http/app.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { pageRoute } from '../../http/routes.ts'
import type { Translator } from '../../messages/index.ts'
import { accountPage, goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { Check } from '../ui/choices.tsx'
import { Status } from '../ui/facts.tsx'
import { Form } from '../ui/form.tsx'
import { Empty } from '../ui/guidance.tsx'
import { Back, PageHead, TaskHead } from '../ui/heads.tsx'
import { Actions, Card } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { ownFacts } from '../verify/change-pages.tsx'
import { type Intents, verifyPath } from '../verify/intent.ts'
import { CODES, Hidden, Later, leave, type Onward, onwardOf, queryOf, queryOnward, sheetPage } from './recovery-codes-sheet.tsx'
import { WaitingChange } from './waiting-change.tsx'

const NEW = `${CODES}/new`
/** From so few on, the pages ask for new ones. */
const LOW = 3

/** Recovery codes: what is left, and the sheet that is shown once, in the answer to the POST that made it. */
export const recoveryCodeRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: CODES, access: 'account.read' }, statePage)
  pageRoute(app, { method: 'get', path: NEW, access: 'account.read' }, newPage)
  pageRoute(app, { method: 'post', path: NEW, access: 'recovery_codes.add' }, postNew)
  pageRoute(app, { method: 'post', path: `${CODES}/saved`, access: 'account.read' }, postSaved)
}

export const recoveryCodeIntents: Intents = {
  'recovery_codes.add': { reason: t => t('recovery_codes.reason_add'), done: () => NEW },
  'recovery_codes.replace': { reason: t => t('recovery_codes.reason_replace'), done: () => NEW },
}

/** What is left; the codes themselves can't be shown again. */
async function statePage(c: AppContext): Promise<Response> {
  const t = translator(c)
  const onward = queryOnward(c)
  if (c.req.query('later') === '1') return leave(c, onward)
  if (onward.first) return goTo(c, `${NEW}?${queryOf(onward)}`)
  const facts = await ownFacts(c)
  return accountPage(
    c,
    facts,
    { title: t('recovery_codes.title'), nav: 'recovery_codes' },
    <>
      <PageHead
        back={<Back href="/account/security">{t('security.title')}</Back>}
        title={t('recovery_codes.title')}
        lead={t('recovery_codes.lead')}
      />
      <WaitingChange t={t} facts={facts} operations={['recovery_codes.add', 'recovery_codes.replace']} />
      {facts.recoveryCodes ? <State t={t} codes={facts.recoveryCodes} /> : <None t={t} />}
    </>,
  )
}

const None = ({ t }: { t: Translator }) => (
  <Empty
    art="passkey"
    title={t('recovery_codes.none')}
    text={t('recovery_codes.none_text')}
    action={
      <LinkButton variant="primary" href={NEW}>
        {t('recovery_codes.make')}
      </LinkButton>
    }
  />
)

function State({ t, codes }: { t: Translator; codes: NonNullable<AccountFacts['recoveryCodes']> }) {
  const low = codes.left <= LOW
  return (
    <>
      {low && (
        <Banner tone="warn" title={t('recovery_codes.low_title', { left: codes.left })}>
          {t('recovery_codes.low')}
        </Banner>
      )}
      <Card pad>
        <Status
          icon="codes"
          tone={low ? 'warn' : 'ok'}
          title={t('recovery_codes.left', { left: codes.left })}
          note={t('recovery_codes.made', { at: codes.createdAt })}
        />
        <p class="lk-small lk-muted lk-gap-16">
          {codes.savedAt === null ? t('recovery_codes.unsaved') : t('recovery_codes.saved', { at: codes.savedAt })}
        </p>
        <p class="lk-gap-24">
          <LinkButton variant={low ? 'primary' : undefined} href={NEW}>
            {t('recovery_codes.make_new')}
          </LinkButton>
        </p>
      </Card>
    </>
  )
}

/** The last page before the codes: whoever looks over the shoulder, and what happens to the old ones. */
async function newPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const facts = await ownFacts(c)
  const onward = queryOnward(c)
  const operation = recoveryCodesOperation(facts)
  if (!(await hasGrant(ctx, requireSession(caller), { operation, target: null }))) return goTo(c, verifyPath(operation))
  const title = t(facts.recoveryCodes ? 'recovery_codes.replace_title' : 'recovery_codes.make')
  return taskPage(
    c,
    { title },
    <>
      <TaskHead icon="codes" title={title} lead={t('recovery_codes.new_lead')} />
      {facts.recoveryCodes && (
        <Banner tone="warn" class="lk-gap-16">
          {t('recovery_codes.replace_warn')}
        </Banner>
      )}
      <Form class="lk-form" action={NEW}>
        <Hidden onward={onward} />
        <Button variant="primary" size="block">
          {t('recovery_codes.show')}
        </Button>
      </Form>
      <Later c={c} onward={onward} />
    </>,
  )
}

async function postNew(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const made = await makeCodes(ctx, caller)
  return sheetPage(c, await ownFacts(c), made, onwardOf(c, form))
}

/** "I saved these codes" gates Continue: by the field itself, and here. */
async function postSaved(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const onward = onwardOf(c, form)
  const set = form.set ?? ''
  if (form.saved !== 'yes') return notSavedPage(c, onward, set)
  await markCodesSaved(ctx, caller, set)
  return leave(c, onward)
}

function notSavedPage(c: AppContext, onward: Onward, set: string): Response | Promise<Response> {
  const t = translator(c)
  return taskPage(
    c,
    { title: t('recovery_codes.not_saved_title'), error: true, status: 400 },
    <>
      <TaskHead icon="warning" tone="warn" title={t('recovery_codes.not_saved_title')} lead={t('recovery_codes.not_saved')} />
      <Form class="lk-form" action={`${CODES}/saved`}>
        <Hidden onward={onward} />
        <input type="hidden" name="set" value={set} />
        <Check name="saved" required>
          {t('recovery_codes.sheet_check')}
        </Check>
        <Actions>
          <Button variant="primary" size="block">
            {t('common.continue')}
          </Button>
          <LinkButton size="block" href={NEW}>
            {t('recovery_codes.make_new')}
          </LinkButton>
        </Actions>
      </Form>
      <Later c={c} onward={onward} />
    </>,
  )
}
