import { describe, expect, it } from 'vitest'
import { OPERATIONS, type Operation } from '../../packages/server/src/domain/policy.ts'
import { Problem } from '../../packages/server/src/domain/problems.ts'
import { settleAndLoad } from '../../packages/server/src/flows/account/account.ts'
import { approveWithTwoSteps, createApproval } from '../../packages/server/src/flows/approvals/approvals.ts'
import { takeGrant } from '../../packages/server/src/flows/prove/step-up.ts'
import { WAYS, type Way } from '../fixtures/operations.ts'
import {
  type Answer,
  callApi,
  callerOf,
  confirm,
  HOUR,
  MINUTE,
  makePerson,
  makeWorld,
  type Person,
  sendForm,
  signIn,
  stepUp,
  stepUpByFlow,
  type Wanted,
  type World,
} from '../fixtures/world.ts'

const PRESETS = ['product', 'exchange', 'strict'] as const
/** The classes of a proof (policy.md), and one step, which is none. */
const PROOFS = ['trusted', 'two_steps', 'lesser', 'one step'] as const
type Proof = (typeof PROOFS)[number]
/** What a row expects: trusted, two steps, lesser, one step. */
type Cells = readonly [string, string, string, string]

const NO = 'step_up_required'
const LOOK: Cells = ['now', 'now', 'now', NO]
const ONE_STEP: Cells = ['now', 'now', 'now', 'now']

/** Written by hand from the owner's policy: hours of waits, pauses and trust clocks; a pause that follows a wait begins at its end. */
const EXPECTED: readonly { operations: string; product: Cells; exchange: Cells; strict: Cells }[] = [
  { operations: 'account.read session.end sessions.end_others account.freeze', product: ONE_STEP, exchange: ONE_STEP, strict: ONE_STEP },
  {
    operations: 'passkey.rename passkey.keep account.passkey_first account.messages passkey.suspend payout_address.remove change.cancel',
    product: LOOK,
    exchange: LOOK,
    strict: LOOK,
  },
  {
    operations: 'passkey.add',
    product: ['trusted in 0', 'trusted in 0', 'trusted in 72, cancellable', NO],
    exchange: ['trusted in 24', 'trusted in 24', 'trusted in 72, cancellable', NO],
    strict: ['trusted in 48', 'trusted in 48', 'trusted in 144, cancellable', NO],
  },
  {
    operations: 'totp.add email.add recovery_codes.add',
    product: ['now', 'now', 'waits 72, then pauses 72', NO],
    exchange: ['now', 'now', 'waits 72, then pauses 72', NO],
    strict: ['now', 'now', 'waits 144, then pauses 144', NO],
  },
  {
    operations: 'phone.add',
    product: ['now', 'now', 'waits 72, then pauses 72', NO],
    exchange: ['now', 'now', 'waits 72, then pauses 72', NO],
    // no text messages there
    strict: ['method_off', 'method_off', 'method_off', 'method_off'],
  },
  {
    operations:
      'passkey.remove passkey.reactivate password.change password.remove totp.replace totp.remove phone.remove email.replace email.remove recovery_codes.replace',
    product: ['now', 'now', 'waits 72, then pauses 72', NO],
    exchange: ['now', 'now, pauses 24', 'waits 72, then pauses 72', NO],
    strict: ['now', 'now, pauses 48', 'waits 144, then pauses 144', NO],
  },
  {
    operations: 'phone.replace',
    product: ['now', 'now', 'waits 72, then pauses 72', NO],
    exchange: ['now', 'now, pauses 24', 'waits 72, then pauses 72', NO],
    strict: ['method_off', 'method_off', 'method_off', 'method_off'],
  },
  {
    operations: 'payout_address.add',
    product: ['waits 24', 'waits 24', 'refused_by_policy', NO],
    exchange: ['waits 24', 'waits 24', 'refused_by_policy', NO],
    strict: ['waits 48', 'waits 48', 'refused_by_policy', NO],
  },
  {
    operations: 'account.lock',
    product: ['now, pauses 72', 'now, pauses 72', 'refused_by_policy', NO],
    exchange: ['now, pauses 72', 'now, pauses 72', 'refused_by_policy', NO],
    strict: ['now, pauses 72', 'now, pauses 72', 'refused_by_policy', NO],
  },
  {
    operations: 'account.close',
    product: ['waits 24', 'waits 24', 'waits 72, then pauses 72', NO],
    exchange: ['waits 24', 'waits 24', 'waits 72, then pauses 72', NO],
    strict: ['waits 48', 'waits 48', 'waits 144, then pauses 144', NO],
  },
  {
    operations: 'change.undo',
    product: ['now, pauses 72', 'now, pauses 72', 'now, pauses 72', 'page'],
    exchange: ['now, pauses 72', 'now, pauses 72', 'now, pauses 72', 'page'],
    strict: ['now, pauses 144', 'now, pauses 144', 'now, pauses 144', 'page'],
  },
  {
    operations: 'account.unfreeze',
    product: ['now', 'waits 24', 'waits 72, then pauses 72', NO],
    exchange: ['now', 'waits 24', 'waits 72, then pauses 72', NO],
    strict: ['now', 'waits 48', 'waits 144, then pauses 144', NO],
  },
]

/** Whose account and session give a proof of this class. */
const PEOPLE: Record<Proof, Wanted> = {
  trusted: { passkey: 'founding', evidence: ['passkey'] },
  two_steps: { passkey: 'recovery_two_steps' },
  lesser: { passkey: 'founding' },
  'one step': { passkey: 'recovery_two_steps', evidence: ['totp'] },
}
const proofMethod = (proof: Proof, operation: string) =>
  proof === 'trusted' ? 'passkey' : operation === 'totp.add' ? 'recovery_code' : 'totp'
const classOf = (proof: Proof) => (proof === 'one step' ? 'two_steps' : proof)

async function ready(world: World, operation: string, proof: Proof): Promise<{ way: Way; person: Person; target: string | null }> {
  const way: Way = WAYS[operation as keyof typeof WAYS]
  const { evidence, ...people } = PEOPLE[proof]
  const steps = proof === 'two_steps' || proof === 'lesser' ? (way.wanted?.evidence ?? ['password', 'totp']) : (evidence ?? [])
  const stopped = operation === 'passkey.reactivate' ? { status: 'suspended' as const, suspendedAt: world.ctx.now() + 25 * HOUR } : {}
  const person = await makePerson(world, { ...way.wanted, ...people, evidence: steps, second: stopped })
  return { way, person, target: (await way.target?.(world, person, classOf(proof))) ?? null }
}

/** All of a proof, where none of it may be old. */
const STEPS = { trusted: ['passkey'], two_steps: ['password', 'totp'], lesser: ['password', 'totp'], 'one step': ['totp'] } as const

/** Proves, asks, and says in the words of the table what came of it. */
async function outcome(world: World, operation: string, proof: Proof): Promise<string> {
  const { way, person, target } = await ready(world, operation, proof)
  const method = proofMethod(proof, operation)
  const purpose = { operation, target }
  if (way.prove) return effectOf(world, person, operation, await way.prove(world, person, target ?? '', STEPS[proof]))
  if (!way.ask) return effectOf(world, person, operation, await confirm(world, person, purpose, method))
  if (!EVIDENCE[operation]) await stepUp(world, person, purpose, method)
  return effectOf(world, person, operation, await way.ask(world, person, target))
}

const refusalOf = ({ code, status, headers }: Answer): string | null =>
  status === 303 && headers.get('location')?.startsWith('/account/verify') ? NO : code

async function effectOf(world: World, person: Person, operation: string, answer: Answer): Promise<string> {
  const refused = refusalOf(answer)
  if (refused) return refused
  const hours = (until: number): number => (until - world.ctx.now()) / HOUR
  const waits = (await settleAndLoad(world.ctx, person.accountId)).pending.find(c => c.operation === operation)
  if (operation === 'passkey.add') {
    const { trustedAt } = answer.body.passkey
    return `trusted in ${trustedAt === null ? 0 : hours(trustedAt)}${waits ? ', cancellable' : ''}`
  }
  if (waits) return `waits ${hours(waits.effectiveAt)}${await pauseAfter(world, person, waits.effectiveAt)}`
  const paused = await pausedUntil(world, person)
  return paused === null ? 'now' : `now, pauses ${hours(paused)}`
}

/** As a browser that signed in a moment ago is told it. */
async function pausedUntil(world: World, person: Person): Promise<number | null> {
  // whoever signs in while the account is frozen is signed out when the freeze ends
  const { account } = await settleAndLoad(world.ctx, person.accountId)
  if (account.status === 'frozen') return null
  // nobody signs in to one that is closed; its pause is there for whoever keeps it
  if (account.status === 'closing') return account.moneyPausedUntil
  const fresh = await signIn(world, { ...person, browser: world.browser() }, {})
  const { body } = await callApi(fresh.browser, 'GET', '/api/session')
  return body.account.moneyPausedUntil
}

/** A millisecond before its time nothing has happened. */
async function pauseAfter(world: World, person: Person, at: number): Promise<string> {
  const { clock } = world.ctx
  clock.set(at - 1)
  if ((await pausedUntil(world, person)) !== null) return ', too early'
  clock.set(at)
  const until = await pausedUntil(world, person)
  return until === null ? '' : `, then pauses ${(until - at) / HOUR}`
}

/** Minutes that a proof of the session may be old; `live` asks for no more than the session. Anything else is a ceremony. */
const EVIDENCE: Record<string, number | 'live'> = {
  'account.read': 'live',
  'passkey.rename': 15,
  'passkey.keep': 15,
  'account.passkey_first': 15,
  'account.messages': 15,
  'session.end': 15,
  'sessions.end_others': 5,
  'account.freeze': 5,
  'passkey.suspend': 15,
  'payout_address.remove': 15,
}
const withdraw = {
  title: 'Approve withdrawal',
  labels: { amount: 'Amount' },
  withoutPasskey: { field: 'amount', limit: '500', unit: 'USD' },
}
const worldOf = (preset: (typeof PRESETS)[number]): Promise<World> => makeWorld({ policy: { preset }, actions: { withdraw } })

describe.each(PRESETS)('policy, preset %s', preset => {
  it('who may do what, with which proof, from when', async () => {
    const world = await worldOf(preset)
    for (const { operations, [preset]: cells } of EXPECTED)
      for (const operation of operations.split(' '))
        for (const [n, proof] of PROOFS.entries())
          expect(`${operation} ${proof}: ${await outcome(world, operation, proof)}`).toBe(`${operation} ${proof}: ${cells[n]}`)
  })
})

/** The operation with no new proof, on a session whose steps are this old. */
async function withoutProof(world: World, operation: string, proof: Proof, ageMs: number): Promise<string> {
  const { way, person, target } = await ready(world, operation, proof)
  world.ctx.clock.advance(ageMs)
  if (way.ask) return refusalOf(await way.ask(world, person, target)) ?? 'done'
  return way.direct!(world.ctx, await callerOf(world, person), target ?? '').then(
    () => 'done',
    error => (error instanceof Problem ? error.code : 'fault'),
  )
}

describe('policy: how fresh the proof must be', () => {
  it('a session’s own steps serve as long as the row says, to the millisecond', async () => {
    const world = await worldOf('exchange')
    for (const [operation, age] of Object.entries(EVIDENCE)) {
      const limit = age === 'live' ? 6 * 24 * HOUR : age * MINUTE
      expect([operation, await withoutProof(world, operation, 'trusted', limit)]).toEqual([operation, 'done'])
      if (age === 'live') continue
      expect([operation, await withoutProof(world, operation, 'trusted', limit + 1)]).toEqual([operation, NO])
    }
  })

  it('everything else asks for a ceremony, however fresh the sign-in is', async () => {
    const world = await worldOf('exchange')
    for (const operation of Object.keys(WAYS).filter(name => !EVIDENCE[name] && name !== 'approval.approve'))
      expect([operation, await withoutProof(world, operation, 'trusted', 0)]).toEqual([operation, NO])
  })
})

/** What no page asks for, or not yet: the decision of whoever is to ask it, by hand. */
const UNASKED: Record<string, Cells> = {
  'account.read': ['now', 'now', 'now', 'now'],
}

it('policy: every operation has its expected answers', () => {
  const expected = [...EXPECTED.flatMap(row => row.operations.split(' ')), 'approval.approve', ...Object.keys(UNASKED)]
  expect([...new Set(expected)].sort()).toEqual(Object.keys(OPERATIONS).sort())
})

/** Those of them that ask for no ceremony. */
const OF_SESSION = new Set(['account.read'])

async function decision(world: World, operation: Operation, proof: Proof, ageMs = 0): Promise<string> {
  const { evidence, ...people } = PEOPLE[proof]
  const person = await makePerson(world, { ...people, evidence: evidence ?? ['password', 'totp'] })
  const purpose = { operation, target: null }
  if (ageMs === 0 && !OF_SESSION.has(operation)) await stepUpByFlow(world, person, purpose, proofMethod(proof, operation))
  world.ctx.clock.advance(ageMs)
  const [facts, { session }] = [await settleAndLoad(world.ctx, person.accountId), await callerOf(world, person)]
  return world.ctx.store
    .transaction(tx => takeGrant({ tx, ctx: world.ctx, facts, session: session! }, purpose))
    .then(grant => ('waitMs' in grant.decision ? `wait ${grant.decision.waitMs / HOUR}` : grant.decision.kind), codeOf)
}

describe('policy: operations that no page asks for', () => {
  it('are decided as the table says', async () => {
    const world = await worldOf('exchange')
    for (const [operation, cells] of Object.entries(UNASKED))
      for (const [n, proof] of PROOFS.entries())
        expect([operation, proof, await decision(world, operation as Operation, proof)]).toEqual([operation, proof, cells[n]])
  })

  it('are refused by name where they are only planned', async () => {
    const world = await worldOf('exchange')
    const person = await makePerson(world, PEOPLE.trusted)
    for (const operation of Object.keys(UNASKED)) {
      const { code } = await stepUp(world, person, { operation, target: null }, 'totp')
      expect([operation, code]).toEqual([operation, operation === 'account.read' ? null : 'bad_request'])
    }
  })

  it('ask for a ceremony, looking for a session', async () => {
    const world = await worldOf('exchange')
    expect(await decision(world, 'account.read', 'trusted', 6 * 24 * HOUR)).toBe('now')
    for (const operation of Object.keys(UNASKED).filter(name => !OF_SESSION.has(name)))
      expect([operation, await decision(world, operation as Operation, 'trusted', 1)]).toEqual([operation, NO])
  })
})

/** An approval of this amount, decided as this proof can; whether it was approved, or why not. */
async function approved(world: World, proof: Proof | 'young', amount: string): Promise<string> {
  const young = { passkey: 'two_steps', evidence: ['passkey'], second: null } as const
  const person = await makePerson(
    world,
    proof === 'young' ? young : { ...PEOPLE[proof], ...(proof === 'one step' || proof === 'two_steps' ? { passkey: null } : {}) },
  )
  const caller = await callerOf(world, person)
  const { id } = await createApproval(world.ctx, caller, { action: 'withdraw', details: { amount }, returnTo: null })
  if (proof === 'trusted' || proof === 'young') {
    const { body } = await callApi(person.browser, 'POST', `/approve/${id}/options`)
    const response = await person.browser.authenticator.get(body)
    await sendForm(world, person, `/approve/${id}/passkey`, { response: JSON.stringify(response) })
    return statusOf(world, id)
  }
  const answer = await stepUp(world, person, { operation: 'approval.approve', target: id }, 'totp')
  const why = await approveWithTwoSteps(world.ctx, await callerOf(world, person), id).then(() => null, codeOf)
  return answer.code ?? why ?? (await statusOf(world, id))
}

const codeOf = (error: unknown): string => (error instanceof Problem ? error.code : 'fault')
const statusOf = async ({ ctx }: World, id: string): Promise<string> => (await ctx.store.read.approvals.get(id))?.status ?? 'none'

describe('policy: who moves money', () => {
  it('K3, INV-10, INV-11: a trusted passkey any amount, two steps up to the host’s limit, everything else nothing', async () => {
    const world = await worldOf('exchange')
    const asked = [
      ['trusted', '500.00', 'approved'],
      ['trusted', '500.01', 'approved'],
      ['two_steps', '500.00', 'approved'],
      ['two_steps', '500.01', 'approval_over_limit'],
      ['lesser', '500.00', 'refused_by_policy'],
      ['one step', '500.00', 'approval_too_weak'],
      // still open: it is approved by nobody yet
      ['young', '500.00', 'created'],
    ] as const
    for (const [proof, amount, expected] of asked)
      expect([proof, amount, await approved(world, proof, amount)]).toEqual([proof, amount, expected])
    // however fresh the sign-in is
    const caller = await callerOf(world, await makePerson(world, { passkey: null, evidence: ['password', 'totp'] }))
    const { id } = await createApproval(world.ctx, caller, { action: 'withdraw', details: { amount: '1' }, returnTo: null })
    expect(await approveWithTwoSteps(world.ctx, caller, id).catch(codeOf)).toBe(NO)
  })
})

describe('policy: causes that the host adds', () => {
  it('pause money for 24 h, whatever the operation and the proof', async () => {
    const pauseOn = ['passkey.add', 'session.end', 'passkey.suspend', 'totp.add', 'change.cancel'] as const
    const world = await makeWorld({ policy: { preset: 'exchange', pauseOn: [...pauseOn] }, actions: { withdraw } })
    for (const operation of pauseOn) {
      const { way, person, target } = await ready(world, operation, 'trusted')
      if (!EVIDENCE[operation]) await stepUp(world, person, { operation, target }, 'passkey')
      await way.ask!(world, person, target)
      expect([operation, await pausedUntil(world, person)]).toEqual([operation, world.ctx.now() + 24 * HOUR])
    }
  })
})

describe('policy: passkeys that stop passkeys', () => {
  const suspend = { operation: 'passkey.suspend' }

  it('INV-11: a young passkey beside a trusted one suspends only itself', async () => {
    const world = await worldOf('exchange')
    const young = { passkey: 'lesser', evidence: ['passkey'], second: { trustedAt: 0, createdVia: 'founding' } } as const
    for (const [target, expected] of [
      [1, 'refused_by_policy'],
      [0, null],
    ] as const) {
      const person = await makePerson(world, young)
      const id = person.passkeys[target]!
      await stepUp(world, person, { ...suspend, target: id }, 'passkey')
      expect((await callApi(person.browser, 'POST', `/api/passkeys/${id}/suspend`)).code).toBe(expected)
    }
  })

  it('the last trusted one is suspended by a ceremony only', async () => {
    const world = await worldOf('exchange')
    const person = await makePerson(world, { evidence: ['passkey'], second: null })
    const [id] = person.passkeys
    const ask = () => callApi(person.browser, 'POST', `/api/passkeys/${id}/suspend`)
    expect((await ask()).code).toBe(NO)
    await stepUp(world, person, { ...suspend, target: id! }, 'passkey')
    expect((await ask()).code).toBeNull()
  })
})
