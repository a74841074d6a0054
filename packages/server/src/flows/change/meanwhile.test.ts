import { SoftwareAuthenticator } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Ctx } from '../../ctx.ts'
import type { CredentialId } from '../../domain/types.ts'
import { refusal } from '../../methods/context.fixture.ts'
import { beginAddress, confirmAddress } from '../addresses.ts'
import { details } from '../approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, createApproval, rejectApproval } from '../approvals/approvals.ts'
import { keepPasskey, renamePasskey } from '../passkeys.ts'
import { proveForgotten, setForgottenPassword, startForgotten } from '../password.ts'
import {
  anotherSession,
  before,
  exchange,
  havePassword,
  ORIGIN,
  OTHER_PASSWORD,
  PASSWORD,
  type Person,
  passkeyOwner,
  sentCode,
  stranger,
} from '../people.fixture.ts'
import { stepUpOptions, stepUpWithPasskey } from '../prove/step-up.ts'
import { proveRecovery, sendRecoveryCode, startRecovery } from '../recovery/recovery.ts'
import {
  secondStepOptions,
  signInOptions,
  signInWithPasskey,
  signInWithPasskeyAsSecondStep,
  signInWithPassword,
  startSignIn,
} from '../sign-in.ts'
import { confirmSignUpCode, signUpCreationOptions, signUpWithPasskey, startSignUp } from '../sign-up.ts'

/** A request that was read and judged, and what is written before its own transaction. */
interface Between {
  go(ctx: Ctx): Promise<unknown>
  meanwhile(): Promise<unknown>
}

const MAIL = 'mei@example.com'
const CHANGE = { operation: 'password.change', target: null } as const

const own = async (person: Person): Promise<CredentialId> => (await person.facts()).passkeys[0]!.id

/** The owner's one passkey goes. */
const removed = (person: Person) => async () => {
  const id = await own(person)
  await person.ctx.store.transaction(tx => tx.passkeys.remove(person.accountId, id, person.ctx.now(), 'trusted'))
}
const suspended = (person: Person) => async () => {
  const id = await own(person)
  await person.ctx.store.transaction(tx => tx.passkeys.suspend(person.accountId, id, person.ctx.now(), 'trusted'))
}

const closed =
  ({ ctx, accountId }: Person) =>
  () =>
    ctx.store.transaction(tx => tx.accounts.update(accountId, { status: 'closed' }))

/** Password and a code to the mailbox; the code is not typed yet. */
async function halfRecovered({ ctx }: Person) {
  const asking = stranger()
  await startRecovery(ctx, asking, MAIL)
  await proveRecovery(ctx, asking, 'password', PASSWORD)
  await sendRecoveryCode(ctx, asking, 'email')
  const code = await sentCode(ctx)
  return { asking, go: (now: Ctx) => proveRecovery(now, asking, 'email', code) }
}

/** An approval that is signed already. */
async function signedApproval(person: Person): Promise<(ctx: Ctx) => Promise<unknown>> {
  const caller = await person.caller()
  const { id } = await createApproval(person.ctx, caller, { action: 'withdraw', details, returnTo: null })
  const response = await person.phone.get(await approvalOptions(person.ctx, caller, id))
  return ctx => approveWithPasskey(ctx, caller, id, response)
}

/** A set-up that was begun goes, as it does when another tab begins another. */
const begunAnew = (person: Person) => async () => {
  await person.ctx.store.transaction(tx => tx.authenticators.removeAll(person.accountId, 'email', 'pending'))
}

async function provenForgotten({ ctx }: Person) {
  const asking = stranger()
  await startForgotten(ctx, asking, MAIL)
  await proveForgotten(ctx, asking, 'email', await sentCode(ctx))
  return asking
}

const CASES: [what: string, code: string, begin: (person: Person) => Promise<Between>][] = [
  [
    'a passkey that is removed gets no new name',
    'not_found',
    async person => {
      const [caller, id] = [await anotherSession(person), await own(person)]
      return { go: ctx => renamePasskey(ctx, caller, id, 'Mine'), meanwhile: removed(person) }
    },
  ],
  [
    'a passkey that is removed is not kept',
    'not_found',
    async person => {
      const [caller, id] = [await anotherSession(person), await own(person)]
      return { go: ctx => keepPasskey(ctx, caller, id), meanwhile: removed(person) }
    },
  ],
  [
    'INV-2 a passkey that is removed proves no operation',
    'passkey_removed',
    async person => {
      const caller = await person.caller()
      const response = await person.phone.get(await stepUpOptions(person.ctx, caller, CHANGE))
      return { go: ctx => stepUpWithPasskey(ctx, caller, CHANGE, response), meanwhile: removed(person) }
    },
  ],
  [
    'INV-2 a passkey that is removed is no second step',
    'passkey_removed',
    async person => {
      const asking = stranger()
      await startSignIn(person.ctx, asking, MAIL, null)
      await signInWithPassword(person.ctx, asking, PASSWORD)
      const response = await person.phone.get(await secondStepOptions(person.ctx, asking))
      return { go: ctx => signInWithPasskeyAsSecondStep(ctx, asking, response), meanwhile: removed(person) }
    },
  ],
  [
    'INV-2 a passkey that is removed approves nothing',
    'passkey_removed',
    async person => ({ go: await signedApproval(person), meanwhile: removed(person) }),
  ],
  [
    'J6 a passkey that is suspended approves nothing',
    'passkey_suspended',
    async person => ({ go: await signedApproval(person), meanwhile: suspended(person) }),
  ],
  [
    'INV-5 an address that another tab begins with is not confirmed here',
    'form_expired',
    async person => {
      await person.prove('email.replace')
      await beginAddress(person.ctx, await person.caller(), 'email', 'new@example.com')
      const [caller, code] = [await person.caller(), await sentCode(person.ctx)]
      return { go: ctx => confirmAddress(ctx, caller, 'email', code), meanwhile: begunAnew(person) }
    },
  ],
  [
    'INV-5 of two tabs with a forgotten password one sets the new one',
    'form_expired',
    async person => {
      const asking = await provenForgotten(person)
      const set = (ctx: Ctx) => setForgottenPassword(ctx, { ...asking }, OTHER_PASSWORD)
      return { go: set, meanwhile: () => set(person.ctx) }
    },
  ],
  [
    'INV-17 a mailbox that is replaced sets no forgotten password',
    'form_expired',
    async person => {
      const asking = await provenForgotten(person)
      const { ctx, accountId } = person
      const withdraw = () =>
        ctx.store.transaction(tx => tx.sessions.withdrawEvidence(accountId, { method: 'email' }, null, ctx.now(), 'email.replace'))
      return { go: now => setForgottenPassword(now, asking, OTHER_PASSWORD), meanwhile: withdraw }
    },
  ],
  [
    'INV-5 a recovery that another tab ends goes on nowhere',
    'form_expired',
    async person => {
      const { asking, go } = await halfRecovered(person)
      return { go, meanwhile: () => person.ctx.store.transaction(tx => tx.preSessions.remove(asking.anonymousId)) }
    },
  ],
  [
    'INV-9 a recovery does not end on the password of a sign-in',
    'form_expired',
    async person => {
      const { ctx } = person
      const { asking, go } = await halfRecovered(person)
      const signsIn = async () => {
        const tab = { ...asking }
        await startSignIn(ctx, tab, MAIL, null)
        await signInWithPassword(ctx, tab, PASSWORD)
      }
      return { go, meanwhile: signsIn }
    },
  ],
  [
    'INV-19 nor on that of another account',
    'form_expired',
    async person => {
      const { ctx } = person
      await havePassword(await passkeyOwner(ctx, 'nic@example.com'))
      const { asking, go } = await halfRecovered(person)
      const begins = async () => {
        const tab = { ...asking }
        await startRecovery(ctx, tab, 'nic@example.com')
        await proveRecovery(ctx, tab, 'password', PASSWORD)
      }
      return { go, meanwhile: begins }
    },
  ],
  [
    'INV-2 a passkey that is removed signs nobody in',
    'passkey_removed',
    async person => {
      const asking = { ...stranger(), knownAccounts: [person.accountId] }
      const response = await person.phone.get(signInOptions(person.ctx, asking))
      return { go: ctx => signInWithPasskey(ctx, asking, response, null), meanwhile: removed(person) }
    },
  ],
  [
    'INV-9 nothing is proven for an account that is closed',
    'unauthenticated',
    async person => {
      const caller = await person.caller()
      const response = await person.phone.get(await stepUpOptions(person.ctx, caller, CHANGE))
      return { go: ctx => stepUpWithPasskey(ctx, caller, CHANGE, response), meanwhile: closed(person) }
    },
  ],
  [
    'INV-9 nor rejected',
    'unauthenticated',
    async person => {
      const caller = await person.caller()
      const { id } = await createApproval(person.ctx, caller, { action: 'withdraw', details, returnTo: null })
      return { go: ctx => rejectApproval(ctx, caller, id), meanwhile: closed(person) }
    },
  ],
  [
    'INV-12 of two tabs of a sign-up one makes the account',
    'form_expired',
    async ({ ctx }) => {
      const asking = stranger()
      await startSignUp(ctx, asking, 'new@example.com', null)
      await confirmSignUpCode(ctx, asking, await sentCode(ctx))
      const make = async (now: Ctx) => {
        const device = new SoftwareAuthenticator({ origin: ORIGIN })
        return signUpWithPasskey(now, { ...asking }, await device.create(await signUpCreationOptions(ctx, asking)))
      }
      return { go: make, meanwhile: () => make(ctx) }
    },
  ],
]

describe('what was read before the account is locked is judged again under its lock', () => {
  test.each(CASES)('%s', async (_what, code, begin) => {
    const person = await passkeyOwner(await exchange())
    await havePassword(person)
    const { go, meanwhile } = await begin(person)
    expect(await refusal(go(before(person.ctx, meanwhile)))).toMatchObject({ code })
  })
})
