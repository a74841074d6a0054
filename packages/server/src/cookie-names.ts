import type { Config } from './config.ts'

/** `s` session, `p` anonymous (pre-sign-in), `i` the identifier that a way in was begun with, sealed, `d` device. */
export type CookieKind = 's' | 'p' | 'i' | 'd'

/** `__Host-lk_s` on https; `lk_s_4400` on loopback http, where cookies ignore ports and Safari drops Secure ones. */
export const cookieName = ({ config }: { config: Pick<Config, 'secureCookies' | 'cookieSuffix'> }, kind: CookieKind): string =>
  config.secureCookies ? `__Host-lk_${kind}` : `lk_${kind}${config.cookieSuffix}`
