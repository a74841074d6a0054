import type { Config } from '../config.ts'
import { isWellKnown } from './well-known.ts'

/** First segments of the paths that belong to us. */
const OURS = [
  'account',
  'api',
  'approve',
  'assets',
  'check-device',
  'favicon.ico',
  'forgot-password',
  'help',
  'livez',
  'problems',
  'readyz',
  'recover',
  'sign-in',
  'sign-out',
  'sign-up',
  'try',
  'continue',
]
/** Whether a path is answered by us; the rest of the origin is the host's. */
export function isOurs(config: Config, pathname: string): boolean {
  if (isWellKnown(config, pathname)) return true
  if (pathname !== config.basePath && !pathname.startsWith(`${config.basePath}/`)) return false
  const first = pathname.slice(config.basePath.length).split('/')[1] ?? ''
  // a program that mounts us keeps its start page; the inbox is there in every development
  if (first === '') return config.developmentPages !== null
  return OURS.includes(first) || (config.development && first === 'development')
}
