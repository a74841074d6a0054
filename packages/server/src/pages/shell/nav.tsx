import type { MessageKey } from '../../messages/index.ts'
import { useHref, useT } from '../ui/context.ts'
import { Icon, type IconName } from '../ui/pictures.tsx'
import { SignOut } from './header.tsx'
import type { NavKey } from './props.ts'

interface NavItem {
  key: NavKey
  href: string
  icon: IconName
  words: MessageKey
}
export const NAV: readonly NavItem[] = [
  { key: 'security', href: '/account/security', icon: 'shield-check', words: 'nav.security' },
  { key: 'passkeys', href: '/account/passkeys', icon: 'passkey', words: 'nav.passkeys' },
  { key: 'factors', href: '/account/factors', icon: 'app', words: 'nav.factors' },
  { key: 'recovery_codes', href: '/account/recovery-codes', icon: 'codes', words: 'nav.recovery_codes' },
  { key: 'sessions', href: '/account/sessions', icon: 'laptop', words: 'nav.sessions' },
  { key: 'activity', href: '/account/activity', icon: 'activity', words: 'nav.activity' },
]

export function SideNav({ current, sections }: { current: NavKey | undefined; sections: readonly NavKey[] | undefined }) {
  const t = useT()
  const href = useHref()
  return (
    <nav class="lk-nav" aria-label={t('nav.label')}>
      <ul>
        {NAV.filter(item => !sections || sections.includes(item.key)).map(item => (
          <li>
            <a href={href(item.href)} aria-current={item.key === current ? 'page' : undefined}>
              <Icon name={item.icon} size="s" />
              {t(item.words)}
            </a>
          </li>
        ))}
        <li class="lk-nav__gap">
          <SignOut />
        </li>
      </ul>
    </nav>
  )
}
