import type { Child } from 'hono/jsx'
import { cx, type WithChildren } from './base.ts'
import { useT } from './context.ts'

/** Buttons under each other, the primary first. */
export const Actions = ({ children, gap = 24 }: WithChildren & { gap?: 0 | 12 | 16 | 24 | 32 | undefined }) => (
  <div class={cx('lk-actions', gap > 0 && `lk-gap-${gap}`)}>{children}</div>
)
/** Between two ways; `passkey` for one beside a prompt, which goes where the prompt goes: without a script, or without passkeys. */
export const Or = ({ passkey }: { passkey?: boolean }) => (
  <p class={cx('lk-or', passkey && 'lk-needs-script')} data-lk-needs-passkey={passkey ? '' : undefined}>
    {useT()('common.or')}
  </p>
)
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

/** The last line of a task card: links at both ends. */
export const PanelFoot = ({ children, fine }: WithChildren & { fine?: boolean | undefined }) => (
  <div class={cx('lk-panel__foot', fine && 'lk-fine lk-muted')}>{children}</div>
)

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
