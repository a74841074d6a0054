import type { Caller, Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import type { Account, AccountFacts, CredentialId, Passkey } from '../../domain/types.ts'
import { countRequest } from '../../limits/index.ts'
import type { Proven } from '../../methods/index.ts'
import { orProblem, type PasskeyProof, verifyPasskey } from '../../methods/passkey.ts'
import type { PasskeyUse, Tables } from '../../store/store.ts'
import { type AuthenticationResponse, parseAuthenticationResponse } from '../../webauthn/index.ts'
import { happened, record, tell } from '../account/events.ts'
import type { OpenChallenge } from './challenge.ts'

/** What a door knows of a response: the challenge that was signed, opened, and the record that it names, with its owner. */
export interface FoundPasskey {
  challenge: OpenChallenge
  passkey: Passkey
  account: Pick<Account, 'userHandle'>
}

/** Where a passkey proves something. */
export interface PasskeyDoor<Found extends FoundPasskey = FoundPasskey> {
  stage: 'door' | 'session'
  /** @throws Problem for a challenge that was not made for this, or is old, and for a record that this door does not know */
  find(response: AuthenticationResponse): Promise<Found>
  /** Nobody was named before, so the response has to say whose it is (WebAuthn L3 §7.2 step 6). */
  discoverable?: true
  /** What comes of a passkey that may have been copied: one step of a sign-in, or nothing (WebAuthn L3 §7.2 step 22). */
  copied: 'one_step' | 'refused'
}

/** A passkey that signed. `apply` spends the challenge, records the use, and tells of a copy. */
export interface PasskeyProven<Found extends FoundPasskey = FoundPasskey> extends Proven {
  /** What the door found for the response. */
  match: Found
  use: PasskeyUse
  copied: boolean
}

/**
 * Proves something with a passkey, at whatever door: counted, read once, its challenge opened, its record found, and verified
 * (WebAuthn L3 §7.2). Nothing is taken before `apply`; what has to be found later though nothing came of it is recorded at once.
 *
 * @throws Problem what the door says of challenge and record; `passkey_rejected`, `passkey_unverified_user`, `passkey_removed`,
 *   `passkey_suspended`, `rate_limited`; with `passkey_backup_changed` there is an event `backup_eligibility_changed`
 * @example const proven = await provePasskey(ctx, caller, body, { stage: 'session', find, copied: 'refused' })
 */
export async function provePasskey<Found extends FoundPasskey>(
  ctx: Ctx,
  caller: Caller,
  json: unknown,
  door: PasskeyDoor<Found>,
): Promise<PasskeyProven<Found>> {
  countRequest(ctx, 'passkey_finish', { stage: door.stage, ip: caller.client.ip })
  const response = orProblem(() => parseAuthenticationResponse(json))
  const match = await door.find(response)
  const proof = await verified(ctx, caller, response, match, door.discoverable === true)
  const proven = provenBy(ctx, caller, match, proof)
  if (proven.copied && door.copied === 'refused') await refuseCopied(ctx, proven)
  return proven
}

async function verified(
  ctx: Ctx,
  caller: Caller,
  response: AuthenticationResponse,
  { passkey, account }: FoundPasskey,
  discoverable: boolean,
): Promise<PasskeyProof> {
  try {
    return verifyPasskey(ctx, caller, response, { passkey, userHandle: account.userHandle, discoverable })
  } catch (error) {
    if (error instanceof Problem && error.code === 'passkey_backup_changed') await backupChanged(ctx, caller, passkey)
    throw error
  }
}

function provenBy<Found extends FoundPasskey>(
  ctx: Ctx,
  caller: Caller,
  match: Found,
  { evidence, use, counterWentBackwards: copied }: PasskeyProof,
): PasskeyProven<Found> {
  const { challenge } = match
  return {
    ...{ match, evidence, use, copied },
    async apply(tx) {
      if (!(await tx.challenges.spend(challenge.id, challenge.expiresAt))) throw new Problem('challenge_expired')
      if (!(await tx.passkeys.recordUse(use))) throw new Problem('passkey_removed')
      if (copied) await tellCopied(tx, ctx, caller, match.passkey)
    },
  }
}

/** Told once for each challenge: the same response again is refused alike, and tells nobody anew. */
async function refuseCopied(ctx: Ctx, proven: PasskeyProven): Promise<never> {
  await ctx.store.transaction(proven.apply).catch(error => {
    if (!(error instanceof Problem && error.code === 'challenge_expired')) throw error
  })
  ctx.wakeOutbox()
  throw new Problem('passkey_rejected', {}, 'counter_backwards')
}

/** Flagged by its use, written down, and told to every address. */
async function tellCopied(tx: Tables, ctx: Ctx, caller: Caller, { id, accountId }: Passkey): Promise<void> {
  const facts = await tx.accounts.facts(accountId)
  if (!facts) return
  const change = { tx, ctx, facts, caller, session: null }
  await happened(change, 'counter_backwards', { credentialId: id })
  await tell(change, 'counter_backwards')
}

function backupChanged(ctx: Ctx, caller: Caller, { accountId, id, backupEligible }: Passkey): Promise<void> {
  const body = { was: backupEligible, is: !backupEligible }
  return ctx.store.transaction(tx => record(tx, ctx, { accountId, credentialId: id, kind: 'backup_eligibility_changed', body, caller }))
}

/** The record of a door that knows who asks. @throws Problem `passkey_unknown`, `passkey_other_account` */
export async function ownedPasskey(ctx: Ctx, { account }: Pick<AccountFacts, 'account'>, { id }: AuthenticationResponse) {
  const passkey = await ctx.store.read.passkeys.find(id as CredentialId)
  if (!passkey) throw new Problem('passkey_unknown', { credentialId: id })
  if (passkey.accountId !== account.id) throw new Problem('passkey_other_account')
  return { passkey, account }
}
