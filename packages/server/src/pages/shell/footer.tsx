import type { Language } from '../../messages/index.ts'
import { useHref, useT } from '../ui/context.ts'
import { Icon } from '../ui/pictures.tsx'
import type { FrameProps } from './props.ts'

export function Footer({ brand, languages, lang }: Pick<FrameProps, 'brand' | 'languages'> & { lang: Language }) {
  const t = useT()
  const href = useHref()
  return (
    <footer class="lk-foot">
      <a href={href('/check-device')}>{t('common.trouble')}</a>
      <a href={href('/help')}>{t('common.help')}</a>
      {brand.supportUrl && <a href={brand.supportUrl}>{t('common.support')}</a>}
      <span class="lk-foot__end">
        {languages && languages.length > 1 && (
          <nav class="lk-foot__languages" aria-label={t('common.language')}>
            <Icon name="globe" size="s" />
            {languages.map(language => (
              <a
                href={language.href}
                lang={language.code}
                hreflang={language.code}
                aria-current={language.code === lang ? 'true' : undefined}
              >
                {language.name}
              </a>
            ))}
          </nav>
        )}
        {brand.privacyUrl && <a href={brand.privacyUrl}>{t('common.privacy')}</a>}
      </span>
    </footer>
  )
}
