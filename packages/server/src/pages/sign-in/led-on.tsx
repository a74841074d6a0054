import { Problem } from '../../domain/problems.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { isOurs } from '../../http/own-paths.ts'
import { parseReturnTo } from '../../http/return-to.ts'
import { parseUrl } from '../../parse-url.ts'
import { startPage as forgottenPage } from '../recovery/forgotten-password.tsx'
import { startPage as recoveryPage, startOf } from '../recovery/recovery.tsx'
import { goTo } from '../shell/page.tsx'
import { signUpPage } from '../sign-up/sign-up.tsx'
import { leave } from './done.ts'
import { returnTo, withReturn } from './paths.ts'
import { signInPage } from './sign-in.tsx'

type Answer = Response | Promise<Response>

/** One way in: where it begins, and its first page with what was typed. */
interface Entry {
  path: string
  page(c: AppContext, problem: Problem, typed: string): Answer
}

/** What people do who are not signed in, by the first part of the address. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  'sign-in': { path: '/sign-in', page: signInPage },
  'sign-up': { path: '/sign-up', page: signUpPage },
  'forgot-password': { path: '/forgot-password', page: forgottenPage },
  recover: { path: '/recover', page: (c, problem, typed) => recoveryPage(c, startOf(c.get('form')?.with), problem, typed) },
}

/**
 * Pages that were open for long, or while somebody signed in or out in another tab, lead on to where the person wanted to go. What their
 * form asked for is never done: its token was for somebody else, or for nobody.
 *
 * @returns null for a refusal that needs words of its own
 */
export function ledOn(c: AppContext, problem: Problem): Answer | null {
  if (problem.code === 'form_expired') return renewed(c, problem)
  if (problem.code !== 'unauthenticated') return null
  // a recovery has ended: who is in the middle of one can't sign in, and begins it anew
  return entryOf(c) ? renewed(c, new Problem('form_expired', {}, problem)) : signInFirst(c, problem)
}

/** The first part of the address below the base path. */
const placeOf = (c: AppContext): string => c.req.path.slice(scopeOf(c).ctx.config.basePath.length).split('/')[1] ?? ''
const entryOf = (c: AppContext): Entry | undefined => (Object.hasOwn(ENTRIES, placeOf(c)) ? ENTRIES[placeOf(c)] : undefined)
const isSignedIn = (c: AppContext): boolean => scopeOf(c).caller.session?.kind === 'full'

/** Signed out in another tab: the sign-in page, and from there back to the page that the form stood on. */
function signInFirst(c: AppContext, problem: Problem): Answer | null {
  return isSignedIn(c) ? null : signInPage(c, problem, '', cameFrom(c))
}

function renewed(c: AppContext, problem: Problem): Answer | null {
  const entry = entryOf(c)
  if (entry && isSignedIn(c)) return leave(c, returnTo(c))
  if (placeOf(c) === 'sign-out' && !isSignedIn(c)) return goTo(c, '/sign-out')
  if (!entry) return null
  return c.req.method === 'GET' ? goTo(c, withReturn(entry.path, returnTo(c))) : entry.page(c, problem, c.get('form')?.identifier ?? '')
}

/** The page of ours that a form stood on, a path; browsers say so within one origin (`Referrer-Policy: same-origin`). */
export function cameFrom(c: AppContext): string {
  const { config } = scopeOf(c).ctx
  const referer = c.req.header('referer') ?? ''
  const url = parseUrl(referer)
  const page = url?.origin === config.origin && isOurs(config, url.pathname) ? parseReturnTo(config, url.pathname + url.search) : null
  const approval = /^.*?\/approve\/[\w-]+/.exec(c.req.path)?.[0]
  return page ?? approval ?? `${config.basePath}/account/security`
}
