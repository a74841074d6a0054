import { shownIdentifier } from '../../domain/identifier.ts'
import { Problem } from '../../domain/problems.ts'
import { requireBegun } from '../../flows/account/pre-session.ts'
import { passwordIsFirst, signInOptions, signInWithPassword } from '../../flows/sign-in.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import { HiddenInputs } from '../shell/hidden-inputs.tsx'
import { taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { PasswordField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Actions, Or, PanelFoot } from '../ui/layout.tsx'
import { Chip } from '../ui/words.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { Unsupported } from '../verify/unsupported.tsx'
import { afterStep } from './done.ts'
import { OPTIONS_URL, otherWaysPath, withReturn } from './paths.ts'
import { UpgradeMark } from './upgrade.tsx'

/** After the identifier there is one page for everybody: nobody learns whether an account exists (F50, O41). */
export async function nextPage(c: AppContext, problem: Problem | null): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const pre = await requireBegun(ctx, caller, 'sign_in')
  const name = shownIdentifier(pre.identifierValue ?? '')
  const passwordFirst =
    pre.accountId !== null && caller.knownAccounts.includes(pre.accountId) && (await passwordIsFirst(ctx, pre.accountId))
  const hidden = pre.returnTo ? { return_to: pre.returnTo } : {}
  const passkeyPart = (
    <>
      <CeremonyForm
        class="lk-gap-16"
        kind="get"
        action="/sign-in/passkey"
        options={signInOptions(ctx, caller)}
        optionsUrl={OPTIONS_URL}
        hidden={hidden}
        otherWay={otherWaysPath(pre.returnTo)}
      >
        <p class="lk-lead">{t('sign_in.next_lead')}</p>
        <Actions gap={16}>
          <Button variant={passwordFirst ? undefined : 'primary'} size="block" icon="passkey">
            {t('sign_in.next_passkey')}
          </Button>
        </Actions>
      </CeremonyForm>
      <Unsupported t={t} />
    </>
  )
  const passwordPart = (
    <Form action="/sign-in/password">
      <HiddenInputs values={hidden} />
      <UpgradeMark />
      <input class="lk-hide" type="text" name="identifier" value={name} autocomplete="username" hidden readonly />
      <PasswordField
        name="password"
        label={t('sign_in.password')}
        autocomplete="current-password"
        error={problem ? t('sign_in.wrong') : undefined}
        required
      />
      <Button variant={passwordFirst ? 'primary' : undefined} size="block" class="lk-form__go">
        {t('sign_in.submit')}
      </Button>
    </Form>
  )
  return taskPage(
    c,
    { title: t('sign_in.next_title'), error: problem !== null, status: problem ? 401 : 200 },
    <>
      <TaskHead icon="passkey" title={t('sign_in.next_title')} />
      <p class="lk-gap-12">
        <Chip identifier={name} /> <Link href={withReturn('/sign-in', pre.returnTo)}>{t('common.not_you')}</Link>
      </p>
      {passwordFirst ? [passwordPart, <Or passkey />, passkeyPart] : [passkeyPart, <Or passkey />, passwordPart]}
      <PanelFoot>
        <Link href={otherWaysPath(pre.returnTo)}>{t('common.try_another_way')}</Link>
        <Link href={withReturn('/sign-up', pre.returnTo)}>{t('sign_in.create_account')}</Link>
        <Link href="/forgot-password">{t('sign_in.forgot')}</Link>
      </PanelFoot>
    </>,
  )
}

export async function postPassword(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  try {
    return await afterStep(c, await signInWithPassword(ctx, caller, form.password ?? '', { upgrade: form.upgrade === '1' }))
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid_credentials') return nextPage(c, error)
    throw error
  }
}
