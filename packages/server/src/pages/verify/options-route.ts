import type { Hono } from 'hono'
import type { Caller, Ctx } from '../../ctx.ts'
import { type AppContext, type Env, scopeOf } from '../../http/env.ts'
import { jsonGuard } from '../../http/guards.ts'
import { type Access, pageRoute } from '../../http/routes.ts'

/** Fresh options for the prompt of a page: for its script alone, so it takes the header that no form can set. */
export function optionsRoute(
  app: Hono<Env>,
  path: string,
  access: Access,
  options: (ctx: Ctx, caller: Caller, c: AppContext) => Promise<object>,
): void {
  pageRoute(app, { method: 'post', path, access }, async c => {
    await jsonGuard(c, async () => {})
    const { ctx, caller } = scopeOf(c)
    return c.json(await options(ctx, caller, c))
  })
}
