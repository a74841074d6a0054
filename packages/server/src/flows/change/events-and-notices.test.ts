import { SoftwareAuthenticator, totpFromUri } from '@latchkey/testing'
import { describe, expect, test } from 'vitest'
import type { Caller } from '../../ctx.ts'
import { OPERATIONS, type Operation, type OperationRow } from '../../domain/policy.ts'
import type { CredentialId, Evidence, SessionId } from '../../domain/types.ts'
import type { TestCtx } from '../../methods/context.fixture.ts'
import { setMessages } from '../account/messages.ts'
import { newSession } from '../account/session.ts'
import { endOtherSessions, endSession } from '../account/sessions.ts'
import { beginAddress, confirmAddress, removeAddress } from '../addresses.ts'
import { ADDRESS, details } from '../approvals/approvals.fixture.ts'
import { approvalOptions, approveWithPasskey, consumeApproval, createApproval, rejectApproval } from '../approvals/approvals.ts'
import { addPayoutAddress, draftPayoutAddress, dropPayoutAddress } from '../approvals/payout-addresses.ts'
import { beginTotp, confirmTotp, removeTotp, totpSetUp } from '../factors.ts'
import { close } from '../freeze/close.ts'
import { freeze } from '../freeze/freeze.ts'
import { lock } from '../freeze/lock.ts'
import { unfreezeWithPasskey } from '../freeze/unfreeze.ts'
import {
  addPasskey,
  keepPasskey,
  passkeyCreationOptions,
  reactivatePasskey,
  removePasskey,
  renamePasskey,
  setPasskeyFirst,
  suspendPasskey,
} from '../passkeys.ts'
import { changePassword, proveForgotten, removePassword, setForgottenPassword, startForgotten } from '../password.ts'
import {
  DAY,
  exchange,
  HOUR,
  ORIGIN,
  OTHER_PASSWORD,
  PASSWORD,
  type Person,
  passkeyOwner,
  proveByTotp,
  sentCode,
  stranger,
  typed,
} from '../people.fixture.ts'
import { stepUpOptions, stepUpWithPasskey } from '../prove/step-up.ts'
import { bindOn, haveEverything, type Kept, PHONE, recoverBy } from '../recovery/recovery.fixture.ts'
import { makeCodes } from '../recovery-codes.ts'
import {
  secondStepOptions,
  sendSecondStepCode,
  signInOptions,
  signInWithCode,
  signInWithPasskey,
  signInWithPasskeyAsSecondStep,
  signInWithPassword,
  signOut,
  startSignIn,
} from '../sign-in.ts'
import { bySession } from './asker.ts'
import { undoableChanges, undoOptions, undoWithPasskey } from './undo.ts'
import { cancelChange } from './waits.ts'

const MAIL = 'mei@example.com'
/** What the other sessions of the account rest on, each on one thing. */
const RESTS = ['second', 'password', 'totp', 'sms', 'email', 'recovery_code'] as const
type Rests = (typeof RESTS)[number]

/** An account with everything, and for each thing a session on another browser that rests on it alone. */
interface Home {
  person: Person
  ctx: TestCtx
  kept: Kept
  /** The other passkey, and the device that holds it. */
  second: CredentialId
  device: SoftwareAuthenticator
  others: Record<Rests, SessionId>
  /** Whether a message was written that the outbox was not told of since. */
  lies(): boolean
}

/** A context that notices when a message lies in the outbox until somebody looks. */
function noticing(ctx: TestCtx): { ctx: TestCtx; lies(): boolean } {
  let lies = false
  const store: TestCtx['store'] = {
    ...ctx.store,
    async transaction(work) {
      let wrote = false
      const done = await ctx.store.transaction(tx => {
        const insert: typeof tx.outbox.insert = message => {
          wrote = true
          return tx.outbox.insert(message)
        }
        return work({ ...tx, outbox: { ...tx.outbox, insert } })
      })
      lies ||= wrote
      return done
    },
    async signInWithPasskey(row) {
      lies ||= row.messages.length > 0
      return ctx.store.signInWithPasskey(row)
    },
  }
  const wakeOutbox = (): void => {
    lies = false
    ctx.wakeOutbox()
  }
  return { ctx: { ...ctx, store, wakeOutbox }, lies: () => lies }
}

async function home(): Promise<Home> {
  const { ctx, lies } = noticing(await exchange())
  const person = await passkeyOwner(ctx)
  const kept = await haveEverything(person)
  await person.prove('passkey.add')
  const device = new SoftwareAuthenticator({ origin: ORIGIN })
  const created = await device.create(await passkeyCreationOptions(ctx, await person.caller()))
  const { passkey } = await addPasskey(ctx, await person.caller(), created)
  ctx.clock.advance(2 * DAY)
  const others = {} as Home['others']
  for (const rests of RESTS) others[rests] = await sessionOn(person, rests, passkey.id)
  return { person, ctx, kept, second: passkey.id, device, others, lies }
}

async function sessionOn(person: Person, rests: Rests, second: CredentialId): Promise<SessionId> {
  const { ctx } = person
  const by = rests === 'second' ? second : null
  const evidence: Evidence =
    rests === 'second' ? { ...typed(ctx, 'totp'), method: 'passkey', credentialId: by, userVerified: true } : typed(ctx, rests)
  const facts = await person.facts()
  const { row } = newSession(ctx, stranger(), { facts, evidence: [evidence], credentialId: by, kind: 'full', founding: false })
  await ctx.store.transaction(tx => tx.sessions.insert(row))
  return row.id
}

/** What stands written: events, messages that are no codes, and the sessions that ended. */
async function written({ person, ctx, others }: Home, own: Caller) {
  const events = await ctx.store.read.events.list(person.accountId, null, 200)
  const rows = await ctx.store.transaction(tx => tx.outbox.lease(ctx.now(), 1, 1000))
  ctx.clock.advance(1)
  const ended: string[] = []
  for (const [rests, id] of [...Object.entries(others), ['own', own.session!.id] as const])
    if ((await ctx.store.read.sessions.get(id as SessionId))?.endedAt !== null) ended.push(rests)
  const told = rows.filter(row => row.template !== 'code').map(row => ({ id: row.id, template: row.template, to: row.to }))
  return { events: events.map(({ id, kind }) => ({ id, kind })), told, ended }
}

type Act = (home: Home, caller: Caller) => Promise<unknown>
interface Row {
  /** What has to be there first. */
  first?: Act
  /** Proven by the owner's passkey before; its own event is not looked at. */
  prove?: [operation: Operation, target?: (home: Home) => string]
  act: Act
  events: readonly string[]
  /** Told to the mailbox and to the phone alike. */
  told: readonly string[]
  /** Of the sessions on the other browsers, and the own one. */
  ends: readonly (Rests | 'own')[]
  /** It takes effect when read: its notices leave with the next turn of the outbox. */
  later?: true
}

const second = (home: Home): string => home.second
const codeOf = ({ person }: Home, uri: string) => totpFromUri(uri, person.ctx.now())

const newApp: Act = async (home, caller) => {
  const { ctx } = home
  await beginTotp(ctx, caller)
  await confirmTotp(ctx, caller, await codeOf(home, (await totpSetUp(ctx, caller))!.uri))
}
const newAddress =
  (kind: 'email' | 'phone', address: string): Act =>
  async ({ ctx }, caller) => {
    await beginAddress(ctx, caller, kind, address)
    await confirmAddress(ctx, caller, kind, await sentCode(ctx))
  }
/** Removes a method with its own proof. */
const gone =
  (operation: Operation, act: Act): Act =>
  async (home, caller) => {
    await home.person.prove(operation)
    await act(home, caller)
  }

const BOOK = { asset: 'BTC', network: 'Bitcoin', address: ADDRESS, label: 'Vault' }
const asked = ({ ctx }: Home, caller: Caller) => createApproval(ctx, caller, { action: 'withdraw', details, returnTo: null })

/** A second step after the password, on a browser that nobody knows. */
const signInBy =
  (method: 'email' | 'recovery_code' | 'passkey'): Act =>
  async ({ ctx, kept, device }) => {
    const asking = stranger()
    await startSignIn(ctx, asking, MAIL, null)
    await signInWithPassword(ctx, asking, PASSWORD)
    if (method === 'passkey') return signInWithPasskeyAsSecondStep(ctx, asking, await device.get(await secondStepOptions(ctx, asking)))
    if (method === 'email') await sendSecondStepCode(ctx, asking, 'email')
    return signInWithCode(ctx, asking, method, method === 'email' ? await sentCode(ctx) : kept.codes.shift()!)
  }

const withPasskey = async ({ ctx, device }: Home, asking: Caller): Promise<unknown> =>
  signInWithPasskey(ctx, asking, await device.get(signInOptions(ctx, asking)), null)

/** Two steps beside a trusted passkey. */
const weakPassword: Act = async ({ ctx, person, kept }, caller) => {
  await proveByTotp(person, kept.totp, 'password.change')
  await changePassword(ctx, caller, OTHER_PASSWORD)
}

/** Written by hand, from docs/design/policy.md and INV-14. */
const ROWS: Record<string, Row> = {
  'sign in with a passkey, new browser': {
    act: home => withPasskey(home, stranger()),
    events: ['sign_in'],
    told: ['new_device_sign_in'],
    ends: [],
  },
  'sign in with a passkey, known browser': {
    act: home => withPasskey(home, { ...stranger(), knownAccounts: [home.person.accountId] }),
    events: ['sign_in'],
    told: [],
    ends: [],
  },
  'sign in with password and passkey': { act: signInBy('passkey'), events: ['sign_in'], told: ['new_device_sign_in'], ends: [] },
  'sign in with password and recovery code': {
    act: signInBy('recovery_code'),
    events: ['sign_in'],
    told: ['sign_in_with_recovery_code'],
    ends: [],
  },
  'sign out': { act: ({ ctx }, caller) => signOut(ctx, caller), events: ['sign_out'], told: [], ends: ['own'] },
  'step up': {
    async act({ ctx, person }, caller) {
      const purpose = { operation: 'totp.remove', target: null } as const
      await stepUpWithPasskey(ctx, caller, purpose, await person.phone.get(await stepUpOptions(ctx, caller, purpose)))
    },
    events: ['step_up'],
    told: [],
    ends: [],
  },
  'session.end': {
    prove: ['session.end', ({ others }) => others.email],
    act: ({ ctx, others }, caller) => endSession(ctx, caller, others.email),
    events: ['session.end'],
    told: ['session_ended'],
    ends: ['email'],
  },
  'session.end, the own one': {
    act: ({ ctx }, caller) => endSession(ctx, caller, caller.session!.id),
    events: ['session.end'],
    told: [],
    ends: ['own'],
  },
  'sessions.end_others': {
    prove: ['sessions.end_others'],
    act: ({ ctx }, caller) => endOtherSessions(ctx, caller),
    events: ['sessions.end_others'],
    told: ['sessions_ended'],
    ends: RESTS,
  },
  'account.messages': {
    prove: ['account.messages'],
    act: ({ ctx }, caller) => setMessages(ctx, caller, { phrase: 'blue heron at noon' }),
    events: ['account.messages'],
    told: ['phrase_changed'],
    ends: [],
  },
  'account.messages, the zone alone': {
    prove: ['account.messages'],
    act: ({ ctx }, caller) => setMessages(ctx, caller, { zone: 'Europe/Madrid' }),
    events: ['account.messages'],
    told: [],
    ends: [],
  },
  'account.lock': {
    prove: ['account.lock', () => 'both.7'],
    act: ({ ctx }, caller) => lock(ctx, caller, { scope: 'both', days: 7 }),
    events: ['account.lock'],
    told: ['account_locked'],
    ends: [],
  },
  'account.freeze': {
    prove: ['account.freeze'],
    act: ({ ctx }, caller) => freeze(ctx, caller),
    events: ['account.freeze'],
    told: ['account_frozen'],
    ends: [...RESTS, 'own'],
  },
  'account.unfreeze': {
    async first({ ctx, person }) {
      await person.prove('account.freeze')
      await freeze(ctx, await person.caller())
    },
    async act({ ctx, device }) {
      const asking = stranger()
      await unfreezeWithPasskey(ctx, asking, await device.get(signInOptions(ctx, asking)))
    },
    events: ['sign_in', 'account.unfreeze'],
    told: ['new_device_sign_in', 'account_unfrozen'],
    ends: [],
  },
  'passkey.add': {
    prove: ['passkey.add'],
    async act({ ctx }, caller) {
      const third = new SoftwareAuthenticator({ origin: ORIGIN })
      await addPasskey(ctx, caller, await third.create(await passkeyCreationOptions(ctx, caller)))
    },
    events: ['passkey.add'],
    told: ['passkey_created'],
    ends: [],
  },
  'passkey.rename': {
    prove: ['passkey.rename', second],
    act: ({ ctx, second }, caller) => renamePasskey(ctx, caller, second, 'Mine'),
    events: ['passkey.rename'],
    told: [],
    ends: [],
  },
  'passkey.keep': {
    prove: ['passkey.keep', second],
    act: ({ ctx, second }, caller) => keepPasskey(ctx, caller, second),
    events: ['passkey.keep'],
    told: [],
    ends: [],
  },
  'account.passkey_first': {
    prove: ['account.passkey_first'],
    act: ({ ctx }, caller) => setPasskeyFirst(ctx, caller, false),
    events: ['account.passkey_first'],
    told: [],
    ends: [],
  },
  'passkey.suspend': {
    prove: ['passkey.suspend', second],
    act: ({ ctx, second }, caller) => suspendPasskey(ctx, caller, second),
    events: ['passkey.suspend'],
    told: ['passkey_suspended'],
    ends: ['second'],
  },
  'passkey.reactivate': {
    async first({ ctx, person, second }) {
      await person.prove('passkey.suspend', 'passkey', second)
      await suspendPasskey(ctx, await person.caller(), second)
    },
    prove: ['passkey.reactivate', second],
    act: ({ ctx, second }, caller) => reactivatePasskey(ctx, caller, second),
    events: ['passkey.reactivate'],
    told: ['passkey_reactivated'],
    ends: [],
  },
  'passkey.remove': {
    prove: ['passkey.remove', second],
    act: ({ ctx, second }, caller) => removePasskey(ctx, caller, second),
    events: ['passkey.remove'],
    told: ['passkey_removed'],
    ends: ['second'],
  },
  'password.change': {
    prove: ['password.change'],
    act: ({ ctx }, caller) => changePassword(ctx, caller, OTHER_PASSWORD),
    events: ['password.change'],
    told: ['password_changed'],
    ends: ['password'],
  },
  'password.change, the first one': {
    first: gone('password.remove', ({ ctx }, caller) => removePassword(ctx, caller)),
    prove: ['password.change'],
    act: ({ ctx }, caller) => changePassword(ctx, caller, OTHER_PASSWORD),
    events: ['password.change'],
    told: ['password_added'],
    ends: [],
  },
  'password.remove': {
    prove: ['password.remove'],
    act: ({ ctx }, caller) => removePassword(ctx, caller),
    events: ['password.remove'],
    told: ['password_removed'],
    ends: ['password'],
  },
  'totp.replace': { prove: ['totp.replace'], act: newApp, events: ['totp.replace'], told: ['totp_replaced'], ends: ['totp'] },
  'totp.remove': {
    prove: ['totp.remove'],
    act: ({ ctx }, caller) => removeTotp(ctx, caller),
    events: ['totp.remove'],
    told: ['totp_removed'],
    ends: ['totp'],
  },
  'totp.add': {
    first: gone('totp.remove', ({ ctx }, caller) => removeTotp(ctx, caller)),
    prove: ['totp.add'],
    act: newApp,
    events: ['totp.add'],
    told: ['totp_added'],
    ends: [],
  },
  'recovery_codes.replace': {
    prove: ['recovery_codes.replace'],
    act: ({ ctx }, caller) => makeCodes(ctx, caller),
    events: ['recovery_codes.replace'],
    told: ['recovery_codes_made'],
    ends: ['recovery_code'],
  },
  'recovery_codes.add': {
    first: ({ ctx, person }) => ctx.store.transaction(tx => tx.authenticators.removeAll(person.accountId, 'recovery_codes', 'active')),
    prove: ['recovery_codes.add'],
    act: ({ ctx }, caller) => makeCodes(ctx, caller),
    events: ['recovery_codes.add'],
    told: ['recovery_codes_made'],
    ends: [],
  },
  'email.replace': {
    prove: ['email.replace'],
    act: newAddress('email', 'new@example.com'),
    events: ['email.replace'],
    told: ['email_replaced'],
    ends: ['email'],
  },
  'email.remove': {
    prove: ['email.remove'],
    act: ({ ctx }, caller) => removeAddress(ctx, caller, 'email'),
    events: ['email.remove'],
    told: ['email_removed'],
    ends: ['email'],
  },
  'email.add': {
    first: gone('email.remove', ({ ctx }, caller) => removeAddress(ctx, caller, 'email')),
    prove: ['email.add'],
    act: newAddress('email', 'new@example.com'),
    events: ['email.add'],
    told: ['email_added'],
    ends: [],
  },
  'phone.replace': {
    prove: ['phone.replace'],
    act: newAddress('phone', '+34600000222'),
    events: ['phone.replace'],
    told: ['phone_replaced'],
    ends: ['sms'],
  },
  'phone.remove': {
    prove: ['phone.remove'],
    act: ({ ctx }, caller) => removeAddress(ctx, caller, 'phone'),
    events: ['phone.remove'],
    told: ['phone_removed'],
    ends: ['sms'],
  },
  'phone.add': {
    first: gone('phone.remove', ({ ctx }, caller) => removeAddress(ctx, caller, 'phone')),
    prove: ['phone.add'],
    act: newAddress('phone', '+34600000222'),
    events: ['phone.add'],
    told: ['phone_added'],
    ends: [],
  },
  'payout_address.add': {
    async act(home, caller) {
      const draft = draftPayoutAddress(home.ctx, home.person.accountId, BOOK, null)
      await home.person.prove('payout_address.add', 'passkey', draft)
      await addPayoutAddress(home.ctx, caller, draft)
    },
    events: ['step_up', 'change_waits'],
    told: ['change_waits'],
    ends: [],
  },
  'payout_address.remove': {
    first: ({ ctx, person: { accountId } }) =>
      ctx.store.transaction(tx =>
        tx.payoutAddresses.insert({ id: 'vault', accountId, ...BOOK, memo: null, createdAt: 0, effectiveAt: 0, removedAt: null }),
      ),
    prove: ['payout_address.remove', () => 'vault'],
    act: ({ ctx }, caller) => dropPayoutAddress(ctx, caller, 'vault'),
    events: ['payout_address.remove'],
    told: ['payout_address_removed'],
    ends: [],
  },
  'approval.create': { act: (home, caller) => asked(home, caller), events: ['approval.create'], told: [], ends: [] },
  'approval.approve': {
    async act(home, caller) {
      const { ctx, person } = home
      const { id } = await asked(home, caller)
      await approveWithPasskey(ctx, caller, id, await person.phone.get(await approvalOptions(ctx, caller, id)))
    },
    events: ['approval.create', 'approval.approve'],
    told: ['approval_approved'],
    ends: [],
  },
  'approval.consume': {
    async act(home, caller) {
      const { ctx, person } = home
      const { id } = await asked(home, caller)
      await approveWithPasskey(ctx, caller, id, await person.phone.get(await approvalOptions(ctx, caller, id)))
      await consumeApproval(ctx, person.accountId, id, details)
    },
    events: ['approval.create', 'approval.approve', 'approval.consume'],
    told: ['approval_approved'],
    ends: [],
  },
  'approval.reject': {
    act: async (home, caller) => rejectApproval(home.ctx, caller, (await asked(home, caller)).id),
    events: ['approval.create', 'approval.reject'],
    told: [],
    ends: [],
  },
  'password.change with a lesser proof': { act: weakPassword, events: ['step_up', 'change_waits'], told: ['change_waits'], ends: [] },
  'password.change with a lesser proof, after its wait': {
    async first(home, caller) {
      await weakPassword(home, caller)
      home.ctx.clock.advance(72 * HOUR)
    },
    act: ({ person }) => person.facts(),
    later: true,
    events: ['password.change'],
    told: ['password_changed'],
    ends: ['password'],
  },
  'change.cancel': {
    first: weakPassword,
    async act({ ctx, person }, caller) {
      const [wait] = (await person.facts()).pending
      await person.prove('change.cancel', 'passkey', wait!.id)
      await cancelChange(ctx, caller, wait!.id)
    },
    events: ['step_up', 'change.cancel'],
    told: ['change_cancelled'],
    ends: [],
  },
  'change.undo': {
    async first({ ctx, person }, caller) {
      await person.prove('password.change')
      await changePassword(ctx, caller, OTHER_PASSWORD)
    },
    async act({ ctx, person }, caller) {
      const [change] = await undoableChanges(ctx, person.accountId)
      const asker = bySession(caller, 'change.undo')
      await undoWithPasskey(ctx, caller, asker, change!.id, await person.phone.get(await undoOptions(ctx, asker, change!.id)))
    },
    events: ['change.undo'],
    told: ['change_undone'],
    ends: [],
  },
  'account.close': {
    prove: ['account.close'],
    act: ({ ctx }, caller) => close(ctx, caller),
    events: ['change_waits'],
    told: ['change_waits'],
    ends: [],
  },
  'account.close after its day': {
    async first({ ctx, person }, caller) {
      await person.prove('account.close')
      await close(ctx, caller)
      ctx.clock.advance(DAY)
    },
    act: ({ person }) => person.facts(),
    later: true,
    events: ['account.close'],
    told: ['account_closing'],
    ends: [...RESTS, 'own'],
  },
  'a forgotten password': {
    async act({ ctx, person, kept }) {
      const asking = stranger()
      await startForgotten(ctx, asking, MAIL)
      await proveForgotten(ctx, asking, 'email', await sentCode(ctx))
      await proveForgotten(ctx, asking, 'totp', await totpFromUri(kept.totp, person.ctx.now()))
      await setForgottenPassword(ctx, asking, OTHER_PASSWORD)
    },
    events: ['change_waits'],
    told: ['change_waits'],
    ends: [],
  },
  'a recovery': {
    act: ({ person, kept }) => recoverBy(person, kept, ['password', 'recovery_code']),
    events: ['recovery_started'],
    told: ['recovery_started'],
    ends: [],
  },
  'a recovery that binds a passkey': {
    act: async ({ person, kept }) => bindOn(person, await recoverBy(person, kept, ['password', 'recovery_code'])),
    events: ['recovery_started', 'passkey.add', 'recovery_done'],
    told: ['recovery_started', 'passkey_created', 'recovery_done'],
    ends: [],
  },
}

describe('INV-14, F39, F40 what each operation writes down, tells every address, and ends', () => {
  test('no operation is left out but reading, and what is planned', () => {
    const built = Object.keys(OPERATIONS).filter(
      name => name !== 'account.read' && !(OPERATIONS as Record<string, OperationRow>)[name]?.planned,
    )
    expect(built.filter(name => !Object.keys(ROWS).some(row => row === name || row.startsWith(`${name} `)))).toEqual([])
  })

  test.each(Object.entries(ROWS))('%s', async (_name, { first, prove, act, later = false, ...expected }) => {
    const made = await home()
    const { person } = made
    await first?.(made, await person.caller())
    if (prove) await person.prove(prove[0], 'passkey', prove[1]?.(made) ?? null)
    const own = await person.caller()
    const before = await written(made, own)
    await act(made, own)
    expect(made.lies()).toBe(later)
    const after = await written(made, own)
    const isNew =
      (list: { id: string }[]) =>
      ({ id }: { id: string }) =>
        !list.some(one => one.id === id)
    const told = (to: string) =>
      after.told
        .filter(isNew(before.told))
        .filter(message => message.to === to)
        .map(message => message.template)
    expect({
      events: after.events
        .filter(isNew(before.events))
        .map(event => event.kind)
        .reverse(),
      mail: told(MAIL),
      phone: told(PHONE),
      ends: after.ended.filter(rests => !before.ended.includes(rests)),
    }).toEqual({ events: expected.events, mail: expected.told, phone: expected.told, ends: expected.ends })
  })
})
