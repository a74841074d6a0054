import { cx, type Hooks, type WithChildren } from './base.ts'
import { useHref } from './context.ts'
import { Icon, type IconName } from './pictures.tsx'

interface ButtonLook extends WithChildren {
  variant?: 'primary' | 'danger' | 'text' | undefined
  /** `block` takes the whole width, `big` too and is taller, `row` is the small one inside lists. */
  size?: 'block' | 'big' | 'row' | undefined
  icon?: IconName | undefined
  /** The accessible name where the words need more: "Delete iPhone". */
  label?: string | undefined
  class?: string | undefined
  id?: string | undefined
  autofocus?: boolean | undefined
}
export type ButtonProps = ButtonLook &
  Hooks & {
    type?: 'submit' | 'button' | undefined
    name?: string | undefined
    value?: string | undefined
    /** The id of a form elsewhere on the page. */
    form?: string | undefined
    formaction?: string | undefined
    formnovalidate?: boolean | undefined
    /** Shows the spinner; the words should say what is awaited. */
    busy?: boolean | undefined
    /** Stays focusable; the words or a hint must say why. */
    unavailable?: boolean | undefined
    popovertarget?: string | undefined
  }
const buttonClass = ({ variant, size, class: more }: Pick<ButtonLook, 'variant' | 'size' | 'class'>): string =>
  cx(
    'lk-btn',
    variant && `lk-btn--${variant === 'danger' && size === 'row' ? 'text' : variant}`,
    size && `lk-btn--${size}`,
    size === 'big' && 'lk-btn--block',
    variant === 'danger' && size === 'row' && 'lk-bad',
    more,
  )

/** `variant="danger" size="row"` is the quiet delete of a card; filled red is for the dialog only. */
export function Button(props: ButtonProps) {
  const { variant, size, icon, label, class: more, busy, unavailable, type = 'submit', formaction, children, ...rest } = props
  const href = useHref()
  return (
    <button
      {...rest}
      class={buttonClass({ variant, size, class: more })}
      type={type}
      formaction={formaction === undefined ? undefined : href(formaction)}
      aria-label={label}
      aria-busy={busy ? 'true' : undefined}
      aria-disabled={busy || unavailable ? 'true' : undefined}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

export type LinkButtonProps = ButtonLook &
  Hooks & { href: string; download?: string | undefined; rel?: string | undefined; target?: string | undefined }
export function LinkButton(props: LinkButtonProps) {
  const { variant, size, icon, label, class: more, href, children, ...rest } = props
  const to = useHref()
  return (
    <a {...rest} class={buttonClass({ variant, size, class: more })} href={to(href)} aria-label={label}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  )
}

export type LinkProps = WithChildren &
  Hooks & { href: string; icon?: IconName | undefined; label?: string | undefined; inline?: boolean | undefined; rel?: string | undefined }
/** A link of its own, 44 px high; `inline` for one inside a sentence. */
export function Link({ href, icon, label, inline, children, ...rest }: LinkProps) {
  const to = useHref()
  return (
    <a {...rest} class={inline ? undefined : 'lk-link'} href={to(href)} aria-label={label}>
      {icon && <Icon name={icon} size="s" />}
      {children}
    </a>
  )
}
