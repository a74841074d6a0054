import { describe, expect, test } from 'vitest'
import { newestMessage, refusal, type TestCtx } from '../methods/context.fixture.ts'
import { beginAddress, confirmAddress, openAddress, removeAddress, resendAddressCode } from './addresses.ts'
import { waitingChange } from './factors.ts'
import {
  anotherSession,
  exchange,
  HOUR,
  havePassword,
  messages,
  type Person,
  passkeyOwner,
  passwordOwner,
  sentCode,
} from './people.fixture.ts'
import { hasGrant, sendStepUpCode, stepUpWithSecret } from './prove/step-up.ts'

const live = async (person: Person): Promise<string[]> =>
  (await person.facts()).identifiers.filter(i => i.supersededAt === null).map(i => i.value)

async function begin(person: Person, address: string, kind: 'email' | 'phone' = 'email'): Promise<string> {
  await beginAddress(person.ctx, await person.caller(), kind, address)
  return sentCode(person.ctx)
}
const confirm = async (person: Person, code: string, kind: 'email' | 'phone' = 'email') =>
  confirmAddress(person.ctx, await person.caller(), kind, code)
const refused = async (person: Person, code: string) => refusal(confirm(person, code))

/** Written as another session of the account would have confirmed it. */
async function haveAddress({ ctx, accountId }: Person, value: string): Promise<void> {
  const at = ctx.now()
  const row = { id: 'another', accountId, kind: 'email', value, verifiedAt: at, createdAt: at, supersededAt: null } as const
  await ctx.store.transaction(tx => tx.identifiers.insert(row))
}

describe('F34 e-mail address', () => {
  test('INV-12 nothing changes before the code of the new address comes back; the old one hears of it', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('email.replace')
    const code = await begin(person, ' New@Example.com ')
    expect(await live(person)).toEqual(['mei@example.com'])
    expect(await confirm(person, code)).toEqual({ status: 'done' })
    expect(await live(person)).toEqual(['new@example.com'])
    expect(await messages(person.ctx)).toContain('email_replaced mei@example.com')
  })

  test('the old address keeps its notices for 72 hours', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('email.replace')
    await confirm(person, await begin(person, 'new@example.com'))
    await person.prove('recovery_codes.add')
    const old = (await person.facts()).identifiers.find(i => i.value === 'mei@example.com')
    expect(old?.supersededAt).not.toBeNull()
    await person.prove('phone.add')
    await beginAddress(person.ctx, await person.caller(), 'phone', '+34600000001')
    await confirm(person, await sentCode(person.ctx), 'phone')
    expect(await messages(person.ctx)).toEqual(expect.arrayContaining(['phone_added mei@example.com', 'phone_added new@example.com']))
  })

  test('H1 a proof covers the address that was begun with it: a typing mistake needs another one', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('email.replace')
    const lost = await begin(person, 'nwe@example.com')
    const another = beginAddress(person.ctx, await person.caller(), 'email', 'new@example.com')
    expect(await refusal(another)).toMatchObject({ code: 'step_up_required', operation: 'email.replace' })
    expect(await openAddress(person.ctx, await person.caller(), 'email')).toBe('nwe@example.com')
    await person.prove('email.replace')
    const code = await begin(person, 'new@example.com')
    expect(await openAddress(person.ctx, await person.caller(), 'email')).toBe('new@example.com')
    // once in a million both are the same six digits
    const stale = lost === code ? (code === '000000' ? '000001' : '000000') : lost
    expect(await refused(person, stale)).toMatchObject({ code: 'code_wrong', triesLeft: 4 })
    expect(await confirm(person, code)).toEqual({ status: 'done' })
    expect(await live(person)).toEqual(['new@example.com'])
  })

  test.each([
    ['', async () => {}],
    [', though it is the own one by now', (person: Person) => haveAddress(person, 'mine@example.com')],
  ])('INV-12 a code that went to another address confirms nothing%s', async (_how, meanwhile) => {
    const ctx = await exchange(1)
    const person = await passkeyOwner(ctx)
    await person.prove('email.replace')
    const code = await begin(person, 'mine@example.com')
    await person.prove('email.replace')
    await meanwhile(person)
    // the second message is refused by the limit of 30 s, so the code of the first is still live
    expect(await refusal(beginAddress(ctx, await person.caller(), 'email', 'victim@example.com'))).toMatchObject({ code: 'rate_limited' })
    expect(await openAddress(ctx, await person.caller(), 'email')).toBe('victim@example.com')
    expect(await refused(person, code)).toMatchObject({ code: 'code_expired' })
    expect(await live(person)).not.toContain('victim@example.com')
  })

  test('INV-5 one code, one use; another code carries the failures over', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('email.replace')
    const first = await begin(person, 'new@example.com')
    const wrong = first === '111111' ? '222222' : '111111'
    expect(await refused(person, wrong)).toMatchObject({ code: 'code_wrong', triesLeft: 4 })
    await resendAddressCode(person.ctx, await person.caller(), 'email')
    const second = await sentCode(person.ctx)
    expect(await refused(person, second === wrong ? '333333' : wrong)).toMatchObject({ code: 'code_wrong', triesLeft: 3 })
    await confirm(person, second)
    expect(await refused(person, second)).toMatchObject({ code: 'form_expired' })
  })

  test('needs a proof, and its own address is no new one', async () => {
    const person = await passkeyOwner(await exchange())
    const caller = await person.caller()
    expect(await refusal(beginAddress(person.ctx, caller, 'email', 'new@example.com'))).toMatchObject({ code: 'step_up_required' })
    expect(await refusal(beginAddress(person.ctx, caller, 'email', 'MEI@example.com'))).toMatchObject({ code: 'already_done' })
    expect(await refusal(beginAddress(person.ctx, caller, 'email', '+34600000001'))).toMatchObject({ code: 'identifier_invalid' })
  })

  test('a lesser proof waits 72 hours and then takes the place of the old one', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('email.replace', 'email')
    const code = await begin(person, 'new@example.com')
    const outcome = await confirm(person, code)
    expect(outcome).toMatchObject({ status: 'waits' })
    expect(await live(person)).toEqual(['mei@example.com'])
    expect(waitingChange(await person.facts(), 'email.replace')).not.toBeNull()
    person.ctx.clock.advance(72 * HOUR)
    expect(await live(person)).toEqual(['new@example.com'])
    expect((await person.facts()).account.moneyPausedUntil).toBeGreaterThan(person.ctx.now())
  })

  test('where somebody else holds the address by then, the old one stays', async () => {
    const ctx = await exchange()
    const person = await passkeyOwner(ctx)
    await person.prove('email.replace', 'email')
    await confirm(person, await begin(person, 'new@example.com'))
    ctx.clock.advance(25 * HOUR)
    await passkeyOwner(ctx, 'new@example.com')
    ctx.clock.advance(72 * HOUR)
    expect(await live(person)).toEqual(['mei@example.com'])
  })

  test('two steps do it now and pause money; the confirming code is evidence and no ceremony', async () => {
    const person = await passwordOwner(await exchange())
    await person.prove('email.replace')
    const now = person.ctx.now()
    await confirm(person, await begin(person, 'new@example.com'))
    expect((await person.facts()).account.moneyPausedUntil).toBeGreaterThanOrEqual(now + 24 * HOUR)
    const { session } = await person.caller()
    expect(session?.evidence.map(e => e.method).sort()).toEqual(['email', 'password'])
    expect(await hasGrant(person.ctx, session!, { operation: 'totp.add', target: null })).toBe(false)
  })
})

describe('F50 an address that belongs to somebody else', () => {
  const answers = async (ctx: TestCtx, address: string) => {
    const person = await passkeyOwner(ctx, `asks-for-${address}`)
    await person.prove('email.replace')
    const sent = await beginAddress(ctx, await person.caller(), 'email', address)
    const message = await newestMessage(ctx)
    const wrong = message.params.code === '111111' ? '222222' : '111111'
    const first = await refused(person, wrong)
    const again = await resendAddressCode(ctx, await person.caller(), 'email')
    return { person, template: message.template, answers: [sent, first, again, await openAddress(ctx, await person.caller(), 'email')] }
  }

  test('gets the same answers; its owner is told, and no code fits', async () => {
    const ctx = await exchange()
    await passkeyOwner(ctx, 'taken@example.com')
    const taken = await answers(ctx, 'taken@example.com')
    const free = await answers(ctx, 'freee@example.com')
    expect(taken.answers.slice(0, 3)).toEqual(free.answers.slice(0, 3))
    expect([taken.template, free.template]).toEqual(['address_in_use', 'code'])
    expect(await live(taken.person)).toEqual(['asks-for-taken@example.com'])
  })
})

describe('F33 phone number', () => {
  test('is added by a code to it, replaced and removed', async () => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    await person.prove('phone.add')
    await confirm(person, await begin(person, '+34 600 000 001', 'phone'), 'phone')
    await person.prove('phone.replace')
    await confirm(person, await begin(person, '+34600000002', 'phone'), 'phone')
    expect(await live(person)).toEqual(['mei@example.com', '+34600000002'])
    await person.prove('phone.remove')
    expect(await removeAddress(person.ctx, await person.caller(), 'phone')).toEqual({ status: 'done' })
    expect(await live(person)).toEqual(['mei@example.com'])
    expect(await refusal(removeAddress(person.ctx, await person.caller(), 'phone'))).toMatchObject({ code: 'already_done' })
  })

  test('one that waits since before the owner added theirs never stands beside it', async () => {
    const person = await passkeyOwner(await exchange())
    const { ctx } = person
    await havePassword(person)
    const thief = await anotherSession(person)
    await sendStepUpCode(ctx, thief, { operation: 'phone.add', target: null }, 'email')
    await stepUpWithSecret(ctx, thief, { operation: 'phone.add', target: null }, 'email', await sentCode(ctx))
    await beginAddress(ctx, thief, 'phone', '+34600000666')
    expect(await confirmAddress(ctx, thief, 'phone', await sentCode(ctx))).toMatchObject({ status: 'waits' })
    await person.prove('phone.add')
    await confirm(person, await begin(person, '+34600000001', 'phone'), 'phone')
    ctx.clock.advance(73 * HOUR)
    expect(await live(person)).toEqual(['mei@example.com', '+34600000001'])
    expect((await person.facts()).pending).toEqual([])
  })

  test('of a country that is not listed is refused before the proof is used', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('phone.add')
    expect(await refusal(beginAddress(person.ctx, await person.caller(), 'phone', '+99600000001'))).toMatchObject({
      code: 'phone_not_allowed',
    })
    const { session } = await person.caller()
    expect(await hasGrant(person.ctx, session!, { operation: 'phone.add', target: null })).toBe(true)
  })

  test.each([
    ['do not count', ({ config }: TestCtx) => ({ ...config, policy: { ...config.policy, smsStep: false } })],
    ['reach nobody', ({ config }: TestCtx) => ({ ...config, sms: null })],
  ])('is not offered where text messages %s; an e-mail address is', async (_what, changed) => {
    const ctx = await exchange()
    const person = await passkeyOwner(ctx)
    const without = { ...ctx, config: changed(ctx) }
    const caller = await person.caller()
    expect(await refusal(beginAddress(without, caller, 'phone', '+34600000001'))).toMatchObject({ code: 'method_off' })
    expect(await refusal(beginAddress(without, caller, 'email', 'new@example.com'))).toMatchObject({ code: 'step_up_required' })
  })

  test('K38 the only address stays', async () => {
    const person = await passkeyOwner(await exchange())
    await person.prove('email.remove')
    expect(await refusal(removeAddress(person.ctx, await person.caller(), 'email'))).toMatchObject({ code: 'last_way_in' })
  })
})
