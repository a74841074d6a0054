import type { Child } from 'hono/jsx'
import type { MethodName } from '../../domain/methods.ts'
import type { Problem } from '../../domain/problems.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { timeOf, translator } from '../shell/page.tsx'
import { Button } from '../ui/buttons.tsx'
import { CodeField, Field, PasswordField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { Actions } from '../ui/layout.tsx'

/** Words for a refused code, under the field; null for what is no matter of the field. */
export function codeError(t: Translator, problem: Problem | null, method: MethodName): string | null {
  if (!problem) return null
  if (problem.code === 'code_expired') return t('sign_in.code_expired')
  if (problem.code === 'invalid_credentials') return t('sign_in.wrong')
  if (problem.code !== 'code_wrong') return null
  const left = problem.extras.triesLeft
  const words = left === undefined ? t('sign_in.code_wrong') : t('sign_in.code_wrong_tries', { n: left })
  return method === 'totp' ? `${words} ${t('sign_in.code_clock')}` : words
}

/** Refusals that belong under the field of a typed secret; others are pages of their own. */
export const isFieldProblem = (problem: Problem): boolean =>
  problem.code === 'code_wrong' || problem.code === 'code_expired' || problem.code === 'invalid_credentials'

export interface SecretFormProps {
  t: Translator
  method: Exclude<MethodName, 'passkey'>
  action: string
  hidden?: Record<string, string>
  error: string | null
  /** Words of the button; default "Confirm". */
  button?: string
  danger?: boolean
  children?: Child
}

/** The one form of every typed proof: six digits, a recovery code or the password. */
export function SecretForm({ t, method, action, hidden = {}, error, button, danger, children }: SecretFormProps) {
  return (
    <Form class="lk-form" action={action}>
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <SecretField t={t} method={method} error={error} />
      {children}
      <Actions>
        <Button variant={danger ? 'danger' : 'primary'} size="block">
          {button ?? t('common.confirm')}
        </Button>
      </Actions>
    </Form>
  )
}

function SecretField({ t, method, error }: Pick<SecretFormProps, 't' | 'method' | 'error'>) {
  if (method === 'password')
    return <PasswordField name="secret" label={t('sign_in.password')} autocomplete="current-password" error={error} required autofocus />
  if (method === 'recovery_code')
    return (
      <Field name="secret" label={t('sign_in.recovery_code')} error={error} autocomplete="off" mono required autofocus maxlength={64} />
    )
  return <CodeField name="secret" error={error} autofocus />
}

/** For the address of a page with a `ResendForm`: when another code may be sent, by the server's clock. */
export const sentAt = (c: AppContext, { retryAfterSeconds }: { retryAfterSeconds: number }): string =>
  `sent=${scopeOf(c).ctx.now() + retryAfterSeconds * 1000}`

/**
 * "Send a new code", enabled after the wait of the last one; without a script it is simply there. The page says how long that still is,
 * as the clock of a device may be wrong.
 */
export function ResendForm({ c, action, hidden }: { c: AppContext; action: string; hidden: Record<string, string> }) {
  const t = translator(c)
  const left = (timeOf(c, 'sent') ?? 0) - scopeOf(c).ctx.now()
  const waits = left > 0 ? { 'data-lk-countdown': t('sign_in.send_again_in', { time: '{time}' }), 'data-left': String(left) } : {}
  return (
    <Form action={action} class="lk-gap-12">
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <Button size="block" {...waits}>
        {t('sign_in.send_again')}
      </Button>
    </Form>
  )
}
