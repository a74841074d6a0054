import type { Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountId } from '../../domain/types.ts'
import { requireSession } from '../../flows/account/session.ts'
import { callerNow } from '../../flows/account/sessions.ts'
import { passkeyName } from '../../flows/account/views.ts'
import { keepPasskey, ownPasskey, renamePasskey } from '../../flows/passkeys.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { accountPage, goTo, translator } from '../shell/page.tsx'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { Field } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { Back, PageHead } from '../ui/heads.tsx'
import { Card } from '../ui/layout.tsx'
import { verifyPath } from '../verify/intent.ts'
import { LIST, renamePath } from './paths.ts'

export async function renamePage(c: AppContext, problem: Problem | null = null, typed?: string): Promise<Response> {
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
            maxlength={128}
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

export async function postRename(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const id = c.req.param('id') ?? ''
  try {
    await renamePasskey(ctx, caller, id, form.label ?? '')
  } catch (error) {
    if (error instanceof Problem && error.code === 'label_invalid') return renamePage(c, error, form.label)
    // the verification carries the name along, so that what was typed is what is saved
    if (error instanceof Problem && error.code === 'step_up_required')
      return goTo(c, verifyPath('passkey.rename', renameTarget(ctx, requireSession(caller).accountId, { id, label: form.label ?? '' })))
    throw error
  }
  return goTo(c, renamedPath(id))
}

const renamedPath = (id: string): string => `${LIST}?renamed=1#passkey-${encodeURIComponent(id)}`

interface Renaming {
  id: string
  label: string
}

const place = (accountId: AccountId): string => `draft·passkey.rename·${accountId}`

/** Passkey and new name as the target of a verification. Sealed, since targets stand in the records of proofs. */
export const renameTarget = (ctx: Ctx, accountId: AccountId, renaming: Renaming): string =>
  Buffer.from(ctx.keys.seal.encrypt(JSON.stringify(renaming), place(accountId))).toString('base64url')

/** @throws Problem `form_expired` for what is not ours or not this account's */
export function readRenameTarget(ctx: Ctx, accountId: AccountId, target: string | null): Renaming {
  try {
    return JSON.parse(ctx.keys.seal.decrypt(Buffer.from(target ?? '', 'base64url'), place(accountId))) as Renaming
  } catch (error) {
    throw new Problem('form_expired', {}, error)
  }
}

/** After the verification that a rename asked for: the name that was typed, and its words where it is none. */
export async function renameVerified(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  const { id, label } = readRenameTarget(ctx, requireSession(caller).accountId, target)
  await renamePasskey(ctx, await callerNow(ctx, caller), id, label)
  return renamedPath(id)
}

const CHECKUP = '/account/checkup'
const keptPath = (id: string, page = LIST): string => `${page}?done=kept&id=${encodeURIComponent(id)}`

/** Asked on the passkeys page, or on the way through a checkup, which goes on there. */
export async function postKeep(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const { from } = await readForm(c)
  const id = c.req.param('id') ?? ''
  await keepPasskey(ctx, caller, id)
  return goTo(c, keptPath(id, from === 'checkup' ? CHECKUP : LIST))
}

export async function keepVerified(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  await keepPasskey(ctx, await callerNow(ctx, caller), target ?? '')
  return keptPath(target ?? '')
}
