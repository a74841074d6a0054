import { Problem } from '../../domain/problems.ts'
import type { Translator } from '../../messages/index.ts'
import { Button } from '../ui/buttons.tsx'
import { problemWords } from '../ui/errors.tsx'
import { PasswordField } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'

export interface NewPasswordFormProps {
  t: Translator
  action: string
  /** Tells the password manager which entry it is. */
  username: string
  minLength: number
  problem?: Problem | undefined
  go: string
}

/** One field for a password that somebody chooses; what was wrong with the last one stands under it. */
export function NewPasswordForm({ t, action, username, minLength, problem, go }: NewPasswordFormProps) {
  return (
    <Form class="lk-form" action={action}>
      <input hidden type="text" name="username" value={username} autocomplete="username" readonly />
      <PasswordField
        name="password"
        label={t('password.new')}
        autocomplete="new-password"
        hint={t('password.hint', { n: minLength })}
        error={problem && problemWords(t, problem.code, problem.extras).title}
        required
        autofocus
      />
      <Button variant="primary" size="block" class="lk-form__go">
        {go}
      </Button>
    </Form>
  )
}

/** Whether the field explains it. */
export const isPasswordProblem = (error: unknown): error is Problem => error instanceof Problem && error.code.startsWith('password_')
