import type { Config } from '../config.ts'

/** A file at a place that a standard names, at the root of an origin. */
export interface WellKnownFile {
  path: string
  /** Who reads it, and what for. */
  what: string
  /** The origin at whose root it has to stand; where that is not ours, its owner serves it. */
  origin: string
  /** A path of ours that it leads to, or the JSON that it says. */
  says: { goTo: string } | { json: object }
}

/** Related origins: those of the accepted ones that do not lie under the RP ID (WebAuthn L3 §5.11). */
const relatedOrigins = ({ rp }: Config): string[] =>
  rp.origins.filter(origin => /^https?:/.test(origin) && !liesUnder(new URL(origin).hostname, rp.id))

const liesUnder = (host: string, rpId: string): boolean => host === rpId || host.endsWith(`.${rpId}`)

/** Whoever opens links of ours in an app, and shares our passkeys with it (Digital Asset Links). */
const RELATIONS = ['delegate_permission/common.handle_all_urls', 'delegate_permission/common.get_login_creds']

const androidStatement = ({ package: name, fingerprints }: Config['apps']['android'][number]): object => ({
  relation: RELATIONS,
  target: { namespace: 'android_app', package_name: name, sha256_cert_fingerprints: fingerprints },
})

/**
 * The one list of well-known files that belong to a deployment. What it has no use for is not in it.
 *
 * @example wellKnownFiles(config).map(file => file.path) // ['/.well-known/change-password', '/.well-known/passkey-endpoints']
 */
export function wellKnownFiles(config: Config): WellKnownFile[] {
  const base = config.origin + config.basePath
  // browsers ask the host of the RP ID, on its default port
  const rpOrigin = config.host === config.rp.id || config.development ? config.origin : `https://${config.rp.id}`
  const related = relatedOrigins(config)
  const { android, apple } = config.apps
  return [
    {
      path: '/.well-known/change-password',
      what: 'Password managers send people here to change a password',
      origin: config.origin,
      says: { goTo: '/account/password' },
    },
    {
      path: '/.well-known/passkey-endpoints',
      what: 'Password managers find here where passkeys are made and managed',
      origin: config.origin,
      says: { json: { enroll: `${base}/account/passkeys/new`, manage: `${base}/account/passkeys` } },
    },
    ...(related.length > 0
      ? [
          {
            path: '/.well-known/webauthn',
            what: 'Browsers ask here whether pages of the related origins may use passkeys of the RP ID',
            origin: rpOrigin,
            says: { json: { origins: related } },
          },
        ]
      : []),
    ...(android.length > 0
      ? [
          {
            path: '/.well-known/assetlinks.json',
            what: 'Android asks here which apps share the passkeys of the RP ID',
            origin: rpOrigin,
            says: { json: android.map(androidStatement) },
          },
        ]
      : []),
    ...(apple.length > 0
      ? [
          {
            path: '/.well-known/apple-app-site-association',
            what: 'Apple systems ask here which apps share the passkeys of the RP ID',
            origin: rpOrigin,
            says: { json: { webcredentials: { apps: apple } } },
          },
        ]
      : []),
  ]
}

const known = new WeakMap<Config, ReadonlySet<string>>()

/** Whether we answer for a well-known path; the others there are the host's. */
export function isWellKnown(config: Config, pathname: string): boolean {
  if (!pathname.startsWith('/.well-known/')) return false
  const paths = known.get(config) ?? new Set(ownFiles(config).map(file => file.path))
  known.set(config, paths)
  return paths.has(pathname)
}

/** Those that stand at the root of our own origin. */
export const ownFiles = (config: Config): WellKnownFile[] => wellKnownFiles(config).filter(file => file.origin === config.origin)
