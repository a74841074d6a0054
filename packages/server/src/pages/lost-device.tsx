import type { Routes } from '../http/app.ts'
import type { Intents } from './intent.ts'

export const lostDeviceRoutes: Routes = () => {}
export const lostDeviceIntents: Intents = {}
