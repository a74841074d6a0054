import type { Routes } from '../../http/app.ts'
import { pageRoute } from '../../http/routes.ts'
import { createdPage } from './created.tsx'
import { deletePage } from './delete.tsx'
import { detailsPage } from './details.tsx'
import { listPage } from './list.tsx'
import { newPage, postNew } from './new.tsx'
import { LIST } from './paths.ts'
import { postKeep, postRename, renamePage } from './rename.tsx'

export const passkeyRoutes: Routes = app => {
  pageRoute(app, { method: 'get', path: LIST, access: 'account.read' }, listPage)
  pageRoute(app, { method: 'get', path: `${LIST}/new`, access: 'account.read' }, newPage)
  pageRoute(app, { method: 'post', path: LIST, access: 'passkey.add' }, postNew)
  pageRoute(app, { method: 'get', path: `${LIST}/:id`, access: 'account.read' }, detailsPage)
  pageRoute(app, { method: 'get', path: `${LIST}/:id/created`, access: 'account.read' }, createdPage)
  pageRoute(app, { method: 'get', path: `${LIST}/:id/rename`, access: 'account.read' }, c => renamePage(c))
  pageRoute(app, { method: 'post', path: `${LIST}/:id/rename`, access: 'passkey.rename' }, postRename)
  pageRoute(app, { method: 'post', path: `${LIST}/:id/keep`, access: 'passkey.keep' }, postKeep)
  pageRoute(app, { method: 'get', path: `${LIST}/:id/delete`, access: 'account.read' }, deletePage)
}
