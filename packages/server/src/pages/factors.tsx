import type { Routes } from '../http/app.ts'
import type { Intents } from './intent.ts'

/** Second factors (S16): hub, authenticator app, addresses. */
export const factorRoutes: Routes = () => {}

export const factorIntents: Intents = {}
