import type { ProblemCode, ProblemExtrasJson as ProblemExtras } from '@latchkey/browser/wire'

export type { ProblemCode, ProblemExtras }

/** Every refusal we know: code → HTTP status, title, the reference that pages show. RFC 9457. */
export const PROBLEMS = {
  bad_request: { status: 400, ref: 'LK400', title: 'The request is not well-formed.' },
  unsupported_media_type: { status: 415, ref: 'LK415', title: 'This content type is not accepted here.' },
  payload_too_large: { status: 413, ref: 'LK413', title: 'The request is too large.' },
  request_timeout: { status: 408, ref: 'LK400', title: 'The request did not arrive in time.' },
  uri_too_long: { status: 414, ref: 'LK413', title: 'This address is too long.' },
  headers_too_large: { status: 431, ref: 'LK413', title: 'The request has too many headers.' },
  not_found: { status: 404, ref: 'LK404', title: 'This page doesn’t exist.' },
  method_not_allowed: { status: 405, ref: 'LK405', title: 'This method is not allowed here.' },
  cross_site: { status: 403, ref: 'LK403', title: 'The request came from another site.' },
  wrong_host: { status: 421, ref: 'LK421', title: 'This server does not answer for that host.' },
  form_expired: { status: 403, ref: 'LK305', title: 'This page was open too long. Try again.' },
  unauthenticated: { status: 401, ref: 'LK403', title: 'You are not signed in.' },
  session_rotated: { status: 409, ref: 'LK403', title: 'The session was renewed. Repeat the request with the new cookie.' },
  step_up_required: { status: 401, ref: 'LK403', title: 'Confirm it’s you first.' },
  forbidden: { status: 403, ref: 'LK403', title: 'This is not allowed.' },
  invalid_credentials: { status: 401, ref: 'LK312', title: 'That email or password isn’t right.' },
  code_wrong: { status: 400, ref: 'LK312', title: 'That code isn’t right.' },
  code_expired: { status: 410, ref: 'LK312', title: 'That code has expired.' },
  rate_limited: { status: 429, ref: 'LK401', title: 'Too many tries. Wait, then try again.' },
  busy: { status: 503, ref: 'LK404', title: 'We are very busy. Try again in a moment.' },
  passkey_unknown: { status: 401, ref: 'LK301', title: 'This passkey is no longer linked to an account.' },
  passkey_removed: { status: 401, ref: 'LK302', title: 'This passkey was deleted.' },
  passkey_suspended: { status: 401, ref: 'LK303', title: 'This passkey is suspended. Sign in another way to reactivate it.' },
  passkey_unverified_user: { status: 401, ref: 'LK304', title: 'Your device confirmed you were there, but not that it’s you.' },
  challenge_expired: { status: 409, ref: 'LK305', title: 'This page was open too long. We refreshed it.' },
  passkey_rejected: { status: 400, ref: 'LK306', title: 'We couldn’t verify this passkey.' },
  passkey_not_discoverable: { status: 400, ref: 'LK309', title: 'This passkey could not sign you in here.' },
  passkey_backup_changed: { status: 400, ref: 'LK317', title: 'This passkey was changed by its password manager.' },
  passkey_other_account: { status: 403, ref: 'LK308', title: 'That passkey belongs to a different account.' },
  passkey_exists: { status: 409, ref: 'LK105', title: 'This passkey is already registered.' },
  passkey_limit: { status: 409, ref: 'LK310', title: 'You have 20 passkeys, the maximum.' },
  second_factor_first: { status: 409, ref: 'LK311', title: 'Turn on a second factor first.' },
  last_way_in: { status: 409, ref: 'LK311', title: 'This is your only way in.' },
  account_frozen: { status: 403, ref: 'LK313', title: 'Your account is frozen.' },
  account_closing: { status: 403, ref: 'LK319', title: 'Your account is closed.' },
  account_locked: { status: 409, ref: 'LK318', title: 'You locked your settings.' },
  refused_by_policy: { status: 403, ref: 'LK505', title: 'This needs a stronger proof.' },
  money_held: { status: 409, ref: 'LK504', title: 'This can’t move now.' },
  address_unknown: { status: 409, ref: 'LK504', title: 'This address is not in the account’s address book.' },
  approval_expired: { status: 410, ref: 'LK501', title: 'This request expired. Nothing was sent.' },
  approval_changed: { status: 409, ref: 'LK502', title: 'The details changed. Nothing was approved.' },
  approval_decided: { status: 409, ref: 'LK503', title: 'This request was already decided.' },
  approval_too_weak: { status: 403, ref: 'LK505', title: 'This withdrawal needs a passkey.' },
  approval_over_limit: { status: 403, ref: 'LK505', title: 'This is above the limit without a passkey.' },
  password_too_short: { status: 400, ref: 'LK314', title: 'This password is too short.' },
  password_too_long: { status: 400, ref: 'LK314', title: 'This password is too long.' },
  password_breached: { status: 400, ref: 'LK314', title: 'This password appears in known leaks. Choose another.' },
  password_weak: { status: 400, ref: 'LK314', title: 'This password is easy to guess. Choose another.' },
  identifier_invalid: { status: 400, ref: 'LK315', title: 'Enter a full email address or phone number.' },
  identifier_taken: { status: 409, ref: 'LK315', title: 'This address can’t be used.' },
  phone_not_allowed: { status: 400, ref: 'LK406', title: 'We can’t send text messages to this country.' },
  label_invalid: { status: 400, ref: 'LK316', title: 'Use 1 to 64 characters.' },
  already_done: { status: 409, ref: 'LK409', title: 'This was already done.' },
  method_off: { status: 409, ref: 'LK409', title: 'This method is not available here.' },
  unavailable: { status: 503, ref: 'LK404', title: 'The service is not available at the moment.' },
  internal: { status: 500, ref: 'LK404', title: 'Something went wrong on our side. Nothing changed.' },
} as const satisfies Record<ProblemCode, { status: number; ref: string; title: string }>

/**
 * A refusal that its reader can act on. Thrown by flows, turned into an answer at one place (`http/problem.ts`).
 * `cause` goes to the log and to no client.
 *
 * @example throw new Problem('code_wrong', { triesLeft: 4 })
 */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly extras: ProblemExtras
  constructor(code: ProblemCode, extras: ProblemExtras = {}, cause?: unknown) {
    super(PROBLEMS[code].title, cause === undefined ? undefined : { cause })
    this.name = 'Problem'
    this.code = code
    this.extras = extras
  }
}
