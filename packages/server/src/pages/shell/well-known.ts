import type { Config } from '../../config.ts'
import type { Routes } from '../../http/app.ts'
import { pageRoute } from '../../http/routes.ts'
import { ownFiles } from '../../http/well-known.ts'
import { goTo } from './page.tsx'

/** The well-known files of our own origin, each at its root. */
export const wellKnownRoutes =
  (config: Config): Routes =>
  app => {
    for (const { path, says } of ownFiles(config))
      pageRoute(app, { method: 'get', path, access: 'public' }, c => ('goTo' in says ? goTo(c, says.goTo) : c.json(says.json)))
  }
