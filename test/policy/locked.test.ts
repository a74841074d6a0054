import { describe, expect, it } from 'vitest'
import { isBuilt, OPERATIONS, type Operation } from '../../packages/server/src/domain/policy.ts'
import { WAYS, type Way } from '../fixtures/operations.ts'
import { callApi, HOUR, makePerson, makeWorld } from '../fixtures/world.ts'

/** Written by hand: what changes what the account consists of stands still while its owner has locked the settings (N13). */
const STOPPED =
  'passkey.add totp.add phone.add email.add recovery_codes.add passkey.remove passkey.reactivate password.change password.remove totp.replace totp.remove phone.replace phone.remove email.replace email.remove recovery_codes.replace payout_address.add account.close'
/** What protects, moves money or takes something back goes on. */
const GOES_ON =
  'account.read passkey.rename passkey.keep account.passkey_first account.messages session.end sessions.end_others account.freeze passkey.suspend payout_address.remove approval.approve account.lock account.unfreeze change.cancel change.undo'
const words = (text: string): string[] => text.split(' ')

it('N13: each operation is said to be stopped by a lock of settings, or not', () => {
  expect([...words(STOPPED), ...words(GOES_ON)].sort()).toEqual(Object.keys(OPERATIONS).sort())
})

describe('N13: while settings are locked', () => {
  const BUILT = (Object.keys(OPERATIONS) as Operation[]).filter(isBuilt)
  it.each(BUILT)('%s: a verification for it is refused, or asked for', async operation => {
    const world = await makeWorld({ policy: { preset: 'exchange' } })
    const way: Way = WAYS[operation as keyof typeof WAYS] ?? {}
    const person = await makePerson(world, { ...way.wanted, passkey: 'founding', evidence: ['passkey'] })
    const target = (await way.target?.(world, person, 'trusted')) ?? null
    const lock = { lockedUntil: world.ctx.now() + 24 * HOUR, lockScope: 'settings', lockedAt: world.ctx.now(), lockVia: 'trusted' } as const
    await world.ctx.store.transaction(tx => tx.accounts.update(person.accountId, lock))
    const { code } = await callApi(person.browser, 'POST', '/api/step-up/passkey/options', { operation, target })
    expect(code === 'account_locked').toBe(words(STOPPED).includes(operation))
  })
})

it.each(['nonsense', '', 'constructor', '__proto__', 'toString', 'PASSKEY.ADD', 'passkey.add '])(
  'V-4: “%s” is no operation: refused by name, whoever asks',
  async operation => {
    const world = await makeWorld()
    const { browser } = await makePerson(world, { passkey: 'founding', evidence: ['passkey'] })
    const { status, code } = await callApi(browser, 'POST', '/api/step-up/passkey/options', { operation, target: null })
    expect([status, code]).toEqual([400, 'bad_request'])
  },
)
