import { expect, it } from 'vitest'
import type { Config } from '../config.ts'
import { isOurs } from './own-paths.ts'

const MOUNTED = {
  basePath: '/auth',
  development: false,
  developmentPages: null,
  ...{ origin: 'https://example.com', host: 'example.com', rp: { id: 'example.com', origins: [] }, apps: { android: [], apple: [] } },
}
const ALONE = { ...MOUNTED, basePath: '' }
const PAGES = { demoUrl: null }

it.each<[string, boolean, object]>([
  ['/auth/sign-in', true, MOUNTED],
  ['/auth/', false, MOUNTED],
  ['/auth', false, MOUNTED],
  ['/auth', true, { ...MOUNTED, developmentPages: PAGES }],
  ['/auth/theirs', false, MOUNTED],
  ['/sign-in', false, MOUNTED],
  ['/authx/sign-in', false, MOUNTED],
  ['/host/sign-in', false, MOUNTED],
  ['/.well-known/change-password', true, MOUNTED],
  ['/.well-known/passkey-endpoints', true, MOUNTED],
  ['/.well-known/security.txt', false, MOUNTED],
  ['/sign-in', true, ALONE],
  ['/', false, ALONE],
  ['/', true, { ...ALONE, developmentPages: PAGES }],
  ['/development/inbox', false, ALONE],
  ['/development/inbox', true, { ...ALONE, development: true }],
])('B16: %s is ours: %s, with %o', (path, ours, config) => expect(isOurs(config as Config, path)).toBe(ours))
