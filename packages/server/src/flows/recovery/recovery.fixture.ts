import { randomUUID } from 'node:crypto'
import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import type { Caller } from '../../ctx.ts'
import type { SecretMethod } from '../../domain/methods.ts'
import { addAuthenticator } from '../../methods/context.fixture.ts'
import { makeRecoveryCodes, newTotpSecret, otpauthUri, recoveryCodeRows } from '../../methods/index.ts'
import { findSession } from '../account/find-session.ts'
import { havePassword, ORIGIN, PASSWORD, type Person, sentCode, stranger } from '../people.fixture.ts'
import { recoverWithPasskey, recoveryCreationOptions } from './bind.ts'
import { proveRecovery, type RecoveryStep, sendRecoveryCode, startRecovery } from './recovery.ts'

/** What somebody kept who lost every device. */
export interface Kept {
  codes: string[]
  totp: string
}

export const PHONE = '+34600000111'

/** Gives a person everything that can open a recovery, written as the pages would; few codes, each is hashed. */
export async function haveEverything(person: Person, count = 2): Promise<Kept> {
  const { ctx, accountId } = person
  await havePassword(person)
  const secret = newTotpSecret()
  await addAuthenticator(ctx, await person.facts(), 'totp', { secret })
  const { row } = await addAuthenticator(ctx, await person.facts(), 'recovery_codes', {})
  const codes = makeRecoveryCodes().slice(0, count)
  const rows = recoveryCodeRows(ctx, row.id, accountId, codes)
  const at = ctx.now()
  const phone = { id: randomUUID(), accountId, kind: 'phone', value: PHONE, verifiedAt: at, createdAt: at, supersededAt: null } as const
  await ctx.store.transaction(async tx => {
    await tx.authenticators.insertRecoveryCodes(rows)
    await tx.identifiers.insert(phone)
  })
  return { codes, totp: otpauthUri(ctx, 'mei@example.com', secret) }
}

/** Proves one step as a person would: a code is asked for first. */
export async function proveOne(person: Person, asking: Caller, method: SecretMethod, kept: Kept): Promise<RecoveryStep> {
  const { ctx } = person
  ctx.clock.advance(61_000)
  if (method === 'email' || method === 'sms') await sendRecoveryCode(ctx, asking, method)
  return proveRecovery(ctx, asking, method, await secretOf(person, method, kept))
}

async function secretOf(person: Person, method: SecretMethod, kept: Kept): Promise<string> {
  if (method === 'password') return PASSWORD
  if (method === 'totp') return totpFromUri(kept.totp, person.ctx.now())
  return method === 'recovery_code' ? (kept.codes.shift() ?? '') : sentCode(person.ctx)
}

/** Two proofs from a browser that nobody knows. @returns the caller with its recovery session */
export async function recoverBy(
  person: Person,
  kept: Kept,
  methods: readonly SecretMethod[],
  identifier = 'mei@example.com',
): Promise<Caller> {
  const asking = stranger()
  await startRecovery(person.ctx, asking, identifier)
  let step: RecoveryStep = { status: 'proof_needed' }
  for (const method of methods) step = await proveOne(person, asking, method, kept)
  if (step.status !== 'opened') throw new Error(`not opened: ${step.status}`)
  return { ...asking, session: await findSession(person.ctx, step.token.value, false) }
}

/** Binds a passkey on a new phone. */
export async function bindOn(person: Person, asking: Caller): Promise<{ phone: SoftwareAuthenticator; id: string }> {
  const phone = new SoftwareAuthenticator({ origin: ORIGIN })
  const { passkey } = await recoverWithPasskey(person.ctx, asking, await phone.create(await recoveryCreationOptions(person.ctx, asking)))
  return { phone, id: passkey.id }
}
