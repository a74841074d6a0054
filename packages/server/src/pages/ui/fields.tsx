import type { Child } from 'hono/jsx'
import { cx, type Hooks } from './base.ts'
import { useT } from './context.ts'

export interface FieldProps {
  name: string
  label: Child
  /** Default: the name. */
  id?: string | undefined
  hint?: Child
  error?: Child
  type?: 'text' | 'email' | 'tel' | 'url' | 'search' | 'password' | undefined
  value?: string | undefined
  autocomplete?: string | undefined
  inputmode?: 'text' | 'email' | 'tel' | 'numeric' | 'decimal' | 'url' | 'search' | undefined
  required?: boolean | undefined
  maxlength?: number | undefined
  minlength?: number | undefined
  autofocus?: boolean | undefined
  placeholder?: string | undefined
  readonly?: boolean | undefined
  /** Codes and keys: fixed-width letters. */
  mono?: boolean | undefined
  /** Stands inside the field at its end: a word or a button. */
  affix?: Child
}
const describedBy = (id: string, hint: Child, error: Child): string | undefined =>
  cx(hint ? `${id}-hint` : '', error ? `${id}-error` : '') || undefined

export function FieldNotes({ id, hint, error }: { id: string; hint?: Child; error?: Child }) {
  return (
    <>
      {error && (
        <p class="lk-hint lk-hint--bad" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p class="lk-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </>
  )
}

export function Field(props: FieldProps & Hooks) {
  const { name, label, id = name, hint, error, type = 'text', mono, affix, ...rest } = props
  const words = type === 'text' && !mono && rest.autocomplete !== 'username webauthn'
  const input = (
    <input
      {...rest}
      class={cx('lk-input', mono && 'lk-input--mono')}
      id={id}
      name={name}
      type={type}
      autocapitalize={words ? undefined : 'none'}
      spellcheck={words ? undefined : false}
      aria-describedby={describedBy(id, hint, error)}
      aria-invalid={error ? 'true' : undefined}
    />
  )
  return (
    <div class="lk-field">
      <label class="lk-label" for={id}>
        {label}
      </label>
      {affix ? (
        <div class="lk-affix">
          {input}
          {affix}
        </div>
      ) : (
        input
      )}
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  )
}

export interface PasswordFieldProps extends Omit<FieldProps, 'type' | 'affix' | 'value' | 'inputmode' | 'mono'> {
  autocomplete: 'current-password' | 'new-password'
}
/** The show/hide button appears when the script runs (`data-lk-reveal` names the field). */
export function PasswordField(props: PasswordFieldProps & Hooks) {
  const t = useT()
  const id = props.id ?? props.name
  return (
    <Field
      {...props}
      type="password"
      affix={
        <button
          class="lk-reveal"
          type="button"
          data-lk-reveal={id}
          data-lk-show={t('common.show_password')}
          data-lk-hide={t('common.hide_password')}
          aria-controls={id}
          aria-pressed="false"
          aria-label={t('common.password_toggle')}
          hidden
        >
          {t('common.show_password')}
        </button>
      }
    />
  )
}

export interface CodeFieldProps {
  name?: string | undefined
  id?: string | undefined
  label?: Child
  digits?: number | undefined
  hint?: Child
  error?: Child
  value?: string | undefined
  autofocus?: boolean | undefined
  /** Off where several fields share the form. */
  autosubmit?: boolean | undefined
}
/** One input that reads as cells; takes pasted spaces, submits itself at the last digit when the script runs. */
export function CodeField({
  name = 'code',
  id = name,
  label,
  digits = 6,
  hint,
  error,
  value,
  autofocus,
  autosubmit = true,
}: CodeFieldProps) {
  const t = useT()
  return (
    <div class="lk-field">
      <label class="lk-label" for={id}>
        {label ?? t('common.code_label', { digits })}
      </label>
      <input
        class="lk-input lk-code"
        id={id}
        name={name}
        type="text"
        inputmode="numeric"
        autocomplete="one-time-code"
        autocapitalize="none"
        spellcheck={false}
        maxlength={64}
        value={value}
        autofocus={autofocus}
        required
        data-lk-autosubmit={autosubmit ? String(digits) : undefined}
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error ? 'true' : undefined}
      />
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  )
}
