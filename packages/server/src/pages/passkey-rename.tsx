import { Problem } from '../domain/problems.ts'
import { keepPasskey, ownPasskey, renamePasskey } from '../flows/passkeys.ts'
import { passkeyName } from '../flows/views.ts'
import { type AppContext, scopeOf } from '../http/env.ts'
import { readForm } from '../http/guards.ts'
import { accountPage, goTo, translator } from './page.tsx'
import { LIST, renamePath } from './passkey-paths.ts'
import { Button, LinkButton } from './ui/buttons.tsx'
import { Field } from './ui/fields.tsx'
import { Form } from './ui/form.tsx'
import { Back, PageHead } from './ui/heads.tsx'
import { Card } from './ui/layout.tsx'

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

export async function postRename(c: AppContext): Promise<Response> {
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

export async function postKeep(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  await readForm(c)
  await keepPasskey(ctx, caller, c.req.param('id') ?? '')
  return goTo(c, LIST)
}
