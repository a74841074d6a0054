import { describe, expect, test } from 'vitest'
import { freezeLinkId } from '../../deliver/freeze-link.ts'
import { renderMessage } from '../../deliver/index.ts'
import { refusal, type TestCtx } from '../../methods/context.fixture.ts'
import { beginAddress } from '../addresses.ts'
import { exchange, type Person, passkeyOwner, passwordOwner, stranger } from '../people.fixture.ts'
import { sendRecoveryCode, startRecovery } from '../recovery/recovery.ts'
import { parsePhrase, setMessages } from './messages.ts'
import { endOtherSessions } from './sessions.ts'

const PHRASE = 'blue heron at noon'

async function owner(): Promise<Person> {
  const person = await passkeyOwner(await exchange())
  await person.prove('account.messages')
  return person
}

/** The newest message, as it is sent. */
async function newest(ctx: TestCtx) {
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1000))
  ctx.clock.advance(1)
  const row = rows.at(-1)!
  return { row, ...renderMessage(ctx.config, row.template, row.channel, row.params) }
}

describe('an anti-phishing phrase', () => {
  test('stands at the top of each notice, and its change is told with the one of before', async () => {
    const person = await owner()
    const { ctx } = person
    await setMessages(ctx, await person.caller(), { phrase: PHRASE })
    const first = await newest(ctx)
    expect([first.row.template, first.text.includes('Your phrase:')]).toEqual(['phrase_changed', false])
    await setMessages(ctx, await person.caller(), { phrase: 'copper lantern' })
    const second = await newest(ctx)
    expect(second.text.startsWith(`Your phrase: ${PHRASE}\n\n`)).toBe(true)
    expect(second.html).toContain(`<strong>${PHRASE}</strong>`)
    expect(second.text).toContain('No phrase, or another one? Then the message isn’t from us')
    await setMessages(ctx, await person.caller(), { phrase: null })
    expect((await newest(ctx)).text).toContain('Your phrase: copper lantern')
    await person.prove('sessions.end_others')
    await endOtherSessions(ctx, await person.caller())
    expect((await person.facts()).account.messages.phrase).toBeNull()
  })

  test('stands beside a code that goes to the owner, and beside none for an address that is only being confirmed', async () => {
    const person = await passwordOwner(await exchange())
    const { ctx } = person
    await ctx.store.transaction(tx => tx.accounts.update(person.accountId, { messages: { zone: null, phrase: PHRASE } }))
    await person.prove('email.replace')
    expect((await newest(ctx)).text).toContain(`Your phrase: ${PHRASE}`)
    await beginAddress(ctx, await person.caller(), 'email', 'new@example.com')
    expect((await newest(ctx)).text).not.toContain(PHRASE)
    const asking = stranger()
    await startRecovery(ctx, asking, 'ana@example.com')
    await sendRecoveryCode(ctx, asking, 'email')
    expect((await newest(ctx)).text).not.toContain(PHRASE)
  })

  test('is no part of what a link’s page shows, nor in the clear at rest', async () => {
    const person = await owner()
    const { ctx } = person
    await setMessages(ctx, await person.caller(), { phrase: PHRASE })
    await person.prove('account.messages')
    await setMessages(ctx, await person.caller(), { phrase: 'another' })
    const { row } = await newest(ctx)
    expect(row.params.phrase).toBe(PHRASE)
    const link = await ctx.store.read.freezeLinks.find(freezeLinkId(String(row.params.link))!)
    expect(JSON.stringify(link)).not.toContain(PHRASE)
  })

  test('is 1 to 32 characters that can be seen', () => {
    expect(parsePhrase('  blue heron  ')).toBe('blue heron')
    expect(parsePhrase('x'.repeat(32))).toHaveLength(32)
    for (const bad of ['', '   ', 'x'.repeat(33), 'a\u202eb', 'a\u0000b', 'a\nb']) expect(() => parsePhrase(bad)).toThrow()
  })
})

describe('the zone of messages', () => {
  test('is where their times are written', async () => {
    const person = await owner()
    const { ctx } = person
    await setMessages(ctx, await person.caller(), { zone: 'Asia/Kolkata' })
    await person.prove('account.messages')
    await setMessages(ctx, await person.caller(), { phrase: PHRASE })
    expect((await newest(ctx)).text).toMatch(/\d\d:\d\d \(GMT\+5:30\)/)
  })

  test('that there is none of is refused, and nothing is changed', async () => {
    const person = await owner()
    const { ctx } = person
    expect(await refusal(setMessages(ctx, await person.caller(), { zone: 'Mars/Olympus' }))).toMatchObject({ code: 'bad_request' })
    expect((await person.facts()).account.messages).toEqual({ zone: null, phrase: null })
  })
})
