import { totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../ctx.ts'
import { addAuthenticator, makeCtx, refusal } from '../methods/fixture.contract.ts'
import { newTotpSecret, otpauthUri } from '../methods/index.ts'
import { HOUR, type Person, passwordOwner } from './factors-fixture.contract.ts'
import { stepUpWithSecret } from './step-up.ts'

const production = { policy: { preset: 'exchange' }, limitFactor: 1 } as const

async function appOwner(): Promise<{ person: Person; uri: string; home: Caller }> {
  const person = await passwordOwner(await makeCtx(production))
  const secret = newTotpSecret()
  await addAuthenticator(person.ctx, await person.facts(), 'totp', { secret })
  const caller = await person.caller()
  const home = { ...caller, knownAccounts: [person.accountId], client: { ...caller.client, deviceId: 'home' } }
  return { person, uri: otpauthUri(person.ctx, 'ana@example.com', secret), home }
}

describe('H6 a stolen session does not keep the owner from verifying', () => {
  test('nor from cancelling a wait: the first try of 210 hours, while the thief guesses with the very same cookie', async () => {
    const { person, uri, home } = await appOwner()
    const { ctx } = person
    const cancel = { operation: 'change.cancel', target: 'w1' } as const
    let guesses = 0
    for (let hour = 0; hour < 210; hour++) {
      // the cookie of the session alone, from elsewhere
      const thief: Caller = { ...(await person.caller()), client: { ...home.client, ip: `203.0.113.${hour}`, deviceId: null } }
      for (let n = 0; n < 8; n++)
        guesses += Number((await refusal(stepUpWithSecret(ctx, thief, cancel, 'totp', '000000'))).code !== 'rate_limited')
      const owner: Caller = { ...home, session: await ctx.store.read.sessions.get(home.session!.id) }
      expect(await stepUpWithSecret(ctx, owner, cancel, 'totp', await totpFromUri(uri, ctx.now()))).toHaveProperty('token')
      ctx.clock.advance(HOUR)
    }
    // five an hour, and three a day for the wait, until a hundred in a row closed the app to who has no known device
    expect(guesses).toBe(100)
  })

  test('five wrong are free within the hour, then the known device’s three; a right one never costs', async () => {
    const { person, uri, home } = await appOwner()
    const { ctx } = person
    const change = { operation: 'password.change', target: null } as const
    const typed = async (secret: string): Promise<string> =>
      stepUpWithSecret(ctx, { ...home, session: await ctx.store.read.sessions.get(home.session!.id) }, change, 'totp', secret).then(
        () => 'ok',
        ({ code }) => code,
      )
    const answers: string[] = []
    for (let n = 0; n < 9; n++) {
      answers.push(await typed('000000'))
      if (n === 4) answers.push(await typed(await totpFromUri(uri, ctx.now())))
    }
    const wrong = (n: number): string[] => Array<string>(n).fill('code_wrong')
    expect(answers).toEqual([...wrong(5), 'ok', ...wrong(3), 'rate_limited'])
    ctx.clock.advance(HOUR)
    expect(await typed(await totpFromUri(uri, ctx.now()))).toBe('ok')
  })
})
