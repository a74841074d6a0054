import type { Caller, Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import type { Passkey } from '../domain/types.ts'
import { type PasskeyProof, verifyPasskey } from '../methods/passkey.ts'
import { record } from './events.ts'

/**
 * Verifies an assertion (`verifyPasskey`), and records what has to be found later though nothing came of it.
 *
 * @throws Problem as `verifyPasskey`; with `passkey_backup_changed` there is an event `backup_eligibility_changed`
 */
export async function provePasskey(ctx: Ctx, caller: Caller, ...given: Rest<Parameters<typeof verifyPasskey>>): Promise<PasskeyProof> {
  const [, , passkey] = given
  try {
    return verifyPasskey(ctx, caller, ...given)
  } catch (error) {
    if (error instanceof Problem && error.code === 'passkey_backup_changed') await backupChanged(ctx, caller, passkey)
    throw error
  }
}

type Rest<Given extends unknown[]> = Given extends [unknown, unknown, ...infer More] ? More : never

function backupChanged(ctx: Ctx, caller: Caller, { accountId, id, backupEligible }: Passkey): Promise<void> {
  const body = { was: backupEligible, is: !backupEligible }
  return ctx.store.transaction(tx => record(tx, ctx, { accountId, credentialId: id, kind: 'backup_eligibility_changed', body, caller }))
}
