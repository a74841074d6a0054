import type { Routes } from '../http/app.ts'
import type { Intents } from './intent.ts'

export const approveRoutes: Routes = () => {}
export const approveIntents: Intents = {}
