import { createHash, randomBytes } from 'node:crypto'
import type { CredentialId, Evidence, Session, SessionId } from '../../domain/types.ts'
import type { DB, EventTable, EvidenceTable, Flag, FreezeLinkTable, OutboxTable, SessionTable } from '../schema.ts'
import type { Seal } from '../seal.ts'
import { sealIn, sealNullable } from '../sealed.ts'
import type { FreezeLink, NewEvent, NewMessage, NewSession, PasskeyUse } from '../store.ts'
import { openClient, sealClient, sealDetail } from './sealed-rows.ts'

/** Rows that are written by the query builder and by the hot path alike, so both read them from here. */

export const flag = (value: boolean): Flag => (value ? 1 : 0)

/** Whether a conditional statement found its row. */
export const some = (rows: bigint | undefined): boolean => (rows ?? 0n) > 0n

let sequence = 0
/** An id that sorts by time and then by the order of making: inserts go to the end of the index, and order survives. */
export function orderedId(at: number): string {
  sequence = (sequence + 1) % 0x100_0000
  return at.toString(16).padStart(12, '0') + sequence.toString(16).padStart(6, '0') + randomBytes(8).toString('hex')
}

export function sessionRow(seal: Seal, session: NewSession): SessionTable {
  const { client, evidence: _, ...rest } = session
  return {
    ...rest,
    founding: flag(session.founding),
    previousTokenId: null,
    previousSecretHash: null,
    rotatedAt: null,
    lastSeenAt: session.createdAt,
    endedAt: null,
    endedReason: null,
    ...sealClient(seal, session.id, client),
    deviceId: client.deviceId,
  }
}

export function toSession(seal: Seal, row: SessionTable, evidence: Evidence[]): Session {
  const { tokenId: _t, secretHash: _s, previousTokenId: _p, previousSecretHash: _h, rotatedAt: _r, sealedClient: _c, ...rest } = row
  return { ...rest, ...openClient(seal, row), founding: row.founding === 1, evidence }
}

type Owner = { sessionId: SessionId } | { preSessionId: string }

export function evidenceRow(owner: Owner, evidence: Evidence): EvidenceTable {
  return {
    id: orderedId(evidence.at),
    sessionId: 'sessionId' in owner ? owner.sessionId : null,
    preSessionId: 'preSessionId' in owner ? owner.preSessionId : null,
    method: evidence.method,
    credentialId: evidence.credentialId,
    userVerified: flag(evidence.userVerified),
    backupEligible: flag(evidence.backupEligible),
    at: evidence.at,
    operation: evidence.operation,
    target: evidence.target,
  }
}

export type EvidenceFields = Omit<EvidenceTable, 'sessionId' | 'preSessionId'>

/** Evidence in the order in which it was given. */
export function toEvidence(rows: EvidenceFields[]): Evidence[] {
  return rows.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).map(fromRow)
}

const fromRow = (row: EvidenceFields): Evidence => ({
  method: row.method,
  credentialId: row.credentialId as CredentialId | null,
  userVerified: row.userVerified === 1,
  backupEligible: row.backupEligible === 1,
  at: row.at,
  operation: row.operation,
  target: row.target,
})

export interface EventRows {
  event: EventTable
  detail: DB['eventDetail'] | null
}

/** An event and its personal part. The body commits to that part by a salted hash, so erasing it later leaves the record true. */
export function eventRows(seal: Seal, row: NewEvent): EventRows {
  const { detail, body, ...event } = row
  if (!detail) return { event: { ...event, body: canonicalJson(body) }, detail: null }
  const salt = new Uint8Array(randomBytes(16))
  const hash = createHash('sha256')
    .update(salt)
    .update(canonicalJson({ ...detail }))
    .digest('base64url')
  return { event: { ...event, body: canonicalJson({ ...body, detail_hash: hash }) }, detail: sealDetail(seal, row.id, detail, salt) }
}

/** RFC 8785 for a flat object: sorted by UTF-16 code units, which is how JavaScript sorts; numbers as JavaScript writes them. */
export function canonicalJson(flat: Record<string, string | number | boolean | null>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(flat).sort(([a], [b]) => (a < b ? -1 : 1))))
}

export function outboxRow(seal: Seal, message: NewMessage): OutboxTable {
  const { to, params, link: _, ...rest } = message
  return {
    ...rest,
    sealedTo: sealIn(seal, 'outbox', 'to', message.id, to),
    sealedParams: sealIn(seal, 'outbox', 'params', message.id, JSON.stringify(params)),
    status: 'pending',
    tries: 0,
    nextTryAt: message.createdAt,
    sentAt: null,
    lastError: null,
  }
}

export function freezeLinkRow(seal: Seal, { notice, ...row }: FreezeLink): FreezeLinkTable {
  return { ...row, sealedNotice: sealNullable(seal, 'freeze_link', 'notice', row.id, notice && JSON.stringify(notice)) }
}

/** Flags that a use puts in, written as `CredentialTable.flags` has them. */
export const addedFlags = (use: PasskeyUse): string => use.addFlags.map(name => ` ${name}`).join('')

/** Column names in SQL spelling. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
