import { type AppContext, scopeOf } from '../http/env.ts'
import { parseReturnTo } from '../http/return-to.ts'

export const OPTIONS_URL = '/api/sign-in/passkey/options'

export const returnTo = (c: AppContext): string | null => parseReturnTo(scopeOf(c).ctx.config, c.req.query('return_to'))

export const withReturn = (path: string, back: string | null): string => (back ? `${path}?return_to=${encodeURIComponent(back)}` : path)
export const other = (back: string | null): string => withReturn('/sign-in/other', back)
