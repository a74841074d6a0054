import { z } from '@hono/zod-openapi'
import type {
  AccountJson,
  ActivityJson,
  ChangeJson,
  CheckupJson,
  CodeSentJson,
  CreationOptionsJson,
  ListJson,
  MethodNameJson,
  PasskeyCreatedJson,
  PasskeyJson,
  ProblemCode,
  ProblemJson,
  RequestOptionsJson,
  SessionAnswerJson,
  SessionJson,
  SignalJson,
  SignInJson,
  SignInStartedJson,
  StepUpJson,
} from '@latchkey/browser/wire'
import { WEAK_POINTS } from '../domain/checkup.ts'
import { METHOD_NAMES } from '../domain/methods.ts'
import { PROBLEMS } from '../domain/problems.ts'

/**
 * What the API answers, as schemas. Each satisfies its type of the wire, and what a route gives must satisfy the schema: so the OpenAPI
 * document, the server and `@latchkey/browser` can't say different things.
 */

const ms = z.number().int().describe('Epoch milliseconds')
const method = z.enum(METHOD_NAMES) satisfies z.ZodType<MethodNameJson>

const descriptors = z.array(z.object({ type: z.literal('public-key'), id: z.string(), transports: z.array(z.string()) }))

export const requestOptionsAnswer = z
  .object({
    challenge: z.string(),
    rpId: z.string(),
    timeout: z.number(),
    userVerification: z.literal('required'),
    allowCredentials: descriptors,
  })
  .openapi('RequestOptions', {
    description: 'PublicKeyCredentialRequestOptionsJSON (WebAuthn L3 §5.1.10)',
  }) satisfies z.ZodType<RequestOptionsJson>

export const creationOptionsAnswer = z
  .object({
    challenge: z.string(),
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number().int() })),
    timeout: z.number(),
    excludeCredentials: descriptors,
    authenticatorSelection: z.object({
      residentKey: z.literal('required'),
      requireResidentKey: z.literal(true),
      userVerification: z.enum(['required', 'preferred']).describe('preferred where the browser makes it silently'),
    }),
    attestation: z.enum(['none', 'direct']),
    extensions: z.object({ credProps: z.literal(true) }),
  })
  .openapi('CreationOptions', {
    description: 'PublicKeyCredentialCreationOptionsJSON (WebAuthn L3 §5.1.9)',
  }) satisfies z.ZodType<CreationOptionsJson>

export const startedAnswer = z
  .object({ status: z.literal('started'), methods: z.array(method), authSession: z.string() })
  .openapi('SignInStarted') satisfies z.ZodType<SignInStartedJson>

export const codeSentAnswer = z.object({ retryAfterSeconds: z.number().int() }).openapi('CodeSent') satisfies z.ZodType<CodeSentJson>

export const signInAnswer = z
  .discriminatedUnion('status', [
    z.object({
      status: z.literal('signed_in'),
      returnTo: z.string().nullable(),
      // where the request asked for it, and the browser may make a passkey silently now
      upgrade: creationOptionsAnswer.optional(),
    }),
    z.object({ status: z.literal('second_step_needed'), methods: z.array(method) }),
  ])
  .openapi('SignIn') satisfies z.ZodType<SignInJson>

export const signedOutAnswer = z.object({ status: z.literal('signed_out') })
export const doneAnswer = z.object({ status: z.literal('done') })
export const labelAnswer = z.object({ label: z.string() })
export const finishedAnswer = z.object({ finished: z.boolean().describe('False where this session proved too little to say so') })
export const endedAnswer = z.object({ ended: z.number().int().describe('How many sessions ended') })
export const steppedUpAnswer = z.object({ status: z.literal('verified') }).openapi('StepUp') satisfies z.ZodType<StepUpJson>

const passkey = z
  .object({
    id: z.string().describe('Credential id, base64url'),
    name: z.string().describe('The owner’s name for it, or the automatic one'),
    aaguid: z.string(),
    provider: z.string().nullable(),
    kind: z.enum(['synced', 'device', 'security_key']),
    status: z.enum(['active', 'suspended']),
    thisDevice: z.boolean().describe('Used in this session'),
    needsFirstUse: z.boolean(),
    counter: z.boolean().describe('Its counter went backwards'),
    discoverable: z.boolean().describe('Whether the sign-in page finds it'),
    staleDays: z.number().int().nullable().describe('Days since its last use where that is long'),
    trustedAt: ms.nullable().describe('When a young passkey may approve; null when it may'),
    createdAt: ms,
    createdIn: z.string(),
    lastUsedAt: ms.nullable(),
    lastUsedIn: z.string().nullable(),
    suspendedAt: ms.nullable(),
    openSessions: z.number().int().describe('Open sessions that end with it'),
  })
  .openapi('Passkey') satisfies z.ZodType<PasskeyJson>

const session = z
  .object({
    id: z.string(),
    current: z.boolean(),
    createdAt: ms,
    lastSeenAt: ms,
    userAgent: z.string(),
    place: z.string().nullable(),
    credentialId: z.string().nullable().describe('The passkey that opened it'),
    methods: z.array(z.string()).describe('What was proven, in order'),
    acr: z.string(),
  })
  .openapi('Session') satisfies z.ZodType<SessionJson>

const activity = z
  .object({
    id: z.string(),
    at: ms,
    kind: z.string().describe('sign_in, passkey.add, change_waits, …'),
    operation: z.string().nullable().describe('What a wait, a cancel or a verification is about'),
    passkey: z.string().nullable().describe('The passkey that it is about, by name'),
    by: z.string().nullable().describe('The passkey that proved it, by name'),
    methods: z.array(z.string()).describe('What else was proven, in order'),
    reference: z.string().nullable(),
    until: ms.nullable().describe('When a wait is over'),
    device: z.string().nullable(),
    place: z.string().nullable(),
  })
  .openapi('Activity') satisfies z.ZodType<ActivityJson>

const account = z
  .object({
    id: z.string(),
    name: z.string(),
    waysIn: z.number().int(),
    waysBack: z.number().int(),
    moneyPausedUntil: ms.nullable().optional().describe('Left out where the server moves no money'),
  })
  .openapi('Account') satisfies z.ZodType<AccountJson>

const list = <Item extends z.ZodType>(items: Item) => z.object({ items: z.array(items), next: z.string().nullable() })

export const passkeysAnswer = list(passkey) satisfies z.ZodType<ListJson<PasskeyJson>>
export const sessionsAnswer = list(session) satisfies z.ZodType<ListJson<SessionJson>>
export const activityAnswer = list(activity) satisfies z.ZodType<ListJson<ActivityJson>>
export const checkupAnswer = z
  .object({
    due: z.boolean().describe('Whether the owner is to be asked to go through it'),
    weak: z.array(z.enum(WEAK_POINTS)).describe('The most urgent first'),
    copied: z.array(z.string()).describe('Passkeys that may have been copied'),
    stale: z.array(z.string()).describe('Passkeys that nobody used for long'),
    oldSessions: z.array(z.string()).describe('Sessions elsewhere that were not seen for days'),
    mayFinish: z.boolean().describe('Whether this session may say that the account was looked over'),
  })
  .openapi('Checkup') satisfies z.ZodType<CheckupJson>
export const sessionAnswer = z
  .union([
    z.object({ session, account }),
    z.object({ session: z.null(), frozen: z.literal(true).optional(), closing: z.literal(true).optional() }),
  ])
  .openapi('SessionAnswer') satisfies z.ZodType<SessionAnswerJson>
export const lockedAnswer = z.object({ until: ms }).openapi('Locked')
export const signalAnswer = z
  .object({
    rpId: z.string(),
    userId: z.string().describe('The WebAuthn user handle'),
    acceptedIds: z.array(z.string()).describe('Suspended ones too: a provider may hide for good what is not in the list'),
    name: z.string(),
    displayName: z.string(),
  })
  .openapi('Signal') satisfies z.ZodType<SignalJson>
export const createdAnswer = z
  .object({ signal: signalAnswer, passkey, first: z.boolean().describe('The account’s first one: from now on it is asked for first') })
  .openapi('PasskeyCreated') satisfies z.ZodType<PasskeyCreatedJson>
export const changeAnswer = z
  .discriminatedUnion('status', [
    z.object({ status: z.literal('done'), signal: signalAnswer.optional() }),
    z.object({ status: z.literal('waits'), until: ms, changeId: z.string(), signal: signalAnswer.optional() }),
  ])
  .openapi('Change') satisfies z.ZodType<ChangeJson>

export const problemAnswer = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    instance: z.string().describe('The request’s id'),
    code: z.enum(Object.keys(PROBLEMS) as ProblemCode[]),
    ref: z.string().describe('What people read out'),
    retryAfterSeconds: z.number().int().optional(),
    triesLeft: z.number().int().optional(),
    until: ms.nullable().optional(),
    reasons: z.array(z.string()).optional(),
    ways: z.array(z.string()).optional(),
    operation: z.string().optional(),
    target: z.string().nullable().optional(),
    methods: z.array(z.string()).optional(),
    field: z.string().optional(),
    minLength: z.number().int().optional(),
    deletedAt: ms.optional(),
    credentialId: z.string().optional(),
    limit: z.string().optional(),
  })
  .openapi('Problem', { description: 'A refusal (RFC 9457)' }) satisfies z.ZodType<ProblemJson>
