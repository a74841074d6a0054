import { raw } from 'hono/html'
import { type Child, useContext } from 'hono/jsx'
import type { Brand } from '../../config.ts'
import { createTranslator, type Language, type Translator } from '../../messages/index.ts'
import { AssetContext, FormTokenContext, TranslatorContext, useHref, useT } from '../ui/context.ts'
import { CeremonyWords } from '../verify/ceremony.tsx'
import { brandStyle } from './brand-style.ts'
import { Footer } from './footer.tsx'
import { Header } from './header.tsx'
import type { NavKey } from './nav.tsx'

export interface ShellProps {
  /** The task, the same words as the h1. */
  title: string
  brand: Brand
  /** For our own style and script; also in the Content-Security-Policy. */
  nonce: string
  formToken: string
  /** Who is signed in, by the name that person knows. */
  account?: { name: string } | null | undefined
  /** The current item of the side list. */
  nav?: NavKey | undefined
  /** Items that exist here; the others are not shown. */
  sections?: readonly NavKey[] | undefined
  /** Only `<main>`, for the page script to put in place. */
  fragment?: boolean | undefined
  development?: boolean | undefined
  /** The pretend device signs for this browser. */
  pretendDevice?: boolean | undefined
  /** Development only: the file of the pretend device, which the page script loads where this browser has switched it on. */
  pretendScript?: string | undefined
  /** Development only: address of the inbox, where the codes are that this page may ask for. */
  inbox?: string | undefined
  lang: string
  /** Default: one made from `lang`. */
  t?: Translator | undefined
  /** With two or more a language choice appears in the footer. */
  languages?: readonly { code: string; name: string; href: string }[] | undefined
  /** Says in the title that something went wrong: "Error: Sign in – Brand". */
  error?: boolean | undefined
  children?: Child
}

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/

export interface FrameProps extends ShellProps {
  body?: string
  header: 'bare' | 'bare slim' | 'account' | 'sign-in'
}

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
