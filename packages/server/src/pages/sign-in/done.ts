import type { SignIn } from '../../flows/sign-in.ts'
import { type AppContext, scopeOf, setSession } from '../../http/env.ts'
import { goTo } from '../shell/page.tsx'
import { AFTER_SIGN_IN } from './paths.ts'
import { upgradePage } from './upgrade.tsx'

export async function afterStep(c: AppContext, result: SignIn): Promise<Response> {
  if (result.status === 'second_step_needed') return goTo(c, '/sign-in/second')
  setSession(c, result.token, result.knownFor, result.trustClaim ?? null)
  if (result.upgrade) return upgradePage(c, result.upgrade, result.returnTo)
  return leave(c, result.returnTo)
}

/** To where the person was going; the host's pages are reached through our own GET, since `form-action 'self'` blocks the rest. */
export function leave(c: AppContext, to: string | null): Response {
  return c.redirect(to ?? scopeOf(c).ctx.config.basePath + AFTER_SIGN_IN, 303)
}
