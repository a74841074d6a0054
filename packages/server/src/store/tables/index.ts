import type { Connection } from '../connection.ts'
import type { Tables } from '../store.ts'
import { accounts, identifiers, signUps } from './accounts.ts'
import { authenticators } from './authenticators.ts'
import { approvals, changes, payoutAddresses } from './changes.ts'
import { clearRows } from './clear.ts'
import { freezeLinks } from './freeze-links.ts'
import { limits, meta } from './limits.ts'
import { events, inbox, outbox } from './messages.ts'
import { passkeys } from './passkeys.ts'
import { challenges, codes, grants } from './proofs.ts'
import { sealedRows } from './sealed.ts'
import { preSessions, sessions } from './sessions.ts'

const GROUPS: { [Name in keyof Tables]: (conn: Connection) => Tables[Name] } = {
  ...{ accounts, signUps, identifiers, passkeys, authenticators, sessions, preSessions, grants, codes, challenges },
  ...{ changes, approvals, payoutAddresses, outbox, freezeLinks, inbox, events, limits, meta, clearRows, sealedRows },
}

/** All tables over one connection. A group is made when first asked for: most transactions use three or four. */
export function createTables(conn: Connection): Tables {
  const tables = {} as Tables
  for (const name of Object.keys(GROUPS) as (keyof Tables)[]) define(tables, name, conn)
  return tables
}

function define(tables: Tables, name: keyof Tables, conn: Connection): void {
  Object.defineProperty(tables, name, {
    enumerable: true,
    configurable: true,
    get() {
      const value = GROUPS[name](conn)
      Object.defineProperty(tables, name, { value, enumerable: true })
      return value
    },
  })
}
