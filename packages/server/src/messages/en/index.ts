import { activity } from './activity.ts'
import { approve } from './approve.ts'
import { checkup } from './checkup.ts'
import { close } from './close.ts'
import { common } from './common.ts'
import { development } from './development.ts'
import { deviceCheck } from './device-check.ts'
import { factors } from './factors.ts'
import { freeze } from './freeze.ts'
import { help } from './help.ts'
import { lock } from './lock.ts'
import { ownMessages } from './messages.ts'
import { notices } from './notices.ts'
import { passkeys } from './passkeys.ts'
import { problems } from './problems.ts'
import { recovery } from './recovery.ts'
import { security } from './security.ts'
import { sessions } from './sessions.ts'
import { signIn } from './sign-in.ts'
import { signUp } from './sign-up.ts'
import { undo } from './undo.ts'

/** One file per area; a key starts with its area. A test sees to it that no key stands in two files. */
export const areas = {
  common,
  problems,
  deviceCheck,
  help,
  passkeys,
  signIn,
  signUp,
  security,
  factors,
  recovery,
  approve,
  activity,
  checkup,
  sessions,
  freeze,
  lock,
  close,
  undo,
  ownMessages,
  notices,
  development,
} as const

export const en = {
  ...common,
  ...problems,
  ...deviceCheck,
  ...help,
  ...passkeys,
  ...signIn,
  ...signUp,
  ...security,
  ...factors,
  ...recovery,
  ...approve,
  ...activity,
  ...checkup,
  ...sessions,
  ...freeze,
  ...lock,
  ...close,
  ...undo,
  ...ownMessages,
  ...notices,
  ...development,
} as const satisfies Readonly<Record<string, string>>
