import type { Config } from '../config.ts'
import type { Routes } from '../http/app.ts'
import { approveRoutes } from './approve/approve.tsx'
import { factorRoutes } from './factors/factors.tsx'
import { passwordRoutes } from './factors/password.tsx'
import { recoveryCodeRoutes } from './factors/recovery-codes.tsx'
import { closeRoutes } from './freeze/close.tsx'
import { frozenRoutes } from './freeze/frozen.tsx'
import { freezeLinkRoutes } from './freeze/link.tsx'
import { lockRoutes } from './freeze/lock.tsx'
import { undoRoutes } from './freeze/undo.tsx'
import { voiceRoutes } from './freeze/voice.tsx'
import { passkeyRoutes } from './passkeys/passkeys.tsx'
import { lostDeviceRoutes } from './recovery/lost-device.tsx'
import { recoveryRoutes } from './recovery/recovery.tsx'
import { activityRoutes } from './security/activity.tsx'
import { checkupRoutes } from './security/checkup.tsx'
import { messageRoutes } from './security/messages.tsx'
import { securityRoutes } from './security/security.tsx'
import { sessionRoutes } from './security/sessions.tsx'
import { informationRoutes } from './shell/information.tsx'
import { problemRoutes } from './shell/problem.tsx'
import { wellKnownRoutes } from './shell/well-known.ts'
import { signInRoutes } from './sign-in/sign-in.tsx'
import { signUpRoutes } from './sign-up/sign-up.tsx'
import { verifyRoutes } from './verify/verify.tsx'

/** Every page of the site. Development pages are mounted beside them by whoever runs the development server. */
export const pageRoutes = (config: Config): Routes[] => [
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
  frozenRoutes,
  freezeLinkRoutes,
  lockRoutes,
  closeRoutes,
  undoRoutes,
  voiceRoutes,
  sessionRoutes,
  activityRoutes,
  checkupRoutes,
  messageRoutes,
  approveRoutes,
  informationRoutes,
  problemRoutes,
  wellKnownRoutes(config),
]
