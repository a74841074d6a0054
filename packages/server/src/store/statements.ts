import { channel } from 'node:diagnostics_channel'

/** What a subscriber of `latchkey.statement` (node:diagnostics_channel) is told: each statement as it is sent, without its values. */
export interface StatementSent {
  sql: string
}

const sent = channel('latchkey.statement')

/** Tells who listens, for tracing and for tests; nobody does unless subscribed. */
export function tellStatement(sql: string): void {
  if (sent.hasSubscribers) sent.publish({ sql } satisfies StatementSent)
}
