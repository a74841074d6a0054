import type { Child } from 'hono/jsx'
import type { Hooks, Tone, WithChildren } from './base.ts'
import { useHref, useT } from './context.ts'
import { FieldNotes } from './fields.tsx'
import { Form } from './form.tsx'
import { Icon, type IconName, Tile } from './pictures.tsx'

export interface CheckProps extends WithChildren {
  name: string
  id?: string | undefined
  value?: string | undefined
  checked?: boolean | undefined
  required?: boolean | undefined
  type?: 'checkbox' | 'radio' | undefined
  error?: Child
}
export function Check({
  name,
  id = name,
  value = 'yes',
  checked,
  required,
  type = 'checkbox',
  error,
  children,
  ...hooks
}: CheckProps & Hooks) {
  return (
    <>
      <label class="lk-check">
        <input
          {...hooks}
          id={id}
          type={type}
          name={name}
          value={value}
          checked={checked}
          required={required}
          aria-invalid={error ? 'true' : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
        />{' '}
        <span>{children}</span>
      </label>
      <FieldNotes id={id} error={error} />
    </>
  )
}

export interface SwitchProps {
  name: string
  id?: string | undefined
  checked: boolean
}
/** Only the switch itself; `SwitchRow` gives it words and a form. */
export const Switch = ({ name, id = name, checked, ...hooks }: SwitchProps & Hooks) => (
  <span class="lk-switch">
    {/* biome-ignore lint/a11y/useAriaPropsForRole: a native checkbox tells its state itself */}
    <input {...hooks} type="checkbox" role="switch" id={id} name={name} value="on" checked={checked} />
  </span>
)

export interface SwitchRowProps extends SwitchProps {
  icon: IconName
  title: Child
  note?: Child
  /** Where the switch is posted; the script submits at once, without a script there is a button. */
  action: string
}
export function SwitchRow({ icon, title, note, action, name, id = name, checked }: SwitchRowProps) {
  const t = useT()
  return (
    <li>
      <Form class="lk-row" action={action} data-lk-switch="">
        <Tile icon={icon} />
        <label class="lk-row__text" for={id}>
          <span class="lk-row__title">{title}</span>
          {note && <span class="lk-row__note">{note}</span>}
        </label>
        <span class="lk-row__end">
          <Switch name={name} id={id} checked={checked} />
          <noscript>
            <button class="lk-btn lk-btn--row" type="submit">
              {t('common.save')}
            </button>
          </noscript>
        </span>
      </Form>
    </li>
  )
}

export type OptionProps = Hooks & {
  icon: IconName
  title: Child
  note?: Child
  badge?: Child
  tone?: Tone | undefined
  name?: string | undefined
  value?: string | undefined
  /** A link instead of a button. */
  href?: string | undefined
  type?: 'submit' | 'button' | undefined
  id?: string | undefined
}
/** A choice that acts at once. */
export function Option({ icon, title, note, badge, tone, href, type = 'submit', name, value, id, ...hooks }: OptionProps) {
  const to = useHref()
  const inside = (
    <>
      <Tile icon={icon} tone={tone} />
      <span class="lk-row__text">
        <span class="lk-row__title">
          <strong>{title}</strong>
          {badge}
        </span>
        {note && <span class="lk-row__note">{note}</span>}
      </span>
      <Icon name="chevron" size="s" mirror />
    </>
  )
  return href === undefined ? (
    <button {...hooks} id={id} class="lk-option" type={type} name={name} value={value}>
      {inside}
    </button>
  ) : (
    <a {...hooks} id={id} class="lk-option" href={to(href)}>
      {inside}
    </a>
  )
}
