import type { Routes } from '../http/app.ts'
import type { Intents } from './intent.ts'

/** The password: set, change, remove, and the one that was forgotten. */
export const passwordRoutes: Routes = () => {}

export const passwordIntents: Intents = {}
