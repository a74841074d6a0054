import type { Child } from 'hono/jsx'
import type { WithChildren } from './base.ts'
import { useT } from './context.ts'
import { Art, type ArtName, Icon, type IconName } from './pictures.tsx'

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

/** What holds, a tick before each: a word that stands out, and a sentence. */
export const Ticks = ({ items }: { items: readonly { word: Child; text: Child }[] }) => (
  <ul class="lk-ticks">
    {items.map(({ word, text }) => (
      <li>
        <Icon name="check" />
        <span>
          <strong>{word}</strong> {text}
        </span>
      </li>
    ))}
  </ul>
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
