import { parse, serialize } from 'hono/utils/cookie'
import { cookieName } from '../cookie-names.ts'
import type { Caller, Ctx } from '../ctx.ts'
import { type Acr, acr, amr } from '../domain/evidence.ts'
import { activePasskeys, displayName, isTrusted } from '../domain/facts.ts'
import type { MethodName } from '../domain/methods.ts'
import { Problem } from '../domain/problems.ts'
import type { AccountFacts, AccountId, Session } from '../domain/types.ts'
import { waysIn } from '../domain/ways-in.ts'
import { parseReturnTo } from '../return-to.ts'
import { settleAndLoad } from './account/account.ts'
import { findSession } from './account/find-session.ts'
import { requireSession } from './account/session.ts'
import { consumeApproval, createApproval } from './approvals/approvals.ts'
import { moneyHeld, movesMoney } from './approvals/money.ts'
import {
  draftPayoutAddress,
  importPayoutAddresses,
  listPayoutAddresses,
  type PayoutAddress,
  type PayoutAddressInput,
} from './approvals/payout-addresses.ts'
import { type Approval, approvalOf, hostApproval } from './approvals/views.ts'
import { signOut } from './sign-in.ts'

export type { PayoutAddress, PayoutAddressInput } from './approvals/payout-addresses.ts'
export type { Approval, ApprovalStatus } from './approvals/views.ts'

/** Who is signed in, and how well. */
export interface HostSession {
  accountId: string
  /** The identifier that its owner knows it by. */
  name: string
  /** `lk:1`, `lk:2` or `phr` */
  acr: Acr
  amr: MethodName[]
  /** The last proof of this session, epoch milliseconds. */
  authTime: number
  /** How many ways the account has to sign in. */
  waysIn: number
  /** A passkey that may approve. */
  trustedPasskey: boolean
  moneyPausedUntil: number | null
  /** Why the account's money can't move now, whoever proves what; null when it can. The same words as the problem `money_held`. */
  moneyHeld: { until: number | null; reasons: string[]; ways: string[] } | null
}

/** Calls of the host's own server code. What depends on a person takes the person's request: its cookie is checked each time (O40). */
export interface HostApi {
  /** The live full session of a request; null for none, and for ended, pre- and recovery sessions. */
  session(request: Request): Promise<HostSession | null>
  /**
   * Ends the session of this request, for a sign-out on the host's own page. Guard the route as any other that changes something.
   *
   * @returns the `Set-Cookie` line to answer with
   * @example return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': await latchkey.api.signOut(request) } })
   */
  signOut(request: Request): Promise<string>
  approvals: {
    /**
     * Writes down what the person of this request is to approve; send the browser to its `url`.
     *
     * @param input `returnTo` is a path of this origin
     * @throws Problem `unauthenticated`, `bad_request`, `money_held`, `address_unknown`, `rate_limited`
     * @example const { url } = await latchkey.api.approvals.create(request, { action: 'withdraw', details, returnTo: '/wallet' })
     */
    create(request: Request, input: { action: string; details: Readonly<Record<string, string>>; returnTo?: string }): Promise<Approval>
    /** @throws Problem `not_found` for another account's */
    get(id: string, accountId: string): Promise<Approval>
    /**
     * Redeems an approval, once, for exactly these details. Book only what this returned for.
     *
     * @throws Problem `unauthenticated`, `approval_changed`, `approval_decided`, `approval_expired`, `money_held`, `forbidden` while undecided
     */
    consume(request: Request, input: { id: string; details: Readonly<Record<string, string>> }): Promise<Approval>
  }
  payoutAddresses: {
    list(request: Request): Promise<PayoutAddress[]>
    /** @returns the page on which the owner confirms the address; it pays out after its wait */
    add(request: Request, input: PayoutAddressInput & { returnTo?: string }): Promise<{ url: string }>
    /** @returns the page on which the owner confirms the removal */
    remove(request: Request, id: string): Promise<{ url: string }>
    /** Addresses of sample accounts that pay out at once. @throws Problem `forbidden` in production */
    import(accountId: string, rows: readonly PayoutAddressInput[]): Promise<void>
  }
}

/** @param getCtx settles when the server runs; calls wait for it */
export function createHostApi(getCtx: () => Promise<Ctx>): HostApi {
  return {
    session: async request => {
      const ctx = await getCtx()
      const session = await sessionOf(ctx, request)
      return session ? hostSession(ctx, session) : null
    },
    signOut: async request => {
      const ctx = await getCtx()
      if (await sessionOf(ctx, request)) await signOut(ctx, await callerOf(ctx, request))
      return serialize(cookieName(ctx, 's'), '', { ...COOKIE, secure: ctx.config.secureCookies, maxAge: 0 })
    },
    approvals: approvalsApi(getCtx),
    payoutAddresses: payoutAddressesApi(getCtx),
  }
}

function approvalsApi(getCtx: () => Promise<Ctx>): HostApi['approvals'] {
  return {
    async create(request, { action, details, returnTo }) {
      const ctx = await getCtx()
      const back = parseReturnTo(ctx.config, returnTo)
      if (returnTo !== undefined && back === null) throw new Problem('bad_request', { field: 'returnTo' })
      return hostApproval(ctx, await createApproval(ctx, await callerOf(ctx, request), { action, details, returnTo: back }))
    },
    get: async (id, accountId) => approvalOf(await getCtx(), accountId as AccountId, id),
    async consume(request, { id, details }) {
      const ctx = await getCtx()
      const { accountId } = requireSession(await callerOf(ctx, request))
      return hostApproval(ctx, await consumeApproval(ctx, accountId, id, details))
    },
  }
}

function payoutAddressesApi(getCtx: () => Promise<Ctx>): HostApi['payoutAddresses'] {
  const signedIn = async (request: Request) => {
    const ctx = await getCtx()
    return { ctx, accountId: requireSession(await callerOf(ctx, request)).accountId }
  }
  return {
    async list(request) {
      const { ctx, accountId } = await signedIn(request)
      return listPayoutAddresses(ctx, accountId)
    },
    async add(request, { returnTo, ...input }) {
      const { ctx, accountId } = await signedIn(request)
      return { url: verifyUrl(ctx, 'payout_address.add', draftPayoutAddress(ctx, accountId, input, returnTo ?? null)) }
    },
    async remove(request, id) {
      const { ctx, accountId } = await signedIn(request)
      const book = await listPayoutAddresses(ctx, accountId)
      if (!book.some(row => row.id === id)) throw new Problem('not_found')
      return { url: verifyUrl(ctx, 'payout_address.remove', id) }
    },
    import: async (accountId, rows) => importPayoutAddresses(await getCtx(), accountId as AccountId, rows),
  }
}

const verifyUrl = (ctx: Ctx, operation: string, target: string): string =>
  `${ctx.config.origin}${ctx.config.basePath}/account/verify?${new URLSearchParams({ operation, target })}`

/** As our own answers write it. */
const COOKIE = { httpOnly: true, sameSite: 'Lax', path: '/' } as const

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const USER_AGENT_READ = 256

/** The live full session behind a request's cookie, looked up each time. @throws Problem `session_rotated` as our own pages do */
async function sessionOf(ctx: Ctx, request: Request): Promise<Session | null> {
  const name = cookieName(ctx, 's')
  const value = parse(request.headers.get('cookie') ?? '', name)[name]
  const session = value ? await findSession(ctx, value, !SAFE.has(request.method)) : null
  return session?.kind === 'full' ? session : null
}

/** The host sees no client address of ours to trust; the session's own stands for it in the record. */
async function callerOf(ctx: Ctx, request: Request): Promise<Caller> {
  const session = await sessionOf(ctx, request)
  if (!session) throw new Problem('unauthenticated')
  const userAgent = (request.headers.get('user-agent') ?? '').slice(0, USER_AGENT_READ)
  return { client: { ip: session.ip, userAgent, deviceId: session.deviceId }, session, anonymousId: '', knownAccounts: [] }
}

async function hostSession(ctx: Ctx, session: Session): Promise<HostSession> {
  const facts = await settleAndLoad(ctx, session.accountId)
  return {
    accountId: session.accountId,
    name: displayName(facts),
    acr: acr(session.evidence),
    amr: amr(session.evidence),
    authTime: Math.max(session.createdAt, ...session.evidence.map(e => e.at)),
    waysIn: waysIn(facts, ctx.config.policy).length,
    trustedPasskey: activePasskeys(facts).some(p => isTrusted(p, ctx.now())),
    ...moneyOf(ctx, facts),
  }
}

function moneyOf(ctx: Ctx, facts: AccountFacts): Pick<HostSession, 'moneyPausedUntil' | 'moneyHeld'> {
  const held = movesMoney(ctx) ? moneyHeld(ctx, facts) : null
  return {
    moneyPausedUntil: held?.until ?? null,
    moneyHeld: held && { until: held.until, reasons: held.holds.map(({ reason }) => reason), ways: held.ways },
  }
}
