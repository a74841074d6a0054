import type { Caller } from '../../ctx.ts'
import type { Operation } from '../../domain/policy.ts'
import type { AccountId, Session } from '../../domain/types.ts'
import type { Tables } from '../../store/store.ts'
import { requireSession } from '../account/session.ts'
import { stillLive } from '../prove/step-up.ts'

/** Who asks for something that is proved by itself, and opens no session: a live session, or whoever holds the link of a notice. */
export interface Asker {
  accountId: AccountId
  /** `session:<id>` or `link:<id>`: what challenges and codes are bound to. */
  owner: string
  session: Session | null
  /** In the transaction that changes the account. @throws Problem where it ended meanwhile */
  stillAsks(tx: Tables): Promise<unknown>
}

/** @throws Problem `unauthenticated`, `account_frozen` */
export function bySession(caller: Caller, operation: Operation): Asker {
  const session = requireSession(caller, operation)
  return { accountId: session.accountId, owner: `session:${session.id}`, session, stillAsks: tx => stillLive(tx, session) }
}
