import type { Routes } from '../http/app.ts'
import type { Intents } from './intent.ts'

/** Recovery codes (S20): state, and the sheet that is shown once. */
export const recoveryCodeRoutes: Routes = () => {}

export const recoveryCodeIntents: Intents = {}
