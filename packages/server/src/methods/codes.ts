import { randomBytes, randomInt } from 'node:crypto'
import { typedDigits } from '@latchkey/browser/text'
import type { Ctx } from '../ctx.ts'
import { phoneAllowed } from '../deliver/sms.ts'
import type { TemplateName } from '../deliver/templates.ts'
import { addresses } from '../domain/facts.ts'
import { METHODS, type SentMethod } from '../domain/methods.ts'
import { Problem } from '../domain/problems.ts'
import { uuidv7 } from '../keys.ts'
import { countAttempt, countedGuess, countText, type Guess } from '../limits/index.ts'
import type { CodeRow, NewMessage, Tables } from '../store/store.ts'
import { attemptOf, succeeded, typedEvidence } from './attempt.ts'
import { accountOf, type ProofRequest, type Proven } from './method.ts'

/** A code to be sent, and where to. */
export interface SendCodeRequest extends ProofRequest {
  address: string
  /** Which words carry the code; default `code`. */
  template?: TemplateName
  /** The same work, and a code that nothing ever matches; no message but `decoyTemplate`'s. */
  decoy?: boolean
  /** What the owner of the address is told instead, e.g. `account_exists`. */
  decoyTemplate?: TemplateName
  /** What is written in the same transaction, and not at all where no message may be sent. */
  beside?(tx: Tables): Promise<void>
}

const DIGITS = 6
export const CODE_LIFETIME_MS = 600_000
/** Tries per code (policy.md §10). */
export const MAX_TRIES = 5
const RESEND_SECONDS: Record<SentMethod, number> = { email: 30, sms: 60 }

/** Six digits, each value equally likely. */
const newCode = (): string =>
  randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0')

/** The code is bound to its row, whose owner, purpose, operation and target are compared beside it. */
const boundTo = (row: { id: string; method: string; address: string }, code: string) =>
  ['code', row.id, row.method, row.address, code] as const

/**
 * Issues a six-digit code and its message in one transaction, and wakes the outbox. Older codes of the same owner and purpose end;
 * their failures do not (INV-5). Call it outside any transaction.
 *
 * @returns the seconds after which another may be asked for
 * @throws Problem `rate_limited`, `phone_not_allowed`, `forbidden` for an address that is not the account's
 */
export async function sendCode(ctx: Ctx, method: SentMethod, request: SendCodeRequest): Promise<{ retryAfterSeconds: number }> {
  const toPhone = METHODS[method].sendsTo === 'phone'
  if (toPhone && !phoneAllowed(ctx.config, request.address)) throw new Problem('phone_not_allowed')
  if (!maySendTo(request, method, request.address)) throw new Problem('forbidden')
  await countSending(ctx, method, request)
  if (toPhone) await countText(ctx, request.address)
  const code = newCode()
  const row = codeRow(ctx, method, request, code)
  await ctx.store.transaction(async tx => {
    await request.beside?.(tx)
    await tx.codes.issue(row)
    await tx.outbox.insert(codeMessage(row, request, code))
  })
  ctx.wakeOutbox()
  return { retryAfterSeconds: RESEND_SECONDS[method] }
}

/**
 * A known account's codes go to its verified addresses, or to the one new address that is being confirmed; at the door to the address as
 * typed, by which the account was found.
 */
function maySendTo(request: ProofRequest, method: SentMethod, address: string): boolean {
  if (request.confirms === address) return true
  if (!request.facts) return request.identifier === address
  return addresses(request.facts, METHODS[method].sendsTo).some(known => known.value === address)
}

const SENDING: Record<SentMethod, 'send_sms' | 'send_email'> = { sms: 'send_sms', email: 'send_email' }

/** What is spent is the recipient's patience and the operator's money: an address that is only being confirmed counts whoever asks. */
async function countSending(ctx: Ctx, method: SentMethod, request: SendCodeRequest): Promise<void> {
  const attempt = { ...attemptOf(request), identifier: request.address }
  if (request.sessionId && request.confirms === request.address) await countAttempt(ctx, 'new_address', attempt)
  await countAttempt(ctx, SENDING[method], attempt)
}

function codeRow(ctx: Ctx, method: SentMethod, request: SendCodeRequest, code: string): CodeRow {
  const id = uuidv7(ctx.now())
  const { owner, purpose, operation, target, address } = request
  const mac = ctx.keys.mac(...boundTo({ id, method, address }, code))
  const accountId = accountOf(request)
  const issued = { createdAt: ctx.now(), expiresAt: ctx.now() + CODE_LIFETIME_MS }
  return {
    id,
    owner,
    purpose,
    operation,
    target,
    method,
    address,
    accountId,
    mac: request.decoy ? randomBytes(mac.length) : mac,
    failures: 0,
    ...issued,
  }
}

/** The owner's phrase goes to addresses that are theirs. A decoy without words of its own is written too, as a message that is never sent: the transaction is the same. */
function codeMessage(row: CodeRow, request: SendCodeRequest, code: string): NewMessage {
  const template: TemplateName = request.decoy ? (request.decoyTemplate ?? 'nothing') : (request.template ?? 'code')
  const own = request.facts && request.confirms === undefined ? { phrase: request.facts.account.messages.phrase } : {}
  const params = { code: request.decoy ? null : code, at: row.createdAt, expiresAt: row.expiresAt, ...own }
  return { id: row.id, accountId: row.accountId, channel: row.method, to: row.address, template, params, createdAt: row.createdAt }
}

/**
 * Proves a code that was sent. However many guess at once, five are compared with one code, and no answer is given before its try is
 * counted and committed.
 *
 * @throws Problem `rate_limited`; `code_wrong` with `triesLeft`; `code_expired` when there is none, it was used, or its tries are
 */
export async function proveCode(ctx: Ctx, method: SentMethod, request: ProofRequest, secret: string): Promise<Proven> {
  const { id, address } = await countedGuess(ctx, method, attemptOf(request), () => compare(ctx, method, request, secret))
  return { evidence: typedEvidence(ctx, method, request), address, apply: tx => takeCode(tx, ctx, method, request, id) }
}

/** Ends the transaction of a guess that was right, so that its count is taken back. */
class RightGuess extends Error {
  readonly row: CodeRow
  constructor(row: CodeRow) {
    super('right')
    this.row = row
  }
}

async function compare(ctx: Ctx, method: SentMethod, request: ProofRequest, secret: string): Promise<Guess<CodeRow>> {
  try {
    const tries = await ctx.store.transaction(tx => countAndCompare(tx, ctx, method, request, secret))
    if (tries > MAX_TRIES) return { notCompared: new Problem('code_expired') }
    return { wrong: tries < MAX_TRIES ? new Problem('code_wrong', { triesLeft: MAX_TRIES - tries }) : new Problem('code_expired') }
  } catch (error) {
    if (error instanceof RightGuess) return { fits: error.row }
    throw error
  }
}

/**
 * Counts the try, then compares. The count locks the row until the transaction ends, so guesses come one after the other on every
 * node. @returns the tries of a wrong guess, more than there are where nothing was compared. @throws RightGuess
 */
async function countAndCompare(tx: Tables, ctx: Ctx, method: SentMethod, request: ProofRequest, secret: string): Promise<number> {
  const row = await tx.codes.findLive(request.owner, request.purpose, ctx.now())
  if (!row || !isFor(row, method, request)) return MAX_TRIES + 1
  const tries = await tx.codes.fail(row.id)
  const fits = row.mac !== null && ctx.keys.verifies(row.mac, ...boundTo(row, typedDigits(secret) ?? ''))
  if (tries <= MAX_TRIES && fits) throw new RightGuess(row)
  return tries
}

/** Whether the code was sent for exactly this: method, operation, target, account, and an address that still counts. */
function isFor(row: CodeRow, method: SentMethod, request: ProofRequest): boolean {
  const bound = row.method === method && row.operation === request.operation && row.target === request.target
  return bound && row.accountId === accountOf(request) && maySendTo(request, method, row.address)
}

async function takeCode(tx: Tables, ctx: Ctx, method: SentMethod, request: ProofRequest, id: string): Promise<void> {
  if (!(await tx.codes.consume(id, ctx.now()))) throw new Problem('code_expired')
  await succeeded(tx, ctx, method, request)
}
