import type { Child } from 'hono/jsx'
import type { Tone, WithChildren } from './base.ts'
import { type IconName, Tile } from './pictures.tsx'

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
