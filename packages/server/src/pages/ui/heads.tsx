import type { Child } from 'hono/jsx'
import { cx, type Tone, type WithChildren } from './base.ts'
import { useHref, useT } from './context.ts'
import { Icon, type IconName, Tile } from './pictures.tsx'

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
