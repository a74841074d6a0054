import { createHash, randomBytes } from 'node:crypto'
import type { FreezeLink } from '../store/store.ts'

/** How long a notice's link freezes (policy.md §4). Real hours: it is the owner's time to read their mail. */
export const FREEZE_LINK_MS = 72 * 3_600_000

const TOKEN_BYTES = 12
const TOKEN = /^[\w-]{16}$/

/** Where a link leads, below the base path. */
export const freezePath = (token: string): string => `/f/${token}`

/** The row's name for what stands in the link, of which only the hash is kept; null for what no link ever had. */
export const freezeLinkId = (token: string): string | null =>
  TOKEN.test(token) ? createHash('sha256').update(token).digest('base64url') : null

/**
 * A new link: 96 random bits, which nobody guesses, in 16 characters, which fit into a text message.
 *
 * @returns what stands in it, and its row
 */
export function makeFreezeLink({ at, ...of }: Pick<FreezeLink, 'accountId' | 'identifierId' | 'notice'> & { at: number }): {
  token: string
  row: FreezeLink
} {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  return { token, row: { ...of, id: freezeLinkId(token) ?? '', createdAt: at, expiresAt: at + FREEZE_LINK_MS, usedAt: null } }
}
