import { randomInt } from 'node:crypto'
import { RECOVERY_ALPHABET, RECOVERY_LENGTH, typedRecoveryCode } from '@latchkey/browser/text'
import type { Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountId } from '../domain/types.ts'
import { uuidv7 } from '../keys.ts'
import { countedGuess, type Guess, ipPrefix } from '../limits/index.ts'
import type { RecoveryCodeRow, Tables } from '../store/store.ts'
import { argon2Verify, dummyHash, type HashCost } from './argon2.ts'
import { attemptOf, succeeded, typedEvidence } from './attempt.ts'
import { type ProofRequest, type Proven, secretOf } from './method.ts'

const CODES = 10
const PREFIX = 3

/** What codes of before they were MACs were hashed with: 4 MiB and one pass of argon2id. */
const RECOVERY_COST: HashCost = { memoryKiB: 4_096, passes: 1 }

/** Makes a set of ten, to be shown once: `XXXX-XXXX-XXXX-XXXX` in Crockford's base 32, each with a prefix of its own. */
export function makeRecoveryCodes(): string[] {
  const codes = new Map<string, string>()
  while (codes.size < CODES) {
    const code = Array.from({ length: RECOVERY_LENGTH }, () => RECOVERY_ALPHABET[randomInt(RECOVERY_ALPHABET.length)]).join('')
    if (!codes.has(prefixOf(code))) codes.set(prefixOf(code), code)
  }
  return [...codes.values()].map(code => code.replace(/.{4}(?!$)/g, '$&-'))
}

const prefixOf = (code: string): string => code.slice(0, PREFIX)

/**
 * The rows of a new set. A code is 80 random bits, of which 65 are left beside the prefix that finds its row: a slow hash would add
 * nothing to a MAC under a key that is not in the database.
 *
 * @param codes as `makeRecoveryCodes` returned them
 */
export const recoveryCodeRows = (ctx: Ctx, setId: string, accountId: AccountId, codes: string[]): RecoveryCodeRow[] =>
  codes.map(code => {
    const plain = typedRecoveryCode(code)
    if (!plain) throw new RangeError('not a recovery code')
    const hash = ctx.keys.recoveryCodes.hash(accountId, plain)
    return { id: uuidv7(ctx.now()), setId, accountId, prefix: prefixOf(plain), hash, usedAt: null }
  })

/** @throws Problem `rate_limited`, `busy`, `code_wrong`; `code_expired` by `apply` when another request used it first */
export async function proveRecoveryCode(ctx: Ctx, request: ProofRequest, secret: string): Promise<Proven> {
  const row = await countedGuess(ctx, 'recovery_code', attemptOf(request), () => compare(ctx, request, secret))
  return { evidence: typedEvidence(ctx, 'recovery_code', request), address: null, apply: tx => takeCode(tx, ctx, request, row) }
}

/** The same statements and work whether or not there is an account, and a set. */
async function compare(ctx: Ctx, request: ProofRequest, secret: string): Promise<Guess<RecoveryCodeRow>> {
  const code = typedRecoveryCode(secret) ?? ''
  const set = await secretOf(ctx.store.read, request, 'recovery_codes')
  const rows = await ctx.store.read.authenticators.findRecoveryCodes(set?.id ?? '', prefixOf(code))
  const row = await fitting(
    ctx,
    request,
    rows.filter(candidate => candidate.usedAt === null),
    code,
  )
  return row ? { fits: row } : { wrong: new Problem('code_wrong') }
}

/**
 * Codes of before were hashed with argon2id. While any set of that time is in force, every guess costs one such hash, its own or a dummy:
 * how long an answer takes must not tell who has one (INV-16).
 */
async function fitting(ctx: Ctx, request: ProofRequest, rows: RecoveryCodeRow[], code: string): Promise<RecoveryCodeRow | null> {
  const client = { who: ipPrefix(request.client.ip), widen: ctx.config.limitFactor }
  const slow = rows.find(row => isSlow(row.hash)) ?? null
  const anySlow = (await ctx.store.read.authenticators.hasSlowRecoveryCodes()) || slow !== null
  if (anySlow && (await argon2Verify(slow?.hash ?? (await dummyHash(RECOVERY_COST)), code, client))) return slow
  return rows.find(row => ctx.keys.recoveryCodes.fits(row.hash, row.accountId, code)) ?? null
}

const isSlow = (hash: string): boolean => hash.startsWith('$')

async function takeCode(tx: Tables, ctx: Ctx, request: ProofRequest, row: RecoveryCodeRow): Promise<void> {
  const set = await secretOf(tx, request, 'recovery_codes')
  if (set?.id !== row.setId || !(await tx.authenticators.useRecoveryCode(row.id, ctx.now(), set.status))) throw new Problem('code_expired')
  await succeeded(tx, ctx, 'recovery_code', request)
}
