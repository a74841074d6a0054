import { raw } from 'hono/html'
import { useContext } from 'hono/jsx'
import { createTranslator, type Language } from '../../messages/index.ts'
import { AssetContext, FormTokenContext, TranslatorContext, useHref, useT } from '../ui/context.ts'
import { CeremonyWords } from '../verify/ceremony.tsx'
import { brandStyle } from './brand-style.ts'
import { Footer } from './footer.tsx'
import { Header } from './header.tsx'
import type { FrameProps } from './props.ts'

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/

export function Frame({ children, t, ...props }: FrameProps) {
  const translator = t ?? createTranslator(props.lang)
  return (
    <TranslatorContext.Provider value={translator}>
      <FormTokenContext.Provider value={props.formToken}>
        {props.fragment ? children : <Page {...props}>{children}</Page>}
      </FormTokenContext.Provider>
    </TranslatorContext.Provider>
  )
}

function Page({
  title,
  brand,
  nonce,
  account,
  header,
  body,
  development,
  pretendDevice,
  pretendScript,
  inbox,
  error,
  sections,
  languages,
  children,
}: FrameProps) {
  const t = useT()
  const assets = useContext(AssetContext)
  const lang: Language = t.lang
  const words = error ? t('common.error_title', { title }) : title
  const fullTitle = [words, header === 'account' && account ? t('common.account') : '', brand.name].filter(part => part !== '').join(' – ')
  const colors = brandStyle(brand.colors)
  return (
    <>
      {raw('<!doctype html>')}
      <html lang={lang} dir={RIGHT_TO_LEFT.test(lang) ? 'rtl' : undefined}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{fullTitle}</title>
          <link rel="icon" href={brand.logoUrl ?? assets('mark.svg')} type={brand.logoUrl ? undefined : 'image/svg+xml'} />
          <link rel="stylesheet" href={assets('latchkey.css')} nonce={nonce} />
          {colors !== '' && <style nonce={nonce}>{raw(colors)}</style>}
          <noscript>
            <style nonce={nonce}>{raw('.lk-late,.lk-needs-script{display:none}')}</style>
          </noscript>
          {pretendScript && <PretendDevice script={pretendScript} nonce={nonce} />}
          <script type="module" nonce={nonce} src={assets('latchkey.js')} />
        </head>
        <body class={body}>
          <a class="lk-skip" href="#main">
            {t('common.skip')}
          </a>
          <p class="lk-offline" role="status" data-lk-offline="" hidden>
            {t('common.offline')}
          </p>
          {(development || pretendDevice) && (
            <aside aria-label={t('common.notices')}>
              {development && (
                <p class="lk-strip">
                  {t('common.development')}
                  {inbox && <a href={inbox}>{t('development.inbox')}</a>}
                </p>
              )}
              {(pretendDevice || pretendScript) && (
                <p class="lk-strip lk-strip--bad" data-lk-pretend-banner={pretendScript && ''}>
                  {t('common.pretend_device')}
                </p>
              )}
            </aside>
          )}
          <noscript>
            <p class="lk-strip lk-strip--info">{t(account ? 'common.no_script_account' : 'common.no_script')}</p>
          </noscript>
          <Late signedIn={Boolean(account)} />
          <Header brand={brand} header={header} account={account} sections={sections} />
          {children}
          <Footer brand={brand} languages={languages} lang={lang} />
          <p class="lk-hide" role="status" data-lk-status="" />
          <CeremonyWords />
        </body>
      </html>
    </>
  )
}

/** Names the file for the page script. The banner shows as soon as the pretend device has marked `<html>` as its own. */
const PretendDevice = ({ script, nonce }: { script: string; nonce: string }) => (
  <>
    <meta name="lk-pretend" content={script} />
    <style nonce={nonce}>{raw('html:not([data-lk-pretend-device=on]) [data-lk-pretend-banner]{display:none}')}</style>
  </>
)

/** An empty reference is the page itself, with its query. */
const THIS_PAGE = ''

/** Shown by a 5 s animation of the stylesheet unless the script has set `data-lk-ready` on `<html>`. */
function Late({ signedIn }: { signedIn: boolean }) {
  const t = useT()
  const href = useHref()
  return (
    <aside class="lk-strip lk-late" aria-label={t('common.late_label')}>
      <span>{t('common.late')}</span>
      <a href={THIS_PAGE}>{t('common.reload')}</a>
      {!signedIn && <a href={href('/sign-in?without=passkey')}>{t('common.late_without_passkey')}</a>}
    </aside>
  )
}
