import { describe, expect, it } from 'vitest'
import { answerOf, callApi, makePerson, makeWorld, stepUp } from './fixtures/world.ts'

/** In no order of their own. */
const sorted = <T extends { acceptedIds: string[] }>(signal: T): T => ({ ...signal, acceptedIds: [...signal.acceptedIds].sort() })

describe('what password managers are told (WebAuthn L3 §5.1.10)', () => {
  it('every passkey that is not removed, suspended ones too, with each change and for whoever asks', async () => {
    const world = await makeWorld({})
    const person = await makePerson(world, { evidence: ['passkey'] })
    const { browser, passkeys } = person
    const [own = '', second = ''] = passkeys as string[]
    const ask = async () => sorted((await callApi(browser, 'GET', '/api/signal')).body)
    const facts = (await world.ctx.store.read.accounts.facts(person.accountId))!
    const mail = facts.identifiers.find(({ kind }) => kind === 'email')!.value
    const told = {
      rpId: world.ctx.config.rp.id,
      userId: Buffer.from(facts.account.userHandle).toString('base64url'),
      name: mail,
      displayName: mail,
    }
    expect(await ask()).toEqual({ ...told, acceptedIds: [own, second].sort() })
    const doing = async (change: 'suspend' | 'reactivate' | 'remove') => {
      await stepUp(world, person, { operation: `passkey.${change}`, target: second }, 'passkey')
      const { signal, ...body } = (await callApi(browser, 'POST', `/api/passkeys/${second}/${change}`)).body
      return signal ? { ...body, signal: sorted(signal) } : body
    }
    await doing('suspend')
    expect(await ask()).toEqual({ ...told, acceptedIds: [own, second].sort() })
    expect(await doing('reactivate')).toEqual({ status: 'done', signal: { ...told, acceptedIds: [own, second].sort() } })
    expect(await doing('remove')).toEqual({ status: 'done', signal: { ...told, acceptedIds: [own] } })
    await stepUp(world, person, { operation: 'passkey.add', target: null }, 'passkey')
    const options = (await callApi(browser, 'POST', '/api/passkeys/options')).body
    const response = await browser.authenticator.create({ ...options, excludeCredentials: [] })
    const { passkey, signal } = (await callApi(browser, 'POST', '/api/passkeys', { response })).body
    expect(sorted(signal)).toEqual({ ...told, acceptedIds: [own, passkey.id].sort() })
    const page = await answerOf(await browser.request('GET', '/account/security'))
    expect(page.text).toContain(JSON.stringify(signal))
  })
})
