import type { Caller, Ctx } from '../../ctx.ts'
import { hasVoice } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts, AccountId, CredentialId, Passkey, PendingChange } from '../../domain/types.ts'
import { type RequestOptionsJson, requestOptions } from '../../methods/passkey.ts'
import { lockAccount, settleAndLoad } from '../account/account.ts'
import { type Authority, mint } from '../prove/authority.ts'
import { makeChallenge, openChallenge } from '../prove/challenge.ts'
import { ownedPasskey, provePasskey } from '../prove/passkey.ts'
import { refusedByPolicy } from '../prove/step-up.ts'
import type { Asker } from './asker.ts'
import { cancelBy, guardWaits } from './waits.ts'

const CANCEL = 'change.cancel'

/** The stopped passkeys of the account that may still stop a wait (policy.md §3 "voice"). */
export const voices = (ctx: Ctx, facts: AccountFacts): Passkey[] => facts.passkeys.filter(p => hasVoice(p, ctx.config.policy, ctx.now()))

/** What waits and a stopped passkey of the account may stop; nothing where none has a voice. */
export async function stoppableByVoice(ctx: Ctx, accountId: AccountId): Promise<PendingChange[]> {
  const facts = await settleAndLoad(ctx, accountId)
  return voices(ctx, facts).length > 0 ? facts.pending : []
}

/** A change of the account that waits. @throws Problem `not_found`, for foreign ones alike (INV-19); `already_done` */
export async function askedWait(ctx: Ctx, { accountId }: Asker, id: string): Promise<PendingChange> {
  const facts = await settleAndLoad(ctx, accountId)
  const waiting = await ctx.store.read.changes.get(accountId, id)
  if (!waiting) throw new Problem('not_found')
  guardWaits({ facts }, id)
  return waiting
}

/**
 * Options of the prompt: in a session the passkeys that have a voice; to whoever holds a link none is named.
 *
 * @throws Problem `not_found`, `already_done`
 */
export async function voiceOptions(ctx: Ctx, asker: Asker, id: string): Promise<RequestOptionsJson> {
  await askedWait(ctx, asker, id)
  const facts = await settleAndLoad(ctx, asker.accountId)
  return requestOptions(ctx, makeChallenge(ctx, 'voice', asker.owner, id), asker.session ? voices(ctx, facts) : [])
}

/**
 * Stops a change that waits with a passkey that was stopped: who suspended the owner's passkeys has not silenced the owner. It is all
 * that such a signature does (policy.md §3).
 *
 * @throws Problem `not_found`, `already_done`, `last_way_in`; `refused_by_policy` for a passkey that works; `passkey_suspended`,
 *   `passkey_removed` for one that has no voice, and what else a prompt throws
 */
export async function cancelByVoice(ctx: Ctx, caller: Caller, asker: Asker, id: string, response: unknown): Promise<PendingChange> {
  const waiting = await askedWait(ctx, asker, id)
  const facts = await settleAndLoad(ctx, asker.accountId)
  const proven = await provePasskey(ctx, caller, response, {
    stage: asker.session ? 'session' : 'door',
    async find(signed) {
      const challenge = openChallenge(ctx, signed.challenge, 'voice', asker.owner, id)
      const { passkey, account } = await ownedPasskey(ctx, facts, signed)
      return {
        challenge,
        account,
        passkey: hasVoice(passkey, ctx.config.policy, ctx.now()) ? { ...passkey, status: 'active' as const } : passkey,
      }
    },
    ...(asker.session ? {} : { discoverable: true }),
    doubtful: 'refused',
    stopped: true,
  })
  const { id: by } = proven.match.passkey
  await ctx.store.transaction(async tx => {
    const now = await lockAccount(tx, ctx, asker.accountId)
    await asker.stillAsks(tx)
    guardWaits({ facts: now }, id)
    if (!voices(ctx, now).some(p => p.id === by)) throw refusedByPolicy(CANCEL)
    await proven.apply(tx)
    await cancelBy({ tx, ctx, facts: now, caller, session: asker.session }, waiting, voiceOf(by, id))
  })
  ctx.wakeOutbox()
  return waiting
}

const voiceOf = (credentialId: CredentialId, target: string): Authority<typeof CANCEL> =>
  mint('voice', {
    operation: CANCEL,
    target,
    proofClass: 'trusted',
    decision: { kind: 'now', pauseMs: 0 },
    credentialId,
    mayStop: () => true,
  })
