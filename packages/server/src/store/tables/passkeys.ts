import { type RawBuilder, sql, type UpdateQueryBuilder, type UpdateResult } from 'kysely'
import { Problem } from '../../domain/problems.ts'
import type { Account, AccountId, CredentialId, Passkey, PasskeyFlag } from '../../domain/types.ts'
import type { Connection } from '../connection.ts'
import type { CredentialTable, DB, Flag } from '../schema.ts'
import type { Seal } from '../seal.ts'
import type { PasskeyOfAccount, PasskeyUse, Tables } from '../store.ts'
import { flag, snake, some } from './rows.ts'
import { openLabel, sealLabel } from './sealed-rows.ts'

/** Credential records. Every change of status names the status that it starts from, so that two callers cannot both make it. */
export function passkeys(conn: Connection): Tables['passkeys'] {
  const { db, seal } = conn
  const own = (accountId: AccountId, id: CredentialId) =>
    db.updateTable('credential').where('id', '=', id).where('accountId', '=', accountId)
  return {
    async insert(row) {
      const result = await db
        .insertInto('credential')
        .values(passkeyRow(seal, row))
        .onConflict(c => c.doNothing())
        .executeTakeFirst()
      if (result.numInsertedOrUpdatedRows !== 1n) throw new Problem('passkey_exists')
    },
    async find(id) {
      const row = await db.selectFrom('credential').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toPasskey(seal, row) : null
    },
    async forSignIn(id) {
      const [row] = await conn.prepared<SignInRow>('passkey_sign_in', FOR_SIGN_IN, [id])
      return row ? toSignIn(seal, row) : null
    },
    recordUse: (use, among = ['active']) =>
      ran(db.updateTable('credential').set(usedColumns(use)).where('id', '=', use.id).where('status', 'in', among)),
    rename: (accountId, id, label) =>
      ran(
        own(accountId, id)
          .set(sealLabel(seal, id, label))
          .where('status', '!=', 'removed'),
      ),
    reviewed: (accountId, id, at) => ran(own(accountId, id).set({ reviewedAt: at }).where('status', '!=', 'removed')),
    suspend: (accountId, id, at, via) =>
      ran(own(accountId, id).set({ status: 'suspended', suspendedAt: at, endedVia: via }).where('status', '=', 'active')),
    reactivate: (accountId, id, trustedAt) =>
      ran(own(accountId, id).set({ status: 'active', suspendedAt: null, endedVia: null, trustedAt }).where('status', '=', 'suspended')),
    async stopClocks(accountId, at) {
      const query = db.updateTable('credential').set(e => ({ trustLeftMs: e('trustedAt', '-', at) }))
      const young = query.where('accountId', '=', accountId).where('status', '=', 'active').where('trustedAt', '>', at)
      await young.where('trustLeftMs', 'is', null).execute()
    },
    async delayClocks(accountId, byMs, at) {
      const query = db
        .updateTable('credential')
        .set(e => ({ trustedAt: e('trustedAt', '+', byMs) }))
        .where('accountId', '=', accountId)
      await query.where('status', '=', 'active').where('trustLeftMs', 'is', null).where('trustedAt', '>', at).execute()
    },
    startClock: (accountId, id, trustedAt) => ran(own(accountId, id).set({ trustedAt, trustLeftMs: null })),
    firstUsed: (accountId, id, trustedAt) =>
      ran(
        own(accountId, id)
          .set({ trustedAt, flags: sql<string>`replace(${sql.ref('flags')}, ${FIRST_USE}, '')` })
          .where('status', '=', 'active')
          .where('flags', 'like', `%${FIRST_USE}%`),
      ),
    remove: (accountId, id, at, via) =>
      ran(own(accountId, id).set({ status: 'removed', removedAt: at, endedVia: via }).where('status', '!=', 'removed')),
    restore: (accountId, id) =>
      ran(
        own(accountId, id)
          .set(e => ({ status: 'suspended', suspendedAt: e.fn.coalesce('suspendedAt', 'removedAt'), removedAt: null }))
          .where('status', '=', 'removed'),
      ),
    async countAll() {
      const query = db
        .selectFrom('credential')
        .where('status', '!=', 'removed')
        .select(e => e.fn.countAll<number>().as('count'))
      return Number((await query.executeTakeFirstOrThrow()).count)
    },
    async rpIds() {
      const rows = await db.selectFrom('credential').select('rpId').distinct().where('status', '=', 'active').orderBy('rpId').execute()
      return rows.map(row => row.rpId)
    },
  }
}

/** As `CredentialTable.flags` has it. */
const FIRST_USE = ' needs_first_use'

const CREDENTIAL_COLUMNS = [
  ...['id', 'accountId', 'rpId', 'publicKey', 'algorithm', 'signCount', 'aaguid', 'transports', 'uvInitialized', 'backupEligible'],
  ...[
    'backupState',
    'attestationFormat',
    'attachment',
    'sealedLabel',
    'label',
    'autoLabel',
    'status',
    'flags',
    'createdAt',
    'createdIn',
    'createdVia',
  ],
  ...['createdSessionId', 'trustedAt', 'trustLeftMs', 'lastUsedAt', 'lastUsedIn', 'reviewedAt', 'suspendedAt', 'removedAt', 'endedVia'],
]

interface SignInRow extends CredentialTable {
  userHandle: Uint8Array
  accountStatus: Account['status']
  accountCreatedAt: number
  changeWaits: Flag
}

const FOR_SIGN_IN = `select ${CREDENTIAL_COLUMNS.map(name => `c.${snake(name)} as "${name}"`).join(', ')},
  a.user_handle as "userHandle", a.status as "accountStatus", a.created_at as "accountCreatedAt",
  case when exists (select 1 from pending_change p where p.account_id = a.id and p.cancelled_at is null and p.applied_at is null)
    then 1 else 0 end as "changeWaits"
  from credential c join account a on a.id = c.account_id where c.id = $1`

function toSignIn(seal: Seal, { userHandle, accountStatus, accountCreatedAt, changeWaits, ...row }: SignInRow): PasskeyOfAccount {
  const account = { id: row.accountId, userHandle, status: accountStatus, createdAt: accountCreatedAt }
  return { passkey: toPasskey(seal, row), account, changeWaits: changeWaits === 1 }
}

type CredentialUpdate = UpdateQueryBuilder<DB, 'credential', 'credential', UpdateResult>

const ran = async (query: CredentialUpdate): Promise<boolean> => some((await query.executeTakeFirst()).numUpdatedRows)

function usedColumns(use: PasskeyUse) {
  return {
    signCount: use.signCount,
    backupState: flag(use.backupState),
    ...(use.userVerified ? { uvInitialized: flag(true) } : {}),
    lastUsedAt: use.at,
    lastUsedIn: use.usedIn,
    flags: flagsAfter(use),
  }
}

/** Takes each flag out before it is put in, so that it never stands there twice. */
function flagsAfter(use: PasskeyUse): RawBuilder<string> {
  const flags: RawBuilder<string> = sql`${sql.ref('flags')}`
  return use.addFlags.reduce((all, name) => sql<string>`replace(${all}, ${` ${name}`}, '') || ${` ${name}`}`, flags)
}

function passkeyRow(seal: Seal, passkey: Passkey): CredentialTable {
  return {
    ...passkey,
    ...sealLabel(seal, passkey.id, passkey.label),
    transports: JSON.stringify(passkey.transports),
    flags: passkey.flags.map(name => ` ${name}`).join(''),
    uvInitialized: flag(passkey.uvInitialized),
    backupEligible: flag(passkey.backupEligible),
    backupState: flag(passkey.backupState),
  }
}

export function toPasskey(seal: Seal, row: CredentialTable): Passkey {
  const { sealedLabel: _, ...rest } = row
  return {
    ...rest,
    label: openLabel(seal, row),
    transports: JSON.parse(row.transports) as string[],
    flags: row.flags.split(' ').filter(Boolean) as PasskeyFlag[],
    uvInitialized: row.uvInitialized === 1,
    backupEligible: row.backupEligible === 1,
    backupState: row.backupState === 1,
  }
}
