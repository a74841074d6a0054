import type { Routes } from '../http/app.ts'
import type { Intents } from './intent.ts'

export const sessionRoutes: Routes = () => {}
export const sessionIntents: Intents = {}
