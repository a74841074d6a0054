import type { Child } from 'hono/jsx'
import { calmKind, displayName } from '../../domain/facts.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import type { AppContext } from '../../http/env.ts'
import { scopeOf } from '../../http/env.ts'
import { createTranslator, type Translator } from '../../messages/index.ts'
import { AssetContext, HrefContext } from '../ui/context.ts'
import type { NavKey, ShellProps } from './props.ts'
import { AccountShell, OneShell, PlainShell, type ShellKind } from './shell.tsx'

/** Sections of the side list that exist; an item appears when its page does. */
const SECTIONS: readonly NavKey[] = ['security', 'passkeys', 'factors', 'recovery_codes', 'sessions', 'activity']

/** The words of this deployment, which says nothing about money where it moves none; times in the zone of this browser. */
export function translator(c: AppContext): Translator {
  const { ctx, caller } = scopeOf(c)
  return createTranslator('en', caller.zone ?? 'UTC', movesMoney(ctx))
}

interface PageInput {
  title: string
  error?: boolean
  status?: number
}

/** One task in one card: signing in, creating, verifying, approving. */
export const taskPage = (
  c: AppContext,
  input: PageInput & { layout?: 'panel' | 'wide' | 'slip' | 'centred' },
  content: Child,
): Response | Promise<Response> =>
  send(
    c,
    input,
    <PlainShell {...shell(c, input, null, input.layout === 'slip' ? 'slip' : 'plain')} layout={input.layout}>
      {content}
    </PlainShell>,
  )

/** A page of the signed-in account. */
export const accountPage = (
  c: AppContext,
  facts: AccountFacts,
  input: PageInput & { nav?: NavKey },
  content: Child,
): Response | Promise<Response> =>
  send(
    c,
    input,
    <AccountShell {...shell(c, input, facts, 'account')} nav={input.nav} sections={calmKind(facts.account.status) ? [] : SECTIONS}>
      {content}
    </AccountShell>,
  )

/** One column without navigation: device check, help, development. */
export const openPage = (
  c: AppContext,
  facts: AccountFacts | null,
  input: PageInput & { wide?: boolean },
  content: Child,
): Response | Promise<Response> =>
  send(
    c,
    input,
    <OneShell {...shell(c, input, facts, input.wide ? 'wide' : 'one')} wide={input.wide}>
      {content}
    </OneShell>,
  )

function shell(c: AppContext, input: PageInput, facts: AccountFacts | null, kind: ShellKind): ShellProps {
  const { ctx, nonce, formToken, fragment, pretendScript, inbox } = scopeOf(c)
  return {
    title: input.title,
    error: input.error,
    brand: ctx.config.brand,
    nonce,
    formToken,
    fragment: fragment && fitsFrame(c, kind),
    development: ctx.config.development,
    pretendScript,
    inbox,
    account: facts ? { name: displayName(facts) } : null,
    lang: 'en',
    t: translator(c),
  }
}

/** The script names the frame that stands in the browser; in another one the page comes whole, so that it is not asked for twice. */
function fitsFrame(c: AppContext, kind: ShellKind): boolean {
  const standing = c.req.header('x-lk-shell')
  return standing === undefined || standing === kind
}

function send(c: AppContext, input: PageInput, page: Child): Response | Promise<Response> {
  const { ctx, asset } = scopeOf(c)
  const { basePath } = ctx.config
  const html = (
    <AssetContext.Provider value={name => basePath + asset(name)}>
      <HrefContext.Provider value={path => basePath + path}>{page}</HrefContext.Provider>
    </AssetContext.Provider>
  )
  return c.html(html as unknown as string, (input.status ?? 200) as 200)
}

/** A time in the query, for words only; null for what is none. */
export function timeOf(c: AppContext, name: string): number | null {
  const at = Number(c.req.query(name))
  return Number.isSafeInteger(at) && at > 0 && at < 8.64e15 ? at : null
}

/** A redirect to one of our own paths. */
export const goTo = (c: AppContext, path: string): Response => c.redirect(scopeOf(c).ctx.config.basePath + path, 303)
