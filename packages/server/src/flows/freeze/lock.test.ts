import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Passkey } from '../../domain/types.ts'
import { refusal, type TestCtx } from '../../methods/context.fixture.ts'
import { settleAndLoad } from '../account/account.ts'
import { beginAddress } from '../addresses.ts'
import { details } from '../approvals/approvals.fixture.ts'
import { createApproval } from '../approvals/approvals.ts'
import { change } from '../change/change.ts'
import { cancelChange } from '../change/waits.ts'
import { addPasskey, passkeyCreationOptions, removePasskey, renamePasskey, suspendPasskey } from '../passkeys.ts'
import { DAY, exchange, HOUR, havePassword, messages, ORIGIN, type Person, passkeyOwner, passwordOwner } from '../people.fixture.ts'
import { bindOn, haveEverything, recoverBy } from '../recovery/recovery.fixture.ts'
import { freeze } from './freeze.ts'
import { type LockWanted, lock, lockTarget, readLock } from './lock.ts'

async function locked(person: Person, wanted: LockWanted, by: 'passkey' | 'email' = 'passkey'): Promise<number> {
  await person.prove('account.lock', by, lockTarget(wanted))
  return lock(person.ctx, await person.caller(), wanted)
}
const tried = async (person: Person, wanted: LockWanted, by: 'passkey' | 'email' = 'passkey') => refusal(locked(person, wanted, by))
const owner = async (): Promise<Person> => passkeyOwner(await exchange())

async function young({ ctx, ...person }: Person, by: 'passkey' | 'email'): Promise<Passkey> {
  await person.prove('passkey.add', by)
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  const created = await device.create(await passkeyCreationOptions(ctx, await person.caller()))
  return (await addPasskey(ctx, await person.caller(), created)).passkey
}
const passkeyOf = async (person: Person, { id }: Passkey) => (await person.facts()).passkeys.find(p => p.id === id)!
const ask = async (ctx: TestCtx, person: Person) =>
  createApproval(ctx, await person.caller(), { action: 'withdraw', details, returnTo: null })

describe('N13 the owner’s lock', () => {
  test('holds money until its end, to the millisecond, for its owner too', async () => {
    const person = await owner()
    const { ctx } = person
    const until = await locked(person, { scope: 'money', days: 7 })
    expect(until).toBe(ctx.now() + 7 * DAY)
    ctx.clock.set(until - 1)
    expect(await refusal(ask(ctx, person))).toMatchObject({ code: 'money_held', until, reasons: ['account.lock'] })
    await person.prove('account.messages')
    ctx.clock.set(until)
    expect((await ask(ctx, person)).status).toBe('created')
  })

  test('holds settings: nothing is added, changed or removed; what protects goes on, and a try is told once a day', async () => {
    const person = await owner()
    const { ctx } = person
    await havePassword(person)
    const second = await young(person, 'passkey')
    const until = await locked(person, { scope: 'settings', days: 3 })
    expect((await ask(ctx, person)).status).toBe('created')
    // nobody is asked for a proof that serves nothing
    expect(await refusal(person.prove('password.remove'))).toMatchObject({ code: 'account_locked', until })
    const act = (work: () => Promise<unknown>) => refusal(work())
    await messages(ctx)
    const remove = async () => change(ctx, await person.caller(), { operation: 'password.remove', target: null })
    expect(await act(remove)).toMatchObject({ code: 'account_locked', until })
    expect(await act(remove)).toMatchObject({ code: 'account_locked' })
    const count = async () => (await messages(ctx)).filter(text => text.startsWith('change_tried')).length
    expect(await count()).toBe(1)
    const events = await ctx.store.read.events.list(person.accountId, null, 50)
    expect(events.filter(({ kind }) => kind === 'account.lock_tried')).toHaveLength(1)
    ctx.clock.advance(DAY)
    const woken = ctx.wakes()
    await act(remove)
    expect(ctx.wakes()).toBe(woken + 1)
    expect(await count()).toBe(2)
    expect((await person.facts()).password).not.toBeNull()
    await person.prove('passkey.rename', 'passkey', second.id)
    await renamePasskey(ctx, await person.caller(), second.id, 'Mine')
    await person.prove('passkey.suspend', 'passkey', second.id)
    await suspendPasskey(ctx, await person.caller(), second.id)
    expect(await refusal(beginAddress(ctx, await person.caller(), 'email', 'new@example.com'))).toMatchObject({ code: 'account_locked' })
  })

  test('lets a young passkey be removed, and no other', async () => {
    const person = await owner()
    const { ctx } = person
    const second = await young(person, 'passkey')
    await locked(person, { scope: 'both', days: 1 })
    const [own] = (await person.facts()).passkeys
    expect(await refusal(removePasskey(ctx, await person.caller(), own!.id))).toMatchObject({ code: 'account_locked' })
    await person.prove('passkey.remove', 'passkey', second.id)
    expect(await removePasskey(ctx, await person.caller(), second.id)).toEqual({ status: 'done' })
  })

  test('with settings, waits and the clocks of young passkeys stand still for as long; a cancel goes on', async () => {
    const person = await owner()
    const { ctx } = person
    await havePassword(person)
    const second = await young(person, 'email')
    await person.prove('password.remove', 'email')
    await change(ctx, await person.caller(), { operation: 'password.remove', target: null })
    const before = new Map((await person.facts()).pending.map(wait => [wait.id, wait.effectiveAt]))
    const until = await locked(person, { scope: 'settings', days: 2 })
    const delay = until - ctx.now()
    for (const wait of (await person.facts()).pending) expect(wait.effectiveAt).toBe(before.get(wait.id)! + delay)
    expect((await passkeyOf(person, second)).trustedAt).toBe(second.trustedAt + delay)
    ctx.clock.advance(DAY)
    const longer = await locked(person, { scope: 'settings', days: 3 })
    for (const wait of (await person.facts()).pending) expect(wait.effectiveAt).toBe(before.get(wait.id)! + delay + longer - until)
    expect((await passkeyOf(person, second)).trustedAt).toBe(second.trustedAt + delay + longer - until)
    const removal = (await person.facts()).pending.find(wait => wait.operation === 'password.remove')!
    await person.prove('change.cancel', 'passkey', removal.id)
    await cancelChange(ctx, await person.caller(), removal.id)
    ctx.clock.set(removal.effectiveAt + DAY)
    expect((await settleAndLoad(ctx, person.accountId)).password).not.toBeNull()
  })

  test('of money delays no clock', async () => {
    const person = await owner()
    const second = await young(person, 'email')
    await locked(person, { scope: 'money', days: 2 })
    expect((await passkeyOf(person, second)).trustedAt).toBe(second.trustedAt)
    expect((await person.facts()).pending).toMatchObject([{ effectiveAt: second.trustedAt }])
  })

  test('may be lengthened after a day, to thirty in all; its scope grows, and nothing gets shorter', async () => {
    const person = await owner()
    const { ctx } = person
    const since = ctx.now()
    const until = await locked(person, { scope: 'money', days: 7 })
    ctx.clock.set(since + DAY - 1)
    expect(await tried(person, { scope: 'money', days: 7 })).toMatchObject({ code: 'account_locked', until })
    ctx.clock.set(since + DAY)
    expect(await locked(person, { scope: 'settings', days: 1 })).toBe(until)
    expect((await person.facts()).account).toMatchObject({ lockScope: 'both', lockedAt: since, lockedUntil: until })
    for (const day of [7, 13, 19, 25]) {
      ctx.clock.set(since + day * DAY - 1)
      await locked(person, { scope: 'money', days: 7 })
    }
    expect((await person.facts()).account.lockedUntil).toBe(since + 30 * DAY)
    ctx.clock.set(since + 30 * DAY)
    expect(await locked(person, { scope: 'settings', days: 1 })).toBe(ctx.now() + DAY)
    expect((await person.facts()).account).toMatchObject({ lockScope: 'settings', lockedAt: since + 30 * DAY })
  })

  test('with two steps money alone, up to three days, once in thirty; beside a trusted passkey none', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    expect(await tried(person, { scope: 'both', days: 1 }, 'email')).toMatchObject({ code: 'refused_by_policy' })
    expect(await tried(person, { scope: 'money', days: 4 }, 'email')).toMatchObject({ code: 'refused_by_policy' })
    const until = await locked(person, { scope: 'money', days: 3 }, 'email')
    const since = ctx.now()
    expect(until).toBe(since + 3 * DAY)
    // the proof takes a millisecond
    for (const at of [since + DAY, until, since + 30 * DAY - 2]) {
      ctx.clock.set(at)
      expect(await tried(person, { scope: 'money', days: 1 }, 'email')).toMatchObject({ code: 'refused_by_policy' })
    }
    ctx.clock.set(since + 30 * DAY - 1)
    expect(await locked(person, { scope: 'money', days: 1 }, 'email')).toBe(since + 31 * DAY)
    // one that a trusted passkey set, which is gone by now: it gets no shorter
    const set = { lockedUntil: ctx.now() + 6 * DAY, lockScope: 'money', lockedAt: ctx.now(), lockVia: 'trusted' } as const
    await ctx.store.transaction(tx => tx.accounts.update(person.accountId, set))
    expect(await tried(person, { scope: 'money', days: 1 }, 'email')).toMatchObject({ code: 'refused_by_policy' })
    expect((await refusal(locked(await owner(), { scope: 'money', days: 1 }, 'email'))).code).toBe('refused_by_policy')
  })

  test('lets a recovery bind its passkey, whose clock begins when the lock is over', async () => {
    const person = await owner()
    const { ctx } = person
    const kept = await haveEverything(person)
    const until = await locked(person, { scope: 'settings', days: 7 })
    const asking = await recoverBy(person, kept, ['password', 'email'])
    const { id } = await bindOn(person, asking)
    const made = (await person.facts()).passkeys.find(p => p.id === id)!
    expect(made.trustedAt).toBe(until + 72 * HOUR)
    expect((await person.facts()).pending).toMatchObject([{ operation: 'passkey.add', effectiveAt: until + 72 * HOUR }])
    expect(ctx.now()).toBeLessThan(until)
  })

  test('stops no freeze, and is no way around one', async () => {
    const person = await owner()
    const { ctx } = person
    await locked(person, { scope: 'both', days: 7 })
    await person.prove('account.lock', 'passkey', 'both.7')
    const caller = await person.caller()
    await person.prove('account.freeze')
    await freeze(ctx, await person.caller())
    expect((await person.facts()).account.status).toBe('frozen')
    expect((await refusal(lock(ctx, caller, { scope: 'both', days: 7 }))).code).toBe('unauthenticated')
  })

  test('is one of seven days, of one of three scopes', () => {
    expect(readLock('both', '7')).toEqual({ scope: 'both', days: 7 })
    for (const [scope, days] of [
      ['all', '1'],
      ['money', '0'],
      ['money', '8'],
      ['money', ''],
      [undefined, undefined],
      ['money', '1.5'],
    ] as const)
      expect(() => readLock(scope, days)).toThrow()
  })
})
