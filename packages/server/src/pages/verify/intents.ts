import { approveIntents } from '../approve/intents.ts'
import { factorIntents } from '../factors/factors.tsx'
import { passwordIntents } from '../factors/password.tsx'
import { recoveryCodeIntents } from '../factors/recovery-codes.tsx'
import { closeIntents } from '../freeze/close.tsx'
import { frozenIntents } from '../freeze/frozen.tsx'
import { lockIntents } from '../freeze/lock.tsx'
import { passkeyIntents } from '../passkeys/intents.ts'
import { lostDeviceIntents } from '../recovery/lost-device.tsx'
import { messageIntents } from '../security/messages.tsx'
import { securityIntents } from '../security/security.tsx'
import { sessionIntents } from '../security/sessions.tsx'
import type { Intents } from './intent.ts'

/** What each operation's verification leads to; a test compares the rows with the policy table. */
export const INTENTS: Intents = {
  ...passkeyIntents,
  ...passwordIntents,
  ...factorIntents,
  ...recoveryCodeIntents,
  ...lostDeviceIntents,
  ...securityIntents,
  ...sessionIntents,
  ...frozenIntents,
  ...lockIntents,
  ...closeIntents,
  ...messageIntents,
  ...approveIntents,
}
