import type { MethodName } from '../domain/methods.ts'
import type { AccountFacts, AccountId, Client, Evidence } from '../domain/types.ts'
import type { AuthenticatorRow, Tables } from '../store/store.ts'

/** Who proves what, for which purpose. */
export interface ProofRequest {
  /** null at the door, before a first right step, where nothing is loaded of an account, and where there is none. */
  facts: AccountFacts | null
  /** `facts` are as they stood before a change: the secrets that count are those named there, replaced since or not. */
  stood?: true
  /**
   * Whose secret it is; where it is left out, that of `facts`. null: the identifier belongs to nobody; the same work is done, and the
   * answer is the same refusal.
   */
  accountId?: AccountId | null
  /** Who may redeem a code: `session:<id>` or `pre:<id>`. */
  owner: string
  /** `sign_in`, `step_up`, `sign_up`, …: a code serves the purpose that it was sent for. */
  purpose: string
  /** Operation and target that a ceremony is bound to (policy.md §5); null at sign-in. */
  operation: string | null
  target: string | null
  client: Client
  /** This browser signed in to this account before. */
  knownDevice: boolean
  /** The identifier as typed, canonical: before a first right step the tries count for it, whether or not anybody has it. */
  identifier?: string | null
  /** The session that asks, with budgets of its own. */
  sessionId?: string | null
  /** The method that was right first, of a sign-in or recovery that is under way. */
  provenBy?: MethodName | null
  /**
   * The new address that this code is to confirm (sign-up, adding or changing one). Without it, a code of a known account goes to, and
   * counts for, its verified addresses only.
   */
  confirms?: string | null
  /** A session confirms a method that the account does not have yet. */
  setsUp?: true
}

/** A proof that held. Nothing is taken before `apply`. */
export interface Proven {
  evidence: Evidence
  /** Where the proving code had been sent; null for other methods (INV-12: only this address is verified by it). */
  address?: string | null
  /**
   * Takes the single-use thing, and ends the row of failures, inside the caller's transaction.
   *
   * @throws Problem when another request took it first
   */
  apply(tx: Tables): Promise<void>
}

/** Whose secret a request is about; null for nobody's. */
export const accountOf = ({ accountId, facts }: Pick<ProofRequest, 'accountId' | 'facts'>): AccountId | null =>
  accountId ?? facts?.account.id ?? null

/** The row that holds the secret of a request: the one in force, or the one that stood. */
export async function secretOf(
  tables: Pick<Tables, 'authenticators'>,
  request: Pick<ProofRequest, 'accountId' | 'facts' | 'stood'>,
  kind: 'password' | 'totp' | 'recovery_codes',
  status: 'active' | 'must_change' = 'active',
): Promise<AuthenticatorRow | null> {
  const id = accountOf(request) ?? ('' as AccountId)
  return request.stood ? tables.authenticators.get(id, stoodId(request.facts, kind)) : tables.authenticators.find(id, kind, status)
}

const stoodId = (facts: AccountFacts | null, kind: 'password' | 'totp' | 'recovery_codes'): string =>
  facts?.[kind === 'recovery_codes' ? 'recoveryCodes' : kind]?.id ?? ''
