import type { Ctx } from '../../ctx.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountId } from '../../domain/types.ts'
import { requireSession } from '../../flows/account/session.ts'
import { approveWithTwoSteps, stepsWithoutPasskey } from '../../flows/approvals/approvals.ts'
import { addPayoutAddress, dropPayoutAddress, type PayoutDraft, readPayoutDraft } from '../../flows/approvals/payout-addresses.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import type { Intents } from '../verify/intent.ts'
import { approvePath, ELSEWHERE } from './screen.ts'

/** What the security verification leads to: two steps approve, and an address book changes. */
export const approveIntents: Intents = {
  'approval.approve': {
    reason: t => t('approve.verify_reason'),
    done: afterSteps,
    button: t => t('approve.verb'),
    cancel: id => approvePath(id ?? ''),
    // a passkey signs on the approval's own page, or is too young for this
    methods: stepsWithoutPasskey,
  },
  'payout_address.add': {
    reason: (t, facts, target, ctx) => addressReason(t, shownDraft(ctx, facts.account.id, target)),
    done: afterAddress,
    button: t => t('approve.add_address'),
  },
  'payout_address.remove': {
    reason: t => t('approve.verify_remove_address'),
    done: afterRemoval,
    button: t => t('approve.remove_address'),
    danger: true,
  },
}

/** Approves, or leads back to the approval, which says what is in the way. */
async function afterSteps(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  const id = target ?? ''
  try {
    await approveWithTwoSteps(ctx, caller, id)
  } catch (error) {
    if (!(error instanceof Problem) || ELSEWHERE.has(error.code)) throw error
  }
  return approvePath(id)
}

const AFTER_ADDRESS = '/account/security'

const addressReason = (t: Translator, draft: PayoutDraft | null): string =>
  draft
    ? t('approve.verify_add_address', { label: draft.label, address: draft.address, asset: draft.asset, network: draft.network })
    : t('approve.add_address')

/** One that is not ours has no words of its own; it is refused when it is used. */
function shownDraft(ctx: Ctx, accountId: AccountId, target: string | null): PayoutDraft | null {
  try {
    return readPayoutDraft(ctx, accountId, target)
  } catch {
    return null
  }
}

async function afterAddress(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  const { returnTo } = readPayoutDraft(ctx, requireSession(caller).accountId, target)
  await addPayoutAddress(ctx, caller, target ?? '')
  return ownPath(ctx, returnTo)
}

/** Intents answer with a path below our base path; a host's own path is reached through `/continue`. */
const ownPath = (ctx: Ctx, returnTo: string | null): string => {
  if (returnTo === null) return AFTER_ADDRESS
  return ctx.config.basePath === '' ? returnTo : `/continue?return_to=${encodeURIComponent(returnTo)}`
}

async function afterRemoval(c: AppContext, target: string | null): Promise<string> {
  const { ctx, caller } = scopeOf(c)
  await dropPayoutAddress(ctx, caller, target ?? '')
  return AFTER_ADDRESS
}
