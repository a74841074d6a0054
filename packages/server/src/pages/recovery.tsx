import type { Routes } from '../http/app.ts'

export const recoveryRoutes: Routes = () => {}
