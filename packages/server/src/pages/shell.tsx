/** The frame around every page: document, brand, navigation, footer, and the lines that show when a script does not run. */
import { raw } from 'hono/html'
import { type Child, useContext } from 'hono/jsx'
import type { Brand, BrandColors } from '../config.ts'
import { createTranslator, type Language, type MessageKey, type Translator } from '../messages/index.ts'
import { CeremonyWords } from './ceremony.tsx'
import { AssetContext, FormTokenContext, TranslatorContext, useHref, useT } from './ui/context.ts'
import { Form } from './ui/form.tsx'
import { Icon, type IconName } from './ui/pictures.tsx'
import { initial } from './ui/words.tsx'

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

export type NavKey = 'security' | 'passkeys' | 'factors' | 'recovery_codes' | 'sessions' | 'activity'
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
const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/

export interface PlainShellProps extends ShellProps {
  /** `panel` is one task in one card; `wide` for codes; `slip` for approvals; `centred` has no card: lost, done, signed out. */
  layout?: 'panel' | 'wide' | 'slip' | 'centred' | undefined
}

/** One task, one card: signing in, creating, verifying, approving. */
export function PlainShell({ layout = 'panel', children, ...props }: PlainShellProps) {
  const main =
    layout === 'centred' ? (
      <Main class="lk-lost" title={props.title} shell="plain">
        {children}
      </Main>
    ) : (
      <Main
        class={layout === 'panel' ? 'lk-auth' : `lk-auth lk-auth--${layout}`}
        title={props.title}
        shell={layout === 'slip' ? 'slip' : 'plain'}
      >
        <div class={layout === 'slip' ? 'lk-panel lk-slip' : 'lk-panel'}>{children}</div>
      </Main>
    )
  return (
    <Frame {...props} body="lk-plain" header={layout === 'slip' ? 'bare slim' : 'bare'}>
      {main}
    </Frame>
  )
}

/** The signed-in account: profile menu, side list, content. */
export function AccountShell({ children, ...props }: ShellProps) {
  const main = (
    <Main class="lk-main" title={props.title} shell="account">
      {children}
    </Main>
  )
  return (
    <Frame {...props} header="account">
      {props.fragment ? (
        main
      ) : (
        <div class="lk-shell">
          <SideNav current={props.nav} sections={props.sections} />
          {main}
        </div>
      )}
    </Frame>
  )
}

export interface OneShellProps extends ShellProps {
  /** As wide as the window allows: tables, the inbox. */
  wide?: boolean | undefined
}

/** One column without navigation: device check, help, development pages. */
export function OneShell({ wide, children, ...props }: OneShellProps) {
  const main = (
    <Main class="lk-main" title={props.title} shell={wide ? 'wide' : 'one'}>
      {children}
    </Main>
  )
  return (
    <Frame {...props} header={props.account ? 'account' : 'sign-in'}>
      {props.fragment ? main : <div class={wide ? 'lk-shell lk-shell--wide' : 'lk-shell lk-shell--one'}>{main}</div>}
    </Frame>
  )
}

/** The frames there are; the page script swaps `<main>` only inside the same one. */
export type ShellKind = 'plain' | 'slip' | 'account' | 'one' | 'wide'

const Main = ({ class: look, title, shell, children }: { class: string; title: string; shell: ShellKind; children?: Child }) => (
  <main class={look} id="main" tabindex={-1} data-lk-title={title} data-lk-shell={shell}>
    {children}
  </main>
)

interface FrameProps extends ShellProps {
  body?: string
  header: 'bare' | 'bare slim' | 'account' | 'sign-in'
}

function Frame({ children, t, ...props }: FrameProps) {
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
          <link rel="icon" href={assets('mark.svg')} type="image/svg+xml" />
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

function Header({ brand, header, account, sections }: Pick<FrameProps, 'brand' | 'header' | 'account' | 'sections'>) {
  const t = useT()
  const href = useHref()
  const bare = header.startsWith('bare')
  const look = ['lk-top', bare && 'lk-top--bare', header === 'bare slim' && 'lk-top--slim'].filter(Boolean).join(' ')
  return (
    <header class={look}>
      <a class="lk-brand" href={brand.homeUrl ?? href(account ? '/account/security' : '/sign-in')}>
        {brand.logoUrl ? <img src={brand.logoUrl} alt="" height="28" /> : <BrandMark />}
        <span>{brand.name}</span>
      </a>
      {!bare && account && <ProfileMenu name={account.name} sections={sections} />}
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
function ProfileMenu({ name, sections }: { name: string; sections: readonly NavKey[] | undefined }) {
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
        <span class="lk-me__name">{name}</span>
        <Icon name="chevron" />
      </summary>
      <ul class="lk-menu__list">
        <li class="lk-menu__who">
          <bdi>{name}</bdi>
        </li>
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

function SignOut({ look }: { look?: string }) {
  return (
    <Form action="/sign-out">
      <button class={look} type="submit">
        <Icon name="sign-out" size="s" mirror />
        {useT()('common.sign_out')}
      </button>
    </Form>
  )
}

function SideNav({ current, sections }: { current: NavKey | undefined; sections: readonly NavKey[] | undefined }) {
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

function Footer({ brand, languages, lang }: Pick<FrameProps, 'brand' | 'languages'> & { lang: Language }) {
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

const HEX_COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i

/** The custom properties of a brand as a style sheet, light and dark; what is no `#rgb` or `#rrggbb` colour is left out. */
export function brandStyle(colors: BrandColors | undefined): string {
  if (!colors) return ''
  const rule = (properties: Record<string, string | undefined>) =>
    Object.entries(properties)
      .filter(([, value]) => value !== undefined && HEX_COLOR.test(value))
      .map(([name, value]) => `--lk-${name}:${value}`)
      .join(';')
  const {
    accent,
    fill,
    fillHover = fill && darker(fill),
    onAccent,
    accentDark,
    fillDark,
    fillHoverDark = fillDark && darker(fillDark),
  } = colors
  const light = rule({ accent, focus: accent, fill, 'fill-hover': fillHover, 'on-accent': onAccent })
  const dark = rule({ accent: accentDark, focus: accentDark, fill: fillDark, 'fill-hover': fillHoverDark })
  return [
    // a light accent is too dark for dark pages: those keep the built-in ones unless the brand says its own
    light && `@media (prefers-color-scheme:light){:root{${light}}}:root[data-theme=light]{${light}}`,
    dark && `@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}:root[data-theme=dark]{${dark}}`,
  ]
    .filter(Boolean)
    .join('')
}

function darker(color: string): string | undefined {
  if (!HEX_COLOR.test(color)) return undefined
  const digits = color.slice(1)
  const pairs = digits.length === 3 ? [...digits].map(d => d + d) : (digits.match(/../g) ?? [])
  return `#${pairs
    .map(pair =>
      Math.round(Number.parseInt(pair, 16) * 0.82)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}
