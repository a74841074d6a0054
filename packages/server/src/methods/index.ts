import type { Ctx } from '../ctx.ts'
import type { SecretMethod } from '../domain/methods.ts'
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
