import type { HostSession } from '@latchkey/server'
import { AssetContext, Icon } from '@latchkey/server/ui'
import type { Child } from 'hono/jsx'

/** Everything that a page needs from its request. */
export interface Frame {
  /** null for a stranger. */
  session: HostSession | null
  /** Path of Latchkey, without a slash at its end. */
  base: string
  title: string
  nav?: 'wallet' | 'trade' | 'addresses'
}

const NAV = [
  { key: 'wallet', href: '/demo', words: 'Wallet' },
  { key: 'trade', href: '/demo/trade', words: 'Trade' },
  { key: 'addresses', href: '/demo/addresses', words: 'Address book' },
] as const

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' })
const firstLetter = (text: string): string => letters.segment(text)[Symbol.iterator]().next().value?.segment ?? ''

export const asset = (name: string): string => `/demo/assets/${name}`

/** The exchange's own frame: its brand, Latchkey's stylesheet under it, no script. */
export function Shell({ session, base, title, nav, children }: Frame & { children?: Child }) {
  return (
    <AssetContext.Provider value={asset}>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} – Harbor Exchange`}</title>
          <link rel="icon" href={asset('mark.svg')} type="image/svg+xml" />
          <link rel="stylesheet" href={asset('latchkey.css')} />
          <link rel="stylesheet" href={asset('harbor.css')} />
        </head>
        <body class="hx">
          <a class="lk-skip" href="#main">
            Skip to content
          </a>
          <header class="lk-top">
            <a class="lk-brand" href="/demo">
              <svg width="28" height="28" aria-hidden="true">
                <use href={`${asset('harbor.svg')}#logo`} />
              </svg>
              Harbor Exchange
            </a>
            {session && (
              <nav class="hx-nav" aria-label="Main">
                {NAV.map(({ key, href, words }) => (
                  <a href={href} aria-current={key === nav ? 'page' : undefined}>
                    {words}
                  </a>
                ))}
              </nav>
            )}
            <Me session={session} base={base} />
          </header>
          <main class="hx-main" id="main">
            {children}
          </main>
          <Foot base={base} />
        </body>
      </html>
    </AssetContext.Provider>
  )
}

/** Who is signed in, and all that is theirs to leave for; a native `details`, for there is no script here. */
const Me = ({ session, base }: Pick<Frame, 'session' | 'base'>) =>
  session ? (
    <details class="lk-menu">
      <summary class="lk-me">
        <span class="lk-avatar" aria-hidden="true">
          {firstLetter(session.name.toUpperCase())}
        </span>
        <span class="lk-hide">Account menu </span>
        <span class="lk-me__name" translate="no">
          {session.name}
        </span>
        <Icon name="chevron" />
      </summary>
      <ul class="lk-menu__list">
        <li class="lk-menu__who">
          <bdi translate="no">{session.name}</bdi>
        </li>
        <li>
          <a class="lk-menu__item" href={`${base}/account/security`}>
            <Icon name="shield-check" size="s" />
            Account security
          </a>
        </li>
        <li class="lk-menu__gap">
          <form method="post" action="/demo/sign-out">
            <button class="lk-menu__item" type="submit">
              <Icon name="sign-out" size="s" mirror />
              Sign out
            </button>
          </form>
        </li>
      </ul>
    </details>
  ) : (
    <a class="lk-me" href={signInUrl(base)}>
      Sign in
    </a>
  )

const Foot = ({ base }: { base: string }) => (
  <footer class="lk-foot">
    <span>Harbor Exchange is a demonstration. No real money moves here.</span>
    <span class="lk-foot__end">
      <a href={`${base}/account/security`}>
        <svg width="18" height="18" aria-hidden="true" focusable="false">
          <use href={`${asset('icons.svg')}#mark`} />
        </svg>
        Secured by Latchkey
      </a>
    </span>
  </footer>
)

export const signInUrl = (base: string, returnTo = '/demo'): string => `${base}/sign-in?${new URLSearchParams({ return_to: returnTo })}`
export const signUpUrl = (base: string): string => `${base}/sign-up?${new URLSearchParams({ return_to: '/demo' })}`
