/**
 * The parts that pages are made of. Typed, escaped, without inline style or script; class names are those of `assets/latchkey.css`.
 * What pages share (addresses of files and routes, the form token, the language) comes from contexts that the shell provides.
 */
import { type Child, createContext, useContext } from 'hono/jsx'
import type { ProblemCode, ProblemExtras } from '../domain/problems.ts'
import { PROBLEMS } from '../domain/problems.ts'
import { createTranslator, type MessageKey, type MessageParams, type Translator } from '../messages/index.ts'

/** Address of a file of `assets/`: `assets('icons.svg')`. */
export const AssetContext = createContext<(name: string) => string>(name => `/assets/${name}`)
/** Puts the base path before a path of ours (`/account/passkeys`). Every part that takes an `href` or `action` uses it. */
export const HrefContext = createContext<(path: string) => string>(path => path)
export const FormTokenContext = createContext<string>('')
export const TranslatorContext = createContext<Translator>(createTranslator('en'))

export const useT = (): Translator => useContext(TranslatorContext)
/** Our own paths get the base path, other addresses stay as they are. */
export function useHref(): (href: string) => string {
  const href = useContext(HrefContext)
  return path => (path.startsWith('/') && !path.startsWith('//') ? href(path) : path)
}

export type IconName =
  | 'passkey'
  | 'fingerprint'
  | 'face'
  | 'pin'
  | 'phone'
  | 'laptop'
  | 'usb-key'
  | 'qr'
  | 'shield-check'
  | 'shield-alert'
  | 'lock'
  | 'clock'
  | 'trash'
  | 'pencil'
  | 'pause'
  | 'play'
  | 'globe'
  | 'eye'
  | 'copy'
  | 'download'
  | 'print'
  | 'check'
  | 'warning'
  | 'info'
  | 'chevron'
  | 'close'
  | 'mail'
  | 'message'
  | 'app'
  | 'codes'
  | 'cloud'
  | 'send'
  | 'receive'
  | 'plus'
  | 'sign-out'
  | 'activity'
  | 'bluetooth'
  | 'user'
  | 'search'
  | 'external'
  | 'retry'
  | 'mark'
export type ArtName = 'passkey' | 'created' | 'lost' | 'inbox' | 'activity' | 'devices'
export type Tone = 'ok' | 'warn' | 'bad' | 'info'

/** Hooks for the page script and for readers, passed through to the element. */
export type Hooks = { [name: `data-${string}`]: string | undefined } & { [name: `aria-${string}`]: string | undefined }
interface WithChildren {
  children?: Child
}

/** Joins class names; what is falsy is left out. */
export const cx = (...names: Array<string | false | null | undefined>): string => names.filter(Boolean).join(' ')

// --- Pictures --------------------------------------------------------------

export interface IconProps {
  name: IconName
  /** 24 px; `s` 20 px (navigation, lists), `xs` 16 px */
  size?: 's' | 'xs' | undefined
  /** Turns with the writing direction (chevron, sign-out). */
  mirror?: boolean | undefined
  /** Points backwards (the chevron of a back link). */
  flip?: boolean | undefined
}
/** Decorative, always beside a word. */
export function Icon({ name, size, mirror, flip }: IconProps) {
  const assets = useContext(AssetContext)
  return (
    <svg class={cx('lk-icon', size && `lk-icon--${size}`, mirror && 'lk-mirror', flip && 'lk-flip')} aria-hidden="true" focusable="false">
      <use href={`${assets('icons.svg')}#${name}`} />
    </svg>
  )
}

const ART_SIZE: Record<ArtName, [number, number]> = {
  passkey: [240, 120],
  created: [120, 120],
  lost: [240, 140],
  inbox: [240, 120],
  activity: [240, 120],
  devices: [240, 120],
}
/** A small drawing; `framed` centres it above a heading, `band` puts it on a tinted band. */
export function Art({ name, framed, band }: { name: ArtName; framed?: boolean | undefined; band?: boolean | undefined }) {
  const assets = useContext(AssetContext)
  const [width, height] = ART_SIZE[name]
  const picture = (
    <svg width={width} height={height} aria-hidden="true" focusable="false">
      <use href={`${assets('art.svg')}#${name}`} />
    </svg>
  )
  return framed || band ? <div class={cx('lk-art', band && 'lk-art--band')}>{picture}</div> : picture
}

export interface TileProps {
  icon?: IconName | undefined
  /** A neutral letter instead of an icon: a provider. */
  letter?: string | undefined
  tone?: Tone | undefined
  large?: boolean | undefined
}
export function Tile({ icon, letter, tone, large }: TileProps) {
  return (
    <span
      class={cx('lk-tile', tone && `lk-tile--${tone}`, large && 'lk-tile--l', letter && 'lk-tile--letter')}
      aria-hidden={letter ? 'true' : undefined}
    >
      {letter ?? (icon && <Icon name={icon} />)}
    </span>
  )
}

// --- Words -----------------------------------------------------------------

/** A message whose values may be elements: `<Msg id="sign_in.code_sent" to={<bdi>{address}</bdi>} />`. */
export function Msg({ id, ...values }: { id: MessageKey } & { [name: string]: Child }) {
  return <>{useT().parts<Child>(id, values as Record<string, Child>) as Child[]}</>
}

/** For readers only. */
export const Hidden = ({ children }: WithChildren) => <span class="lk-hide">{children}</span>

export interface TimeProps {
  /** Epoch milliseconds. */
  at: number
  /** `relative` needs `now`: "3 days ago" up to a week, then the date. */
  style?: 'date' | 'time' | 'datetime' | 'relative' | undefined
  now?: number | undefined
}
/** The exact time is in `datetime` and in the title. */
export function Time({ at, style = 'datetime', now }: TimeProps) {
  const t = useT()
  const words =
    style === 'relative' && now !== undefined ? t.relative(at, now) : style === 'date' || style === 'time' ? t[style](at) : t.datetime(at)
  return (
    <time datetime={new Date(at).toISOString()} title={t.datetime(at)}>
      {words}
    </time>
  )
}

/** An identifier as the person knows it, kept left to right. */
export const Identifier = ({ value }: { value: string }) => <bdi>{value}</bdi>

export interface BadgeProps extends WithChildren {
  tone?: Tone | 'line' | undefined
  icon?: IconName | undefined
  /** Moves to the end of a row's title. */
  end?: boolean | undefined
}
export const Badge = ({ tone, icon, end, children }: BadgeProps) => (
  <span class={cx('lk-badge', tone && `lk-badge--${tone}`, end && 'lk-end')}>
    {icon && <Icon name={icon} />}
    {children}
  </span>
)

const BANNER_ICON: Record<Tone, IconName> = { info: 'info', ok: 'check', warn: 'warning', bad: 'shield-alert' }
export interface BannerProps extends WithChildren {
  tone?: Tone | undefined
  icon?: IconName | undefined
  title?: Child
  /** `alert` for what just went wrong; a `region` needs `label`. */
  role?: 'alert' | 'status' | 'region' | undefined
  label?: string | undefined
  class?: string | undefined
}
export const Banner = ({ tone = 'info', icon, title, role, label, class: more, children }: BannerProps) => (
  // biome-ignore lint/a11y/useAriaPropsSupportedByRole: the label comes with a role
  <div class={cx('lk-banner', tone !== 'info' && `lk-banner--${tone}`, more)} role={role} aria-label={label}>
    <Icon name={icon ?? BANNER_ICON[tone]} />
    <div>
      {title && <strong>{title}</strong>}
      {title && children ? ' ' : null}
      {children}
    </div>
  </div>
)

// --- Buttons and forms -----------------------------------------------------

interface ButtonLook extends WithChildren {
  variant?: 'primary' | 'danger' | 'text' | undefined
  /** `block` takes the whole width, `row` is the small one inside lists. */
  size?: 'block' | 'row' | undefined
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

/** The token that guards a form; taken from the shell unless given. */
export function FormToken({ value }: { value?: string | undefined }) {
  const token = useContext(FormTokenContext)
  return <input type="hidden" name="form_token" value={value ?? token} />
}

export type FormProps = WithChildren &
  Hooks & {
    action: string
    id?: string | undefined
    class?: string | undefined
    method?: 'post' | 'get' | undefined
    novalidate?: boolean | undefined
  }
/** A plain form with its token; works without a script. */
export function Form({ action, method = 'post', children, ...rest }: FormProps) {
  const href = useHref()
  return (
    <form {...rest} method={method} action={href(action)}>
      {method === 'post' && <FormToken />}
      {children}
    </form>
  )
}

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

function FieldNotes({ id, hint, error }: { id: string; hint?: Child; error?: Child }) {
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
        maxlength={digits + 3}
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

/** Buttons under each other, the primary first. */
export const Actions = ({ children, gap = 24 }: WithChildren & { gap?: 0 | 12 | 16 | 24 | 32 | undefined }) => (
  <div class={cx('lk-actions', gap > 0 && `lk-gap-${gap}`)}>{children}</div>
)
export const Or = () => <p class="lk-or">{useT()('common.or')}</p>
/** Small things in a line that wraps. */
export const Cluster = ({ children, class: more }: WithChildren & { class?: string | undefined }) => (
  <div class={cx('lk-cluster', more)}>{children}</div>
)
export const Stack = ({
  children,
  gap = 16,
  class: more,
}: WithChildren & { gap?: 8 | 12 | 16 | 24 | 32 | 48 | undefined; class?: string | undefined }) => (
  <div class={cx('lk-stack', gap !== 16 && `lk-stack--${gap}`, more)}>{children}</div>
)

// --- Headings --------------------------------------------------------------

export interface TaskHeadProps {
  title: Child
  lead?: Child
  icon?: IconName | undefined
  tone?: Tone | undefined
  centred?: boolean | undefined
}
/** The head of a task page: optional large tile, the one h1, one sentence. */
export const TaskHead = ({ title, lead, icon, tone = 'info', centred }: TaskHeadProps) => (
  <>
    {icon && <Tile icon={icon} tone={tone} large />}
    <h1 class={cx(icon && 'lk-gap-24', centred && 'lk-center') || undefined} tabindex={-1}>
      {title}
    </h1>
    {lead && <p class={cx('lk-lead', centred && 'lk-center')}>{lead}</p>}
  </>
)

/** The head of an account page, with its one action at the end. */
export const PageHead = ({ title, lead, action, back }: { title: Child; lead?: Child; action?: Child; back?: Child }) => (
  <>
    {back}
    <div class="lk-head lk-head--first">
      <div>
        <h1 tabindex={-1}>{title}</h1>
        {lead && <p class="lk-lead">{lead}</p>}
      </div>
      {action}
    </div>
  </>
)

export interface SectionProps extends WithChildren {
  id: string
  title: Child
  /** The link or button at the end of the heading line. */
  action?: Child
  /** A quiet group heading instead of a full one. */
  group?: boolean | undefined
}
export const Section = ({ id, title, action, group, children }: SectionProps) => (
  <section aria-labelledby={id}>
    {group && !action ? (
      <h2 class="lk-group" id={id}>
        {title}
      </h2>
    ) : (
      <div class="lk-section__head">
        <h2 class={group ? 'lk-group' : undefined} id={id}>
          {title}
        </h2>
        {action}
      </div>
    )}
    {children}
  </section>
)

/** Below 960 px it stands for the side list. */
export function Back({ href, children }: WithChildren & { href: string }) {
  const to = useHref()
  return (
    <a class="lk-back" href={to(href)}>
      <Icon name="chevron" size="s" flip />
      {children ?? useT()('common.back')}
    </a>
  )
}

/** The last line of a task card: links at both ends. */
export const PanelFoot = ({ children, fine }: WithChildren & { fine?: boolean | undefined }) => (
  <div class={cx('lk-panel__foot', fine && 'lk-fine lk-muted')}>{children}</div>
)

// --- Lists and cards -------------------------------------------------------

export interface CardProps extends WithChildren {
  pad?: boolean | undefined
  flat?: boolean | undefined
  foot?: Child
  /** The foot's words at the start, its action at the end. */
  splitFoot?: boolean | undefined
  class?: string | undefined
}
export const Card = ({ pad, flat, foot, splitFoot, class: more, children }: CardProps) => (
  <div class={cx('lk-card', pad && 'lk-card--pad', flat && 'lk-card--flat', more)}>
    {children}
    {foot && <div class={cx('lk-card__foot', splitFoot && 'lk-card__foot--split')}>{foot}</div>}
  </div>
)

/** Rows in a card; its children are `Row`s. */
export const List = ({ children, bare, label }: WithChildren & { bare?: boolean | undefined; label?: string | undefined }) => {
  const list = (
    <ul class="lk-list" aria-label={label}>
      {children}
    </ul>
  )
  return bare ? list : <div class="lk-card">{list}</div>
}

export type RowProps = Hooks & {
  title: Child
  note?: Child
  icon?: IconName | undefined
  letter?: string | undefined
  tone?: Tone | undefined
  /** After the title, in its line. */
  badges?: Child
  /** At the end: words, a button. A chevron is added where the row is pressed. */
  end?: Child
  /** A link. */
  href?: string | undefined
  /** A button that posts here. */
  action?: string | undefined
  name?: string | undefined
  value?: string | undefined
  /** Tall text: icon and end stay at the top. */
  top?: boolean | undefined
  /** The end goes under the text where it is narrow. */
  wrap?: boolean | undefined
  /** Titles as headings, where rows are things of their own. */
  heading?: 3 | undefined
  id?: string | undefined
}
/** One row of a `List`: a link, a button in its own form, or static. */
export function Row(props: RowProps) {
  const { title, note, icon, letter, tone, badges, end, href, action, name, value, top, wrap, heading, id, ...hooks } = props
  const to = useHref()
  const pressed = href !== undefined || action !== undefined
  const look = cx('lk-row', top && 'lk-row--top', wrap && 'lk-row--wrap')
  const titleWords = (
    <>
      {title}
      {badges}
    </>
  )
  const inside = (
    <>
      {(icon || letter) && <Tile icon={icon} letter={letter} tone={tone} />}
      <span class="lk-row__text">
        {pressed ? (
          <span class="lk-row__title">{titleWords}</span>
        ) : heading ? (
          <h3 class="lk-row__title">{titleWords}</h3>
        ) : (
          <p class="lk-row__title">{titleWords}</p>
        )}
        {note && <span class="lk-row__note">{note}</span>}
      </span>
      {(end || pressed) && (
        <span class="lk-row__end">
          {end}
          {pressed && <Icon name="chevron" size="s" mirror />}
        </span>
      )}
    </>
  )
  if (href !== undefined)
    return (
      <li>
        <a {...hooks} id={id} class={look} href={to(href)}>
          {inside}
        </a>
      </li>
    )
  if (action !== undefined)
    return (
      <li>
        <Form action={action}>
          <button {...hooks} id={id} class={look} type="submit" name={name} value={value}>
            {inside}
          </button>
        </Form>
      </li>
    )
  return (
    <li {...hooks} id={id} class={look}>
      {inside}
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

export interface Detail {
  term: Child
  value: Child
  /** The value on a line of its own, on a tinted ground: an address. */
  wide?: boolean | undefined
  strong?: boolean | undefined
}
export const Details = ({ items }: { items: readonly Detail[] }) => (
  <dl class="lk-details">
    {items.map(({ term, value, wide, strong }) => (
      <div class={cx(wide && 'lk-wide', strong && 'lk-strong') || undefined}>
        <dt>{term}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

export interface MeterItem {
  label: Child
  note?: Child
  state?: 'on' | 'off' | 'warn' | undefined
}
export const Meter = ({ items }: { items: readonly MeterItem[] }) => (
  <ul class="lk-meter lk-gap-24">
    {items.map(({ label, note, state }) => (
      <li class={state === 'off' ? 'lk-meter__off' : state === 'warn' ? 'lk-meter__warn' : undefined}>
        {label}
        {note && <span>{note}</span>}
      </li>
    ))}
  </ul>
)

/** Large tile, heading, sentence: the state of the account at a glance. */
export const Status = ({
  icon,
  tone,
  title,
  note,
  id,
}: {
  icon: IconName
  tone: Tone
  title: Child
  note?: Child
  id?: string | undefined
}) => (
  <div class="lk-status">
    <Tile icon={icon} tone={tone} large />
    <div>
      <h2 id={id}>{title}</h2>
      {note && <p class="lk-small lk-muted">{note}</p>}
    </div>
  </div>
)

/** "You can still sign in with …": what keeps working when something goes. */
export const Still = ({ items, title }: { items: readonly { icon: IconName; text: Child }[]; title?: Child }) => {
  const t = useT()
  return (
    <div class="lk-still lk-gap-16">
      <p class="lk-label">{title ?? t('common.still_sign_in')}</p>
      <ul>
        {items.map(({ icon, text }) => (
          <li>
            <Icon name={icon} size="s" />
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

export const Steps = ({ items }: { items: readonly Child[] }) => (
  <ol class="lk-steps lk-gap-24">
    {items.map(item => (
      <li>{item}</li>
    ))}
  </ol>
)

export const Points = ({ items }: { items: readonly { icon: IconName; text: Child }[] }) => (
  <ul class="lk-points lk-gap-24">
    {items.map(({ icon, text }) => (
      <li>
        <Icon name={icon} />
        <span>{text}</span>
      </li>
    ))}
  </ul>
)

export interface EmptyProps {
  art: ArtName
  title: Child
  text: Child
  action?: Child
  more?: Child
  heading?: 2 | 3 | undefined
}
export const Empty = ({ art, title, text, action, more, heading = 2 }: EmptyProps) => (
  <section class="lk-card lk-empty">
    <Art name={art} />
    {heading === 2 ? <h2>{title}</h2> : <h3>{title}</h3>}
    <p>{text}</p>
    {action}
    {more && <p>{more}</p>}
  </section>
)

/** What opens under a line: `<More summary="What is a passkey?">…</More>`. */
export const More = ({
  summary,
  open,
  id,
  children,
}: WithChildren & { summary: Child; open?: boolean | undefined; id?: string | undefined }) => (
  <details class="lk-gap-16" open={open} id={id}>
    <summary>
      <Icon name="chevron" mirror />
      {summary}
    </summary>
    <div class="lk-small lk-muted lk-stack lk-stack--8">{children}</div>
  </details>
)

/** Recovery codes, two columns from 640 px, one on paper. */
export const Codes = ({ codes, paperNote }: { codes: readonly string[]; paperNote?: Child }) => (
  <>
    {paperNote && <p class="lk-print">{paperNote}</p>}
    <ol class="lk-codes lk-gap-24" data-lk-codes="">
      {codes.map(code => (
        <li>{code}</li>
      ))}
    </ol>
  </>
)

/** Ends of an address that people compare. */
const EMPHASISED = 6
/** A payout address in groups of four, never shortened; the first and last six letters stand out, readers get the groups spelled. */
export function AddressText({ address }: { address: string }) {
  const groups = address.match(/.{1,4}/gsu) ?? []
  const tail = Math.max(EMPHASISED, address.length - EMPHASISED)
  return (
    <>
      <span class="lk-hide">{groups.join(' ')}</span>
      <span class="lk-address" aria-hidden="true">
        {groups.map((group, i) => {
          const start = i * 4
          const [from, to] = [Math.min(Math.max(EMPHASISED - start, 0), group.length), Math.max(Math.min(tail - start, group.length), 0)]
          return (
            <span>
              {from > 0 && <b>{group.slice(0, from)}</b>}
              {group.slice(from, Math.max(from, to))}
              {to < group.length && <b>{group.slice(Math.max(from, to))}</b>}
            </span>
          )
        })}
      </span>
    </>
  )
}

/** The account that this page is about. */
export const Chip = ({ identifier }: { identifier: string }) => {
  const t = useT()
  return (
    <span class="lk-chip">
      <span class="lk-avatar" aria-hidden="true">
        {initial(identifier)}
      </span>
      <span class="lk-hide">{t('common.account')} </span>
      <bdi>{identifier}</bdi>
    </span>
  )
}
export const initial = (identifier: string): string => [...identifier.replace(/^\+/, '')][0] ?? '?'

export const Table = ({ caption, head, rows }: { caption: Child; head: readonly Child[]; rows: readonly (readonly Child[])[] }) => (
  <table class="lk-table">
    <caption class="lk-hide">{caption}</caption>
    <thead>
      <tr>
        {head.map(cell => (
          <th scope="col">{cell}</th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map(row => (
        <tr>
          {row.map(cell => (
            <td>{cell}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
)

// --- Dialogs and errors ----------------------------------------------------

export interface DialogContentProps extends WithChildren {
  title: Child
  /** Names the parts for readers: `{id}-title`, `{id}-text`. */
  id: string
  /** Page: h1 (the same form without a script). Dialog: h2. */
  heading?: 1 | 2 | undefined
  icon?: IconName | undefined
  tone?: Tone | undefined
  lead?: Child
  /** In reading order: the safe one first, with `autofocus`; the dangerous one last. */
  actions?: Child
}
/**
 * What stands in a dialog, and as a page where there is no script. The page script finds `data-lk-dialog-content` in the page that a
 * `data-lk-dialog` link leads to and shows it in a native `<dialog class="lk-dialog" aria-labelledby="{id}-title">`.
 */
export const DialogContent = ({ id, title, heading = 1, icon, tone = 'info', lead, actions, children }: DialogContentProps) => (
  <div data-lk-dialog-content={id} aria-describedby={`${id}-text`}>
    {icon && <Tile icon={icon} tone={tone} large />}
    {heading === 1 ? (
      <h1 class={icon ? 'lk-h2 lk-gap-16' : 'lk-h2'} id={`${id}-title`} tabindex={-1}>
        {title}
      </h1>
    ) : (
      <h2 class={icon ? 'lk-gap-16' : undefined} id={`${id}-title`} tabindex={-1}>
        {title}
      </h2>
    )}
    <div id={`${id}-text`} class="lk-gap-8">
      {lead && <p class="lk-muted">{lead}</p>}
      {children}
    </div>
    {actions && <div class="lk-dialog__acts">{actions}</div>}
  </div>
)

export interface ErrorBoxProps extends WithChildren {
  title: Child
  text?: Child
  /** Calm by default: a cancelled prompt is information. */
  tone?: 'info' | 'warn' | 'bad' | undefined
  icon?: IconName | undefined
  actions?: Child
  /** `LK101` */
  code?: string | undefined
  /** The last four of the request id. */
  trace?: string | undefined
  id?: string | undefined
}
/** What went wrong, the next best action, and a reference that support can use. */
export function ErrorBox({ title, text, tone = 'info', icon, actions, code, trace, id, children }: ErrorBoxProps) {
  const t = useT()
  return (
    <div class={cx('lk-banner', tone !== 'info' && `lk-banner--${tone}`)} role="alert" id={id} data-lk-error={code}>
      <Icon name={icon ?? (tone === 'bad' ? 'shield-alert' : tone === 'warn' ? 'warning' : 'info')} />
      <div>
        <h2 tabindex={-1}>{title}</h2> {text}
        {children}
        {(actions || code) && (
          <div class="lk-cluster">
            {actions}
            {code && <span class="lk-fine lk-muted lk-nowrap">{t('common.error_code', { code: reference(code, trace) })}</span>}
          </div>
        )}
      </div>
    </div>
  )
}
/** "LK101 · 8F3A" */
export const reference = (code: string, trace?: string): string => (trace ? `${code} · ${trace}` : code)

const CALM: ReadonlySet<ProblemCode> = new Set([
  'form_expired',
  'challenge_expired',
  'step_up_required',
  'unauthenticated',
  'already_done',
  'method_off',
  'approval_decided',
])

export interface ProblemBoxProps {
  code: ProblemCode
  extras?: ProblemExtras | undefined
  trace?: string | undefined
  actions?: Child
}
/** A refusal of ours in the reader's words. */
export function ProblemBox({ code, extras = {}, trace, actions }: ProblemBoxProps) {
  const t = useT()
  const words = problemWords(t, code, extras)
  return (
    <ErrorBox
      title={words.title}
      text={words.text}
      tone={CALM.has(code) ? 'info' : 'bad'}
      code={PROBLEMS[code].ref}
      trace={trace}
      actions={actions}
    />
  )
}

/** Title, explanation and the words of the next action for a problem; `text` and `action` may be missing. */
export function problemWords(
  t: Translator,
  code: ProblemCode,
  extras: ProblemExtras = {},
): { title: string; text?: string; action?: string } {
  const params: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(extras)) if (typeof value === 'string' || typeof value === 'number') params[name] = value
  const find = (part: string, variant: string): string | undefined => t.find(`problem.${code}.${part}${variant}`, params)
  // a variant names the value it needs: `problem.code_wrong.title+triesLeft`
  const best = (part: string): string | undefined => {
    for (const name of Object.keys(params)) {
      const words = find(part, `+${name}`)
      if (words !== undefined) return words
    }
    return find(part, '')
  }
  const text = best('text')
  const action = best('action')
  return { title: best('title') ?? PROBLEMS[code].title, ...(text !== undefined && { text }), ...(action !== undefined && { action }) }
}

/** The words of one `LKnnn` code for the page script: title, text, action. */
export function errorWords(t: Translator, code: string, params: MessageParams = {}): { title: string; text?: string; action?: string } {
  const text = t.find(`error.${code}.text`, params)
  const action = t.find(`error.${code}.action`, params)
  return {
    title: t.find(`error.${code}.title`, params) ?? t('error.LK113.title'),
    ...(text !== undefined && { text }),
    ...(action !== undefined && { action }),
  }
}
