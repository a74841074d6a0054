import { approveIntents } from './approve-intents.ts'
import { factorIntents } from './factors.tsx'
import type { Intents } from './intent.ts'
import { lostDeviceIntents } from './lost-device.tsx'
import { passkeyIntents } from './passkey-intents.ts'
import { passwordIntents } from './password.tsx'
import { recoveryCodeIntents } from './recovery-codes.tsx'
import { securityIntents } from './security.tsx'
import { sessionIntents } from './sessions.tsx'

/** What each operation's verification leads to; a test compares the rows with the policy table. */
export const INTENTS: Intents = {
  ...passkeyIntents,
  ...passwordIntents,
  ...factorIntents,
  ...recoveryCodeIntents,
  ...lostDeviceIntents,
  ...securityIntents,
  ...sessionIntents,
  ...approveIntents,
}
