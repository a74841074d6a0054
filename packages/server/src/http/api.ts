import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { SignalJson } from '@latchkey/browser/wire'
import type { Caller, Ctx } from '../ctx.ts'
import { CODE_METHODS, SECRET_METHODS, SENT_METHODS } from '../domain/methods.ts'
import { isBuilt, type Operation } from '../domain/policy.ts'
import { Problem } from '../domain/problems.ts'
import { settleAndLoad } from '../flows/account/account.ts'
import { activity, readFilter } from '../flows/account/activity.ts'
import { checkupJson, finishCheckup } from '../flows/account/checkup.ts'
import { isCalm, requireSession } from '../flows/account/session.ts'
import { endOtherSessions, endSession } from '../flows/account/sessions.ts'
import { accountJson, passkeyJson, passkeysJson, sessionsJson, signalOf } from '../flows/account/views.ts'
import { close } from '../flows/freeze/close.ts'
import { freeze } from '../flows/freeze/freeze.ts'
import { LOCK_SCOPES, lock, readLock } from '../flows/freeze/lock.ts'
import { unfreeze } from '../flows/freeze/unfreeze.ts'
import {
  addPasskey,
  keepPasskey,
  passkeyCreationOptions,
  reactivatePasskey,
  removePasskey,
  renamePasskey,
  suspendPasskey,
} from '../flows/passkeys.ts'
import { type SteppedUp, sendStepUpCode, stepUpOptions, stepUpWithPasskey, stepUpWithSecret } from '../flows/prove/step-up.ts'
import {
  type SignIn,
  sendSecondStepCode,
  signInOptions,
  signInWithCode,
  signInWithPasskey,
  signInWithPassword,
  signOut,
  startSignIn,
} from '../flows/sign-in.ts'
import { upgradePasskey } from '../flows/upgrade.ts'
import {
  activityAnswer,
  changeAnswer,
  checkupAnswer,
  codeSentAnswer,
  createdAnswer,
  creationOptionsAnswer,
  doneAnswer,
  endedAnswer,
  finishedAnswer,
  labelAnswer,
  lockedAnswer,
  passkeysAnswer,
  problemAnswer,
  requestOptionsAnswer,
  sessionAnswer,
  sessionsAnswer,
  signalAnswer,
  signedOutAnswer,
  signInAnswer,
  startedAnswer,
  steppedUpAnswer,
} from './answers.ts'
import { readJson } from './door.ts'
import { type AppContext, clearSession, type Env, scopeOf, setSession } from './env.ts'
import { jsonGuard } from './guards.ts'
import { parseReturnTo } from './return-to.ts'
import { type Access, enter, remember } from './routes.ts'

interface ApiRow<Body extends z.ZodType, Answer extends z.ZodType> {
  method: 'get' | 'post' | 'patch'
  path: string
  access: Access
  summary: string
  body?: Body
  answer: Answer
  run: (c: AppContext, ctx: Ctx, caller: Caller, body: z.infer<Body>) => Promise<z.infer<Answer>>
}

const nothing = z.strictObject({})
const response = z.looseObject({ id: z.string().max(1400), type: z.string().max(32) })
const operation = z.string().max(64).refine(isBuilt, 'unknown operation')
const target = z.string().max(1400).nullable().default(null)
const purposeBody = z.strictObject({ operation, target })
const purpose = (body: { operation: string; target: string | null }) => ({ operation: body.operation as Operation, target: body.target })
/** What `/sign-in/start` answered; good for ten minutes, with the cookie that came beside it. */
const authSession = z.string().min(1).max(8_192).describe('authSession of the answer of /sign-in/start, sent back unchanged')

const upgrade = z.boolean().default(false).describe('This browser can make a passkey silently (conditionalCreate): answer with its options')

/** The JSON API: one row a route; types, checks and the OpenAPI document come from the same rows. */
export function apiRoutes(): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({
    defaultHook: result => {
      if (!result.success) throw new Problem('bad_request', { field: result.error.issues[0]?.path.join('.') ?? '' }, result.error)
    },
  })
  // Another copy of Hono beside ours may run these routes; what they refuse has to reach the one place that answers refusals.
  app.onError(error => {
    throw error
  })
  app.use('*', jsonGuard)
  signInRows(app)
  passkeyRows(app)
  sessionRows(app)
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version: '0.1.0',
      description: 'Passkey account security. Every POST needs `Content-Type: application/json` and `X-LK: 1`.',
    },
  })
  remember(app, { method: 'get', path: '/openapi.json', access: 'public' })
  return app
}

function row<Body extends z.ZodType, Answer extends z.ZodType>(app: OpenAPIHono<Env>, spec: ApiRow<Body, Answer>): void {
  remember(app, spec)
  const request =
    spec.method === 'get' ? {} : { body: { required: true, content: { 'application/json': { schema: spec.body ?? nothing } } } }
  const params = [...spec.path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '')
  const paramSchema = z.object(Object.fromEntries(params.map(name => [name, z.string().max(1400)])))
  const definition = createRoute({
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    request: { ...request, params: paramSchema },
    middleware: [
      async (c: AppContext, next: () => Promise<void>) => {
        // who asks is judged before what they send
        enter(c, spec.access)
        if (spec.method !== 'get') await readJson(c)
        await next()
      },
    ] as never,
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: spec.answer } } },
      default: {
        description: 'A problem (RFC 9457)',
        content: { 'application/problem+json': { schema: problemAnswer } },
      },
    },
  })
  app.openapi(definition, (async (c: AppContext) => {
    const { ctx, caller } = scopeOf(c)
    const body = spec.method === 'get' ? undefined : (c.req as unknown as { valid: (part: 'json') => z.infer<Body> }).valid('json')
    return c.json((await spec.run(c, ctx, caller, body as z.infer<Body>)) as object)
  }) as never)
}

function signInRows(app: OpenAPIHono<Env>): void {
  row(app, {
    method: 'post',
    path: '/sign-in/passkey/options',
    access: 'public',
    summary: 'Options of a passkey sign-in',
    answer: requestOptionsAnswer,
    run: async (_c, ctx, caller) => signInOptions(ctx, caller),
  })
  row(app, {
    method: 'post',
    path: '/sign-in/passkey',
    access: 'public',
    summary: 'Sign in with a passkey',
    answer: signInAnswer,
    body: z.strictObject({ response, returnTo: z.string().max(2048).optional() }),
    run: async (c, ctx, caller, body) =>
      finishSignIn(c, await signInWithPasskey(ctx, caller, body.response, parseReturnTo(ctx.config, body.returnTo))),
  })
  row(app, {
    method: 'post',
    path: '/sign-in/start',
    access: 'public',
    summary: 'Begin a sign-in with an identifier',
    answer: startedAnswer,
    body: z.strictObject({
      identifier: z.string().max(320).describe('An e-mail address or phone number, in any spelling of it'),
      returnTo: z.string().max(2048).optional(),
    }),
    run: async (_c, ctx, caller, body) => {
      const authSession = await startSignIn(ctx, caller, body.identifier, parseReturnTo(ctx.config, body.returnTo))
      return { status: 'started' as const, methods: ['passkey' as const, 'password' as const], authSession }
    },
  })
  row(app, {
    method: 'post',
    path: '/sign-in/password',
    access: 'pre',
    summary: 'The password of a sign-in',
    answer: signInAnswer,
    body: z.strictObject({ authSession, password: z.string().max(1024), upgrade }),
    run: async (c, ctx, caller, body) =>
      finishSignIn(c, await signInWithPassword(ctx, { ...caller, begun: body.authSession }, body.password, body)),
  })
  row(app, {
    method: 'post',
    path: '/sign-in/code/send',
    access: 'pre',
    summary: 'Send the code of a second step',
    answer: codeSentAnswer,
    body: z.strictObject({ method: z.enum(SENT_METHODS) }),
    run: async (_c, ctx, caller, body) => sendSecondStepCode(ctx, caller, body.method),
  })
  row(app, {
    method: 'post',
    path: '/sign-in/code',
    access: 'pre',
    summary: 'The second step of a sign-in',
    answer: signInAnswer,
    body: z.strictObject({ method: z.enum(CODE_METHODS), code: z.string().max(64), upgrade }),
    run: async (c, ctx, caller, body) => finishSignIn(c, await signInWithCode(ctx, caller, body.method, body.code, body)),
  })
  row(app, {
    method: 'post',
    path: '/sign-out',
    access: 'account.read',
    summary: 'Sign out',
    answer: signedOutAnswer,
    run: async (c, ctx, caller) => {
      await signOut(ctx, caller)
      clearSession(c)
      return { status: 'signed_out' } as const
    },
  })
}

function finishSignIn(c: AppContext, result: SignIn): z.infer<typeof signInAnswer> {
  if (result.status === 'second_step_needed') return result
  setSession(c, result.token, result.knownFor)
  return { status: result.status, returnTo: result.returnTo, ...(result.upgrade && { upgrade: result.upgrade }) }
}

function steppedUp(c: AppContext, done: SteppedUp): z.infer<typeof steppedUpAnswer> {
  setSession(c, done.token)
  return { status: 'verified' }
}

/** With what password managers are told, as the account stands after the change. */
async function signalled<Answer extends object>(ctx: Ctx, caller: Caller, answer: Answer): Promise<Answer & { signal: SignalJson }> {
  const { accountId } = requireSession(caller)
  return { ...answer, signal: signalOf(ctx, await settleAndLoad(ctx, accountId)) }
}

function passkeyRows(app: OpenAPIHono<Env>): void {
  row(app, {
    method: 'post',
    path: '/step-up/passkey/options',
    access: 'account.read',
    summary: 'Options of a step-up',
    answer: requestOptionsAnswer,
    body: purposeBody,
    run: async (_c, ctx, caller, body) => stepUpOptions(ctx, caller, purpose(body)),
  })
  row(app, {
    method: 'post',
    path: '/step-up/passkey',
    access: 'account.read',
    summary: 'Verify with a passkey',
    answer: steppedUpAnswer,
    body: z.strictObject({ operation, target, response }),
    run: async (c, ctx, caller, body) => steppedUp(c, await stepUpWithPasskey(ctx, caller, purpose(body), body.response)),
  })
  row(app, {
    method: 'post',
    path: '/step-up/send',
    access: 'account.read',
    summary: 'Send the code of a step-up',
    answer: codeSentAnswer,
    body: z.strictObject({ operation, target, method: z.enum(SENT_METHODS) }),
    run: async (_c, ctx, caller, body) => sendStepUpCode(ctx, caller, purpose(body), body.method),
  })
  for (const method of SECRET_METHODS) {
    row(app, {
      method: 'post',
      path: `/step-up/${method}`,
      access: 'account.read',
      summary: `Verify with: ${method}`,
      answer: steppedUpAnswer,
      body: z.strictObject({ operation, target, secret: z.string().max(1024) }),
      run: async (c, ctx, caller, body) => steppedUp(c, await stepUpWithSecret(ctx, caller, purpose(body), method, body.secret)),
    })
  }
  row(app, {
    method: 'get',
    path: '/passkeys',
    access: 'account.read',
    summary: 'The passkeys of the account',
    answer: passkeysAnswer,
    run: async (_c, ctx, caller) => passkeysJson(ctx, requireSession(caller, 'account.read')),
  })
  row(app, {
    method: 'post',
    path: '/passkeys/options',
    access: 'passkey.add',
    summary: 'Options of a creation',
    answer: creationOptionsAnswer,
    run: async (_c, ctx, caller) => passkeyCreationOptions(ctx, caller),
  })
  row(app, {
    method: 'post',
    path: '/passkeys',
    access: 'passkey.add',
    summary: 'Create a passkey',
    answer: createdAnswer,
    body: z.strictObject({ response }),
    run: async (_c, ctx, caller, body) => {
      const { passkey, first } = await addPasskey(ctx, caller, body.response)
      return signalled(ctx, caller, { passkey: passkeyJson(ctx, passkey), first })
    },
  })
  row(app, {
    method: 'post',
    path: '/passkeys/upgrade',
    access: 'passkey.add',
    summary: 'The passkey that the browser made silently, right after a sign-in with a password',
    answer: createdAnswer,
    body: z.strictObject({ response }),
    run: async (_c, ctx, caller, body) => {
      const { passkey, first } = await upgradePasskey(ctx, caller, body.response)
      return signalled(ctx, caller, { passkey: passkeyJson(ctx, passkey), first })
    },
  })
  row(app, {
    method: 'patch',
    path: '/passkeys/{id}',
    access: 'passkey.rename',
    summary: 'Rename a passkey',
    answer: labelAnswer,
    body: z.strictObject({ label: z.string().max(256).describe('1 to 64 printable characters, counted in code points') }),
    run: async (c, ctx, caller, body) => ({ label: await renamePasskey(ctx, caller, c.req.param('id') ?? '', body.label) }),
  })
  row(app, {
    method: 'post',
    path: '/passkeys/{id}/remove',
    access: 'passkey.remove',
    summary: 'Remove a passkey',
    answer: changeAnswer,
    run: async (c, ctx, caller) => signalled(ctx, caller, await removePasskey(ctx, caller, c.req.param('id') ?? '')),
  })
  row(app, {
    method: 'post',
    path: '/passkeys/{id}/reactivate',
    access: 'passkey.reactivate',
    summary: 'Reactivate a suspended passkey',
    answer: changeAnswer,
    run: async (c, ctx, caller) => signalled(ctx, caller, await reactivatePasskey(ctx, caller, c.req.param('id') ?? '')),
  })
  row(app, {
    method: 'post',
    path: '/passkeys/{id}/keep',
    access: 'passkey.keep',
    summary: 'Keep a passkey that nobody used for long',
    answer: doneAnswer,
    run: async (c, ctx, caller) => {
      await keepPasskey(ctx, caller, c.req.param('id') ?? '')
      return { status: 'done' } as const
    },
  })
  row(app, {
    method: 'post',
    path: '/passkeys/{id}/suspend',
    access: 'passkey.suspend',
    summary: 'Suspend a passkey at once',
    answer: doneAnswer,
    run: async (c, ctx, caller) => {
      await suspendPasskey(ctx, caller, c.req.param('id') ?? '')
      return { status: 'done' } as const
    },
  })
}

function sessionRows(app: OpenAPIHono<Env>): void {
  row(app, {
    method: 'get',
    path: '/session',
    access: 'public',
    summary: 'The live session of this browser, or null',
    answer: sessionAnswer,
    run: async (_c, ctx, caller) =>
      caller.session?.kind === 'full'
        ? accountJson(ctx, caller.session, await settleAndLoad(ctx, caller.session.accountId))
        : { session: null, ...(isCalm(caller.session) && { [caller.session.kind]: true as const }) },
  })
  row(app, {
    method: 'get',
    path: '/signal',
    access: 'account.read',
    summary: 'What password managers are told of the account (WebAuthn L3 §5.1.10)',
    answer: signalAnswer,
    run: async (_c, ctx, caller) => signalOf(ctx, await settleAndLoad(ctx, requireSession(caller, 'account.read').accountId)),
  })
  row(app, {
    method: 'get',
    path: '/sessions',
    access: 'account.read',
    summary: 'Where the account is signed in',
    answer: sessionsAnswer,
    run: async (_c, ctx, caller) => sessionsJson(ctx, requireSession(caller, 'account.read')),
  })
  row(app, {
    method: 'get',
    path: '/activity',
    access: 'account.read',
    summary: 'What happened on the account in the last 90 days, newest first: ?filter=passkeys, ?after={next}',
    answer: activityAnswer,
    run: (c, ctx, caller) => activity(ctx, caller, readFilter(c.req.query('filter')), c.req.query('after') ?? null),
  })
  row(app, {
    method: 'get',
    path: '/checkup',
    access: 'account.read',
    summary: 'What is weak on the account, as its owner would go through it',
    answer: checkupAnswer,
    run: (_c, ctx, caller) => checkupJson(ctx, caller),
  })
  row(app, {
    method: 'post',
    path: '/checkup',
    access: 'account.read',
    summary: 'The account was looked over: the checkup is offered again in its time',
    answer: finishedAnswer,
    run: async (_c, ctx, caller) => ({ finished: await finishCheckup(ctx, caller) }),
  })
  row(app, {
    method: 'post',
    path: '/sessions/{id}/end',
    access: 'session.end',
    summary: 'Sign one session out',
    answer: doneAnswer,
    run: async (c, ctx, caller) => {
      await endSession(ctx, caller, c.req.param('id') ?? '')
      return { status: 'done' } as const
    },
  })
  row(app, {
    method: 'post',
    path: '/freeze',
    access: 'account.freeze',
    summary: 'Freeze the account: every session ends, this one too',
    answer: doneAnswer,
    run: async (c, ctx, caller) => {
      await freeze(ctx, caller)
      clearSession(c)
      return { status: 'done' } as const
    },
  })
  row(app, {
    method: 'post',
    path: '/lock',
    access: 'account.lock',
    summary: 'The owner’s lock of money, settings or both, for some days',
    answer: lockedAnswer,
    body: z.strictObject({ scope: z.enum(LOCK_SCOPES), days: z.number().int().describe('1 to 7') }),
    run: async (_c, ctx, caller, body) => ({ until: await lock(ctx, caller, readLock(body.scope, String(body.days))) }),
  })
  row(app, {
    method: 'post',
    path: '/unfreeze',
    access: 'account.unfreeze',
    summary: 'Unfreeze the account, at once or after a wait',
    answer: changeAnswer,
    run: (_c, ctx, caller) => unfreeze(ctx, caller),
  })
  row(app, {
    method: 'post',
    path: '/close',
    access: 'account.close',
    summary: 'Close the account, after a wait; seven days later it is erased, unless its owner stops that',
    answer: changeAnswer,
    run: (_c, ctx, caller) => close(ctx, caller),
  })
  row(app, {
    method: 'post',
    path: '/sessions/end-others',
    access: 'sessions.end_others',
    summary: 'Sign all other sessions out',
    answer: endedAnswer,
    run: async (_c, ctx, caller) => ({ ended: await endOtherSessions(ctx, caller) }),
  })
}
