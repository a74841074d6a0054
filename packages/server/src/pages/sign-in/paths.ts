import { shownIdentifier } from '../../domain/identifier.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { parseReturnTo } from '../../http/return-to.ts'

/** Where a sign-in leads that was made for no page. */
export const AFTER_SIGN_IN = '/account/security'

export const OPTIONS_URL = '/api/sign-in/passkey/options'

/** Where the person was going: in the address of a page, or in the form that was sent from it. */
export const returnTo = (c: AppContext): string | null =>
  parseReturnTo(scopeOf(c).ctx.config, c.req.query('return_to') ?? c.get('form')?.return_to)

/** What goes along in the forms of a way in: after its ten minutes it begins anew with what was typed, and still leads there. */
export const carried = ({
  identifierValue,
  returnTo,
}: {
  identifierValue: string | null
  returnTo: string | null
}): Record<string, string> => ({
  ...(identifierValue ? { identifier: shownIdentifier(identifierValue) } : {}),
  ...(returnTo ? { return_to: returnTo } : {}),
})

export const withReturn = (path: string, back: string | null): string => (back ? `${path}?return_to=${encodeURIComponent(back)}` : path)
export const otherWaysPath = (back: string | null): string => withReturn('/sign-in/other', back)
