import { createPasskey } from './ceremony.ts'
import { capabilities, obstacle } from './device.ts'
import { sendSignals } from './signals.ts'
import type { CreationOptionsJson, PasskeyCreatedJson, RegistrationJson } from './wire.ts'

/** Nobody asked for it, so nobody waits longer. */
const PATIENCE_MS = 2000

/** Whether the browser makes passkeys silently (WebAuthn L3 §5.1.7, `conditionalCreate`); one that does not say is not asked. */
export const canUpgrade = async (): Promise<boolean> => obstacle('create') === null && (await capabilities()).conditionalCreate === true

/**
 * Asks for at most two seconds. Never fails: the person is signed in, and asked for nothing.
 *
 * @param send to `POST /api/passkeys/upgrade`
 * @returns null where nothing came of it
 */
export async function upgradePasskey(
  options: CreationOptionsJson,
  send: (body: { response: RegistrationJson }) => Promise<PasskeyCreatedJson>,
): Promise<PasskeyCreatedJson | null> {
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(), PATIENCE_MS)
  try {
    const response = await createPasskey(options, { mediation: 'conditional', signal: control.signal })
    const made = await send({ response })
    await sendSignals(made.signal)
    return made
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
