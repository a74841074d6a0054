import type { Config } from '../config.ts'
import type { Routes } from '../http/app.ts'
import { approveRoutes } from './approve.tsx'
import { factorRoutes } from './factors.tsx'
import { informationRoutes } from './information.tsx'
import { lostDeviceRoutes } from './lost-device.tsx'
import { passkeyRoutes } from './passkeys.tsx'
import { passwordRoutes } from './password.tsx'
import { problemRoutes } from './problem.tsx'
import { recoveryRoutes } from './recovery.tsx'
import { recoveryCodeRoutes } from './recovery-codes.tsx'
import { securityRoutes } from './security.tsx'
import { sessionRoutes } from './sessions.tsx'
import { signInRoutes } from './sign-in.tsx'
import { signUpRoutes } from './sign-up.tsx'
import { verifyRoutes } from './verify.tsx'

/** Every page of the site. Development pages are mounted beside them by whoever runs the development server. */
export const pageRoutes = (_config: Config): Routes[] => [
  signInRoutes,
  signUpRoutes,
  securityRoutes,
  passkeyRoutes,
  verifyRoutes,
  passwordRoutes,
  factorRoutes,
  recoveryCodeRoutes,
  recoveryRoutes,
  lostDeviceRoutes,
  sessionRoutes,
  approveRoutes,
  informationRoutes,
  problemRoutes,
]
