import type { Ctx } from '../ctx.ts'
import type { MethodName } from '../domain/types.ts'
import { proveCode } from './codes.ts'
import type { ProofRequest, Proven } from './method.ts'
import { provePassword } from './password.ts'
import { proveRecoveryCode } from './recovery-codes.ts'
import { proveTotp } from './totp.ts'

export { type SendCodeRequest, sendCode } from './codes.ts'
export type { ProofRequest, Proven } from './method.ts'
export { checkNewPassword, hashPassword, minPasswordLength, type PasswordOwner, type PasswordRules, verifyPassword } from './password.ts'
export { makeRecoveryCodes, recoveryCodeRows } from './recovery-codes.ts'
export { checkTotp, newTotpSecret, otpauthUri, proveTotpSetUp, totpQrSvg } from './totp.ts'

/** What pages and rules need to know of a method, so that no flow asks for it by name. */
export interface MethodRow {
  /** Keys of the message catalogue: its name, and one line under it. */
  label: string
  hint: string
  /** Id of the symbol in `icons.svg`. */
  icon: string
  /** What stands on the page: the browser's own prompt, a password field, six digits, or a recovery code. */
  prompt: 'passkey' | 'password' | 'digits' | 'recovery_code'
  /** Where a message has to be sent first. */
  sends: 'email' | 'sms' | null
  /** What it adds to `acr` (policy.md §1): all by itself, the first factor, a second factor, or a step that is no factor. */
  acr: 'phr' | 'first' | 'second' | 'step'
}

/** Every method, strongest first. */
export const METHODS: Record<MethodName, MethodRow> = {
  passkey: { label: 'method.passkey', hint: 'method.passkey_hint', icon: 'passkey', prompt: 'passkey', sends: null, acr: 'phr' },
  totp: { label: 'method.totp', hint: 'method.totp_hint', icon: 'app', prompt: 'digits', sends: null, acr: 'second' },
  sms: { label: 'method.sms', hint: 'method.sms_hint', icon: 'message', prompt: 'digits', sends: 'sms', acr: 'second' },
  email: { label: 'method.email', hint: 'method.email_hint', icon: 'mail', prompt: 'digits', sends: 'email', acr: 'step' },
  password: { label: 'method.password', hint: 'method.password_hint', icon: 'lock', prompt: 'password', sends: null, acr: 'first' },
  recovery_code: {
    label: 'method.recovery_code',
    hint: 'method.recovery_code_hint',
    icon: 'codes',
    prompt: 'recovery_code',
    sends: null,
    acr: 'second',
  },
}

/** Methods whose proof is something typed. */
export type SecretMethod = Exclude<MethodName, 'passkey'>

const PROVERS: Record<SecretMethod, (ctx: Ctx, request: ProofRequest, secret: string) => Promise<Proven>> = {
  password: provePassword,
  totp: proveTotp,
  sms: (ctx, request, secret) => proveCode(ctx, 'sms', request, secret),
  email: (ctx, request, secret) => proveCode(ctx, 'email', request, secret),
  recovery_code: proveRecoveryCode,
}

/**
 * Proves a typed secret. The try is counted, and committed, before the secret is looked at, so that no way to this point forgets it:
 * call it outside any transaction, and `apply` the result inside the one that uses it.
 *
 * @throws Problem `rate_limited`, `invalid_credentials` (password), `code_wrong` with `triesLeft` where a code has them, `code_expired`, `busy`
 * @example const proven = await proveSecret(ctx, 'totp', request, '123456')
 */
export const proveSecret = (ctx: Ctx, method: SecretMethod, request: ProofRequest, secret: string): Promise<Proven> =>
  PROVERS[method](ctx, request, secret)
