import type { Caller, Ctx } from '../../ctx.ts'
import { type Anomaly, isDoubtful } from '../../domain/anomalies.ts'
import { isFrozen, needsFirstUse, trustedFromFirstUse } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { Account, AccountFacts, CredentialId, Passkey, PasskeyStatus } from '../../domain/types.ts'
import { countRequest } from '../../limits/index.ts'
import type { Proven } from '../../methods/index.ts'
import { attachmentOf, orProblem, type PasskeyProof, verifyPasskey } from '../../methods/passkey.ts'
import type { PasskeyUse, Tables } from '../../store/store.ts'
import { type AuthenticationResponse, parseAuthenticationResponse } from '../../webauthn/index.ts'
import { lockAccount } from '../account/account.ts'
import type { OpenChallenge } from './challenge.ts'
import { recordRefused, refuseDoubtful, suspendDoubtful, tellAnomalies } from './doubt.ts'

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
  /** What comes of a use that is doubted, as of a passkey that may have been copied: one step of a sign-in, or nothing (WebAuthn L3 §7.2 step 22). */
  doubtful: 'one_step' | 'refused'
  /** Stopped passkeys sign here too: the door says which. */
  stopped?: true
}

/** A passkey that signed. `apply` spends the challenge, records the use, and writes down and tells what does not fit. */
export interface PasskeyProven<Found extends FoundPasskey = FoundPasskey> extends Proven {
  /** What the door found for the response. */
  match: Found
  use: PasskeyUse
  anomalies: readonly Anomaly[]
  /** It proves one step at most. */
  doubtful: boolean
  /** The first verified use of a passkey that was made silently: its trust begins with it. */
  first: boolean
}

/**
 * Proves something with a passkey, at whatever door: counted, read once, its challenge opened, its record found, and verified
 * (WebAuthn L3 §7.2). Nothing is taken before `apply`; what has to be found later though nothing came of it is recorded at once.
 *
 * @throws Problem what the door says of challenge and record; `passkey_rejected`, `passkey_unverified_user`, `passkey_removed`,
 *   `passkey_suspended`, `rate_limited`; with `passkey_backup_changed` there is an event `backup_eligibility_changed`, with
 *   `passkey_unverified_user` one `verification_lost`
 * @example const proven = await provePasskey(ctx, caller, body, { stage: 'session', find, doubtful: 'refused' })
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
  const proof = await verified(ctx, caller, response, { ...match, attachment: attachmentOf(json) }, door.discoverable === true)
  const proven = provenBy(ctx, caller, match, proof, door.stopped ? ANY : undefined)
  if (await suspendDoubtful(ctx, caller, proven)) throw new Problem('passkey_suspended')
  if (proven.doubtful && door.doubtful === 'refused') await refuseDoubtful(ctx, proven)
  return proven
}

const ANY: readonly PasskeyStatus[] = ['active', 'suspended', 'removed']

async function verified(
  ctx: Ctx,
  caller: Caller,
  response: AuthenticationResponse,
  { passkey, account, attachment }: FoundPasskey & Pick<Passkey, 'attachment'>,
  discoverable: boolean,
): Promise<PasskeyProof> {
  try {
    return verifyPasskey(ctx, caller, response, { passkey, userHandle: account.userHandle, discoverable, attachment })
  } catch (error) {
    if (error instanceof Problem) await recordRefused(ctx, caller, passkey, error)
    throw error
  }
}

function provenBy<Found extends FoundPasskey>(
  ctx: Ctx,
  caller: Caller,
  match: Found,
  { evidence, use, anomalies }: PasskeyProof,
  among: readonly PasskeyStatus[] | undefined,
): PasskeyProven<Found> {
  const { challenge } = match
  const doubtful = isDoubtful(anomalies, ctx.config.policy.onAnomaly)
  const first = evidence.userVerified && needsFirstUse(match.passkey)
  return {
    ...{ match, evidence, use, anomalies, doubtful, first },
    async apply(tx) {
      if (!(await tx.challenges.spend(challenge.id, challenge.expiresAt))) throw new Problem('challenge_expired')
      if (!(await tx.passkeys.recordUse(use, among))) throw new Problem('passkey_removed')
      if (anomalies.length > 0) await tellAnomalies(tx, ctx, caller, match.passkey, anomalies)
      if (first) await beginTrust(tx, ctx, match.passkey)
    },
  }
}

/** Nothing becomes trusted while the account is frozen (policy.md §2): there a use signs in, and is not the first. */
async function beginTrust(tx: Tables, ctx: Ctx, { id, accountId }: Passkey): Promise<void> {
  const { account, passkeys } = await lockAccount(tx, ctx, accountId)
  const passkey = passkeys.find(p => p.id === id)
  if (!passkey || isFrozen({ account })) return
  await tx.passkeys.firstUsed(accountId, id, trustedFromFirstUse(passkey, account, ctx.config.policy, ctx.now()))
}

/** The record of a door that knows who asks. @throws Problem `passkey_unknown`, `passkey_other_account` */
export async function ownedPasskey(ctx: Ctx, { account }: Pick<AccountFacts, 'account'>, { id }: AuthenticationResponse) {
  const passkey = await ctx.store.read.passkeys.find(id as CredentialId)
  if (!passkey) throw new Problem('passkey_unknown', { credentialId: id })
  if (passkey.accountId !== account.id) throw new Problem('passkey_other_account')
  return { passkey, account }
}
