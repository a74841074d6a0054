import { describe, expect, test } from 'vitest'
import { makeAccount, makeCtx } from './context.fixture.ts'
import { ownCreationOptions, requestOptions } from './passkey.ts'

describe('WebAuthn L3 §5.4, §5.5: what a page asks the browser for', () => {
  test('O41, F50: at sign-in no passkey is named; five minutes, user verification', async () => {
    expect(requestOptions(await makeCtx(), 'c')).toEqual({
      challenge: 'c',
      rpId: 'accounts.example.com',
      timeout: 300_000,
      userVerification: 'required',
      allowCredentials: [],
    })
  })

  test('a new one is discoverable, verifies its user, and signs with ES256, EdDSA or RS256', async () => {
    const ctx = await makeCtx()
    const options = ownCreationOptions(ctx, 'c', await makeAccount(ctx, 'mei@example.com'))
    expect(options).toMatchObject({
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
    })
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -8, -257])
  })
})
