import type { Child } from 'hono/jsx'
import { cx, type Tone, type WithChildren } from './base.ts'
import { Icon, type IconName } from './pictures.tsx'

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
