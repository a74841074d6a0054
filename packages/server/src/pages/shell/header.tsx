import { useContext } from 'hono/jsx'
import type { Brand } from '../../config.ts'
import { AssetContext, useHref, useT } from '../ui/context.ts'
import { Form } from '../ui/form.tsx'
import { Icon, type IconName } from '../ui/pictures.tsx'
import { initial } from '../ui/words.tsx'
import type { FrameProps, NavKey } from './props.ts'

export function Header({ brand, header, account, sections }: Pick<FrameProps, 'brand' | 'header' | 'account' | 'sections'>) {
  const t = useT()
  const href = useHref()
  const bare = header.startsWith('bare')
  const look = ['lk-top', bare && 'lk-top--bare', header === 'bare slim' && 'lk-top--slim'].filter(Boolean).join(' ')
  return (
    <header class={look}>
      <a class="lk-brand" href={brand.homeUrl ?? href(account ? '/account/security' : '/sign-in')}>
        {brand.logoUrl ? <img src={brand.logoUrl} alt="" height="28" /> : <BrandMark />}
        <span translate="no">{brand.name}</span>
      </a>
      {!bare && account && <ProfileMenu name={account.name} brand={brand} sections={sections} />}
      {header === 'sign-in' && (
        <a class="lk-link" href={href('/sign-in')}>
          {t('common.sign_in')}
        </a>
      )}
    </header>
  )
}

function BrandMark() {
  const assets = useContext(AssetContext)
  return (
    <svg width="28" height="28" aria-hidden="true" focusable="false">
      <use href={`${assets('icons.svg')}#mark`} />
    </svg>
  )
}

/** A native `details`, so that it opens without a script. */
function ProfileMenu({ name, brand, sections }: { name: string; brand: Brand; sections: readonly NavKey[] | undefined }) {
  const t = useT()
  const href = useHref()
  const items: { href: string; icon: IconName; words: string }[] = [
    { href: '/account/security', icon: 'shield-check', words: t('common.account_security') },
    ...(!sections || sections.includes('passkeys')
      ? [{ href: '/account/passkeys', icon: 'passkey' as const, words: t('nav.passkeys') }]
      : []),
  ]
  return (
    <details class="lk-menu" data-lk-menu="">
      <summary class="lk-me">
        <span class="lk-avatar" aria-hidden="true">
          {initial(name)}
        </span>
        <span class="lk-hide">{t('common.account_menu')} </span>
        <span class="lk-me__name" translate="no">
          {name}
        </span>
        <Icon name="chevron" />
      </summary>
      <ul class="lk-menu__list">
        <li class="lk-menu__who">
          <bdi translate="no">{name}</bdi>
        </li>
        {brand.homeUrl && (
          <li>
            <a class="lk-menu__item" href={brand.homeUrl}>
              <Icon name="chevron" size="s" flip />
              {t('common.back_to', { product: brand.product ?? brand.name })}
            </a>
          </li>
        )}
        {items.map(item => (
          <li>
            <a class="lk-menu__item" href={href(item.href)}>
              <Icon name={item.icon} size="s" />
              {item.words}
            </a>
          </li>
        ))}
        <li class="lk-menu__gap">
          <SignOut look="lk-menu__item" />
        </li>
      </ul>
    </details>
  )
}

export function SignOut({ look }: { look?: string }) {
  return (
    <Form action="/sign-out">
      <button class={look} type="submit">
        <Icon name="sign-out" size="s" mirror />
        {useT()('common.sign_out')}
      </button>
    </Form>
  )
}
