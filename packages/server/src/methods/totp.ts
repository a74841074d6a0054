import { typedDigits } from '@latchkey/browser/text'
import { generateSecret, generateURI, verifySync } from 'otplib'
import type { Ctx } from '../ctx.ts'
import { Problem } from '../domain/problems.ts'
import { countedGuess, type Guess } from '../limits/index.ts'
import type { AuthenticatorRow, Tables } from '../store/store.ts'
import { attemptOf, succeeded, typedEvidence } from './attempt.ts'
import { type ProofRequest, type Proven, secretOf } from './method.ts'

const SECRET_BYTES = 20
const STEP_SECONDS = 30
const DIGITS = 6
const QR_QUIET_ZONE = 4

/** A new shared secret: 160 bits (RFC 4226 §4), base32. It is the `secret` member of the authenticator's data. */
export const newTotpSecret = (): string => generateSecret({ length: SECRET_BYTES })

/**
 * The address that an authenticator app scans or opens (Key URI format): SHA-1, 6 digits, 30 s, which every app knows.
 *
 * @param account what the app shows under the brand, e.g. the e-mail address
 */
export const otpauthUri = (ctx: Ctx, account: string, secret: string): string =>
  generateURI({ issuer: withoutColon(ctx.config.brand.name), label: withoutColon(account), secret })

/** A colon parts issuer from account in the label, encoded or not: apps that meet another one split there. */
const withoutColon = (text: string): string =>
  text
    .split(':')
    .map(part => part.trim())
    .filter(Boolean)
    .join(' ')

/**
 * A QR code as an SVG element: only shapes and presentation attributes, so that it stands under a strict CSP; black on white with a
 * quiet zone of four modules (ISO/IEC 18004), in dark mode too, or cameras miss it.
 */
export async function totpQrSvg(uri: string): Promise<string> {
  const { default: qrcode } = await import('qrcode')
  return qrcode.toString(uri, {
    type: 'svg',
    margin: QR_QUIET_ZONE,
    errorCorrectionLevel: 'M',
    color: { dark: '#000000', light: '#ffffff' },
  })
}

/**
 * Checks six digits against a secret, one step of 30 s to either side (RFC 6238 §5.2).
 *
 * @param now epoch milliseconds
 * @returns the step that fits, to be spent by `useTotpStep`; or null
 */
export function checkTotp(secret: string, code: string, now: number): number | null {
  const token = typedDigits(code)
  if (token?.length !== DIGITS) return null
  const found = verifySync({ secret, token, epoch: Math.floor(now / 1_000), epochTolerance: STEP_SECONDS })
  return found.valid && 'timeStep' in found ? found.timeStep : null
}

/** @throws Problem `rate_limited`, `code_wrong`; `code_expired` by `apply` when the step was used before (INV-5) */
export async function proveTotp(ctx: Ctx, request: ProofRequest, secret: string): Promise<Proven> {
  return provenBy(ctx, request, () => secretOf(ctx.store.read, request, 'totp'), secret)
}

/**
 * Proves the code that confirms a set-up: the row is still pending and confers nothing else.
 *
 * @param row the pending authenticator of this session
 * @throws Problem `rate_limited`, `code_wrong`; `code_expired` by `apply`
 */
export async function proveTotpSetUp(ctx: Ctx, request: ProofRequest, row: AuthenticatorRow, code: string): Promise<Proven> {
  return provenBy(ctx, request, async () => row, code)
}

type FindRow = () => Promise<AuthenticatorRow | null>

async function provenBy(ctx: Ctx, request: ProofRequest, find: FindRow, code: string): Promise<Proven> {
  const { row, step } = await countedGuess(ctx, 'totp', attemptOf(request), () => compare(ctx, find, code))
  return { evidence: typedEvidence(ctx, 'totp', request), address: null, apply: tx => takeStep(tx, ctx, request, row, step) }
}

/** Where there is no secret, one that nobody has is checked: the answer takes as long. */
async function compare(ctx: Ctx, find: FindRow, code: string): Promise<Guess<{ row: AuthenticatorRow; step: number }>> {
  const row = await find()
  const step = checkTotp(row ? String(row.data.secret) : newTotpSecret(), code, ctx.now())
  return row && step !== null ? { fits: { row, step } } : { wrong: new Problem('code_wrong') }
}

async function takeStep(tx: Tables, ctx: Ctx, request: ProofRequest, row: AuthenticatorRow, step: number): Promise<void> {
  const { authenticators } = tx
  const now = request.stood ? await secretOf(tx, request, 'totp') : await authenticators.find(row.accountId, 'totp', row.status)
  if (now?.id !== row.id || !(await authenticators.useTotpStep(row.id, step, ctx.now(), now.status))) throw new Problem('code_expired')
  await succeeded(tx, ctx, 'totp', request)
}
