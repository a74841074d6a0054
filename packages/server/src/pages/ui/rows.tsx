import type { Child } from 'hono/jsx'
import { cx, type Hooks, type Tone, type WithChildren } from './base.ts'
import { useHref } from './context.ts'
import { Form } from './form.tsx'
import { Icon, type IconName, Tile } from './pictures.tsx'

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
