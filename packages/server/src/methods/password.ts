import { passwordText } from '@latchkey/browser/text'
import type { Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import { countedGuess, type Guess, ipPrefix } from '../limits/index.ts'
import type { AuthenticatorRow, Tables } from '../store/store.ts'
import { argon2Hash, argon2Verify, dummyHash, type HashClient, isCheaper, PASSWORD_COST } from './argon2.ts'
import { attemptOf, succeeded, typedEvidence } from './attempt.ts'
import { type ProofRequest, type Proven, secretOf } from './method.ts'
import { isBreached, scoreOf } from './password-strength.ts'

/** What a new password has to meet. */
export interface PasswordRules {
  /** A second step is demanded beside it: 8 characters do, else 15 (NIST SP 800-63B-4 §3.1.1.2). */
  secondStep: boolean
  /** Words that a guesser would try first: brand, host, parts of the addresses. */
  context: string[]
}

/** Whose password, and whose browser makes us hash. */
export interface PasswordOwner {
  accountId: string
  ip: string
}

const MIN_ALONE = 15
const MIN_WITH_SECOND_STEP = 8
const MAX_CODE_POINTS = 256
const MIN_SCORE_ALONE = 3
/** Eight random characters score 2: with 3 the minimum of eight would be a promise that no password keeps. */
const MIN_SCORE_WITH_SECOND_STEP = 2
const MIN_CONTEXT_WORD = 4

/** Fewest characters of a new password (NIST SP 800-63B-4 §3.1.1.2). */
export const minPasswordLength = (secondStep: boolean): number => (secondStep ? MIN_WITH_SECOND_STEP : MIN_ALONE)

/** Before anything else is done with it: a megabyte is neither normalised nor hashed. */
const isTooLong = (password: string): boolean =>
  password.length > MAX_CODE_POINTS * 2 || [...passwordText(password)].length > MAX_CODE_POINTS

/**
 * Checks a password that somebody wants to have. Any character counts, nothing is demanded of the mixture.
 *
 * @throws Problem `password_too_long`, `password_too_short` with `minLength`, `password_breached`, `password_weak`
 * @example await checkNewPassword(ctx, 'correct horse battery staple', { secondStep: false, context: ['customer'] })
 */
export async function checkNewPassword(ctx: Ctx, password: string, rules: PasswordRules): Promise<void> {
  if (isTooLong(password)) throw new Problem('password_too_long')
  const text = passwordText(password)
  const minLength = minPasswordLength(rules.secondStep)
  const minScore = rules.secondStep ? MIN_SCORE_WITH_SECOND_STEP : MIN_SCORE_ALONE
  if ([...text].length < minLength) throw new Problem('password_too_short', { minLength })
  if (await isBreached(text)) throw new Problem('password_breached')
  const words = contextWords([...rules.context, ctx.config.brand.name, ctx.config.host, 'latchkey'])
  if (isMostly(text, words) || (await scoreOf(text, words)) < minScore) throw new Problem('password_weak')
}

/** `jane.doe@example.com` → the whole, and jane, example, … : what is shorter stands in too many good passwords. */
function contextWords(context: string[]): string[] {
  const words = context
    .map(word => passwordText(word).toLowerCase())
    .flatMap(word => [word, ...word.split('@'), ...word.split(/[^\p{L}\p{N}]+/u)])
  return [...new Set(words)].filter(word => word.length >= MIN_CONTEXT_WORD)
}

/** Whether little is left when the words that a guesser knows are taken out. */
function isMostly(password: string, words: string[]): boolean {
  const rest = words.sort((a, b) => b.length - a.length).reduce((left, word) => left.replaceAll(word, ''), password.toLowerCase())
  return [...rest].length < MIN_CONTEXT_WORD
}

/**
 * Hashes a password that was checked: argon2id (RFC 9106), its PHC string encrypted under the pepper key for this account.
 *
 * @returns what goes into the `hash` member of the authenticator's data
 * @throws Problem `busy`, `password_too_long`
 */
export async function hashPassword(ctx: Ctx, password: string, owner: PasswordOwner): Promise<string> {
  if (isTooLong(password)) throw new Problem('password_too_long')
  const phc = await argon2Hash(passwordText(password), PASSWORD_COST, clientOf(ctx, owner.ip))
  return ctx.keys.sealPassword(phc, owner.accountId)
}

const clientOf = (ctx: Ctx, ip: string): HashClient => ({ who: ipPrefix(ip), widen: ctx.config.limitFactor })

/**
 * Compares a password with a sealed hash; without one the same work is done on a dummy.
 *
 * @param sealed what `hashPassword` returned, or null where there is no password
 * @returns whether it fits, and whether its hash is cheaper than today's cost
 * @throws Problem `busy`
 */
export async function verifyPassword(
  ctx: Ctx,
  password: string,
  owner: PasswordOwner,
  sealed: string | null,
): Promise<{ fits: boolean; outdated: boolean }> {
  const phc = sealed === null ? await dummyHash(PASSWORD_COST) : ctx.keys.openPassword(sealed, owner.accountId)
  // what is too long was never set; hashing it would only cost
  const fits = !isTooLong(password) && (await argon2Verify(phc, passwordText(password), clientOf(ctx, owner.ip)))
  return { fits: fits && sealed !== null, outdated: fits && sealed !== null && isCheaper(phc, PASSWORD_COST) }
}

/** @throws Problem `rate_limited`, `busy`, `invalid_credentials`: the same where there is no such account or no password */
export async function provePassword(ctx: Ctx, request: ProofRequest, secret: string): Promise<Proven> {
  const { row, outdated } = await countedGuess(ctx, 'password', attemptOf(request), () => compare(ctx, request, secret))
  const renewed = outdated ? await hashPassword(ctx, secret, { accountId: row.accountId, ip: request.client.ip }) : null
  return { evidence: typedEvidence(ctx, 'password', request), address: null, apply: tx => takePassword(tx, ctx, request, row, renewed) }
}

async function compare(ctx: Ctx, request: ProofRequest, secret: string): Promise<Guess<{ row: AuthenticatorRow; outdated: boolean }>> {
  const row = await passwordRow(ctx.store.read, request)
  const owner = { accountId: row?.accountId ?? '', ip: request.client.ip }
  const { fits, outdated } = await verifyPassword(ctx, secret, owner, row ? sealedHash(row) : null)
  return fits && row ? { fits: { row, outdated } } : { wrong: new Problem('invalid_credentials') }
}

/** The password may have been changed or removed since it was compared. */
async function takePassword(tx: Tables, ctx: Ctx, request: ProofRequest, row: AuthenticatorRow, renewed: string | null): Promise<void> {
  const now = await passwordRow(tx, request)
  if (now?.id !== row.id || sealedHash(now) !== sealedHash(row)) throw new Problem('invalid_credentials')
  if (renewed !== null) await tx.authenticators.setData(row.id, { ...now.data, hash: renewed })
  await succeeded(tx, ctx, 'password', request)
}

/** Both are looked for, and an unknown account's too: the answer must not come sooner. */
async function passwordRow(tables: Tables, request: ProofRequest): Promise<AuthenticatorRow | null> {
  const active = await secretOf(tables, request, 'password')
  const mustChange = await secretOf(tables, request, 'password', 'must_change')
  return active ?? mustChange
}

const sealedHash = (row: AuthenticatorRow): string => String(row.data.hash)
