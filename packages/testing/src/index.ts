/**
 * A test kit for passkey sign-in: a software authenticator that can misbehave, TOTP codes, an inbox for e-mail, a gateway for text
 * messages, a clock, PostgreSQL and a browser. Everything heavy is loaded when it is first started.
 *
 * The pretend device for people's browsers is apart, in `@latchkey/testing/pretend-device`.
 */

export * from './authenticator.ts'
export * from './browser.ts'
export * from './clock.ts'
export * from './inbox.ts'
export * from './mime.ts'
export * from './postgres.ts'
export * from './sms-gateway.ts'
export * from './totp.ts'
