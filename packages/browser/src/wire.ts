/**
 * The JSON of the HTTP API, as the server writes it and every client reads it. Types only. Times are epoch milliseconds, binary
 * values base64url.
 */

/** A refusal (RFC 9457), `application/problem+json`. `code` says which, `ref` is what people read out, `instance` the request's id. */
export interface ProblemJson {
  type: string
  title: string
  status: number
  instance: string
  code: string
  ref: string
  /** Whole seconds, also in `Retry-After`. */
  retryAfterSeconds?: number
  triesLeft?: number
  until?: number
  reasons?: string[]
  operation?: string
  target?: string | null
  /** With `step_up_required`: the methods that would do, strongest first. */
  methods?: string[]
  field?: string
  minLength?: number
  deletedAt?: number
  /** With `passkey_unknown` and `passkey_removed`: what to tell the password manager (WebAuthn L3 §5.1.10.1). */
  credentialId?: string
  limit?: string
}

/** One page of a list; `next` is the cursor for `?after=`, null at the end. */
export interface ListJson<T> {
  items: T[]
  next: string | null
}

// --- Ceremonies ------------------------------------------------------------

export interface CredentialDescriptorJson {
  type: 'public-key'
  id: string
  transports?: string[]
}

/** PublicKeyCredentialRequestOptionsJSON (WebAuthn L3 §5.1.10). */
export interface RequestOptionsJson {
  challenge: string
  rpId?: string
  timeout?: number
  userVerification?: 'required' | 'preferred' | 'discouraged'
  allowCredentials?: CredentialDescriptorJson[]
  hints?: PasskeyHint[]
  extensions?: Record<string, unknown>
}

/** PublicKeyCredentialCreationOptionsJSON (WebAuthn L3 §5.1.9). */
export interface CreationOptionsJson {
  challenge: string
  rp: { id?: string; name: string }
  user: { id: string; name: string; displayName: string }
  pubKeyCredParams: { type: 'public-key'; alg: number }[]
  timeout?: number
  excludeCredentials?: CredentialDescriptorJson[]
  authenticatorSelection?: {
    authenticatorAttachment?: PasskeyAttachment
    residentKey?: 'required' | 'preferred' | 'discouraged'
    requireResidentKey?: boolean
    userVerification?: 'required' | 'preferred' | 'discouraged'
  }
  attestation?: 'none' | 'indirect' | 'direct' | 'enterprise'
  hints?: PasskeyHint[]
  extensions?: Record<string, unknown>
}

/** Where the prompt should look first (WebAuthn L3 §5.8.7). */
export type PasskeyHint = 'client-device' | 'hybrid' | 'security-key'
export type PasskeyAttachment = 'platform' | 'cross-platform'

/** RegistrationResponseJSON (WebAuthn L3 §5.1.8), what `POST /api/passkeys` takes. */
export interface RegistrationJson {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment?: string
  response: {
    clientDataJSON: string
    attestationObject: string
    transports: string[]
    authenticatorData?: string
    publicKey?: string
    publicKeyAlgorithm?: number
  }
  clientExtensionResults: Record<string, unknown>
}

/** AuthenticationResponseJSON (WebAuthn L3 §5.1.8), what `POST /api/sign-in/passkey` takes. */
export interface AuthenticationJson {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment?: string
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string }
  clientExtensionResults: Record<string, unknown>
}

/**
 * What password managers are told after a sign-in or a change (WebAuthn L3 §5.1.10). Suspended passkeys are accepted ones: a provider
 * hides what is not in the list, and may do so for good.
 */
export interface SignalJson {
  rpId: string
  /** The WebAuthn user handle. */
  userId: string
  acceptedIds: string[]
  name: string
  displayName: string
}

// --- Account ---------------------------------------------------------------

/** Ways to prove who one is. */
export type MethodNameJson = 'passkey' | 'password' | 'totp' | 'sms' | 'email' | 'recovery_code'

export interface SessionJson {
  id: string
  /** The session that asks. */
  current: boolean
  createdAt: number
  lastSeenAt: number
  userAgent: string
  place: string | null
  /** The passkey that opened it. */
  credentialId: string | null
  /** Names of RFC 8176. */
  methods: string[]
  acr: string
}

export interface AccountJson {
  id: string
  /** The identifier that its owner knows it by. */
  name: string
  waysIn: number
  waysBack: number
  /** Left out where the server moves no money. */
  moneyPausedUntil?: number | null
}

/** `GET /api/session`; the session is null when nobody is signed in. */
export type SessionAnswerJson = { session: SessionJson; account: AccountJson } | { session: null }

export interface PasskeyJson {
  id: string
  name: string
  aaguid: string
  provider: string | null
  kind: 'synced' | 'device' | 'security_key'
  status: 'active' | 'suspended'
  /** Used in this session. */
  thisDevice: boolean
  needsFirstUse: boolean
  /** Its counter went backwards. */
  counter: boolean
  /** Whether the sign-in page finds it; else it signs after a password, and to confirm. */
  discoverable: boolean
  /** Days since its last use where that is long. */
  staleDays: number | null
  /** When a young passkey may approve; null when it may. */
  trustedAt: number | null
  createdAt: number
  createdIn: string
  lastUsedAt: number | null
  lastUsedIn: string | null
  suspendedAt: number | null
  openSessions: number
}

/** `POST /api/sign-in/…` */
export type SignInJson =
  | { status: 'signed_in'; returnTo: string | null; signal?: SignalJson }
  | { status: 'second_step_needed'; methods: MethodNameJson[] }

/** `POST /api/passkeys` */
export interface PasskeyCreatedJson {
  passkey: PasskeyJson
  /** The account's first one: from now on it is asked for first. */
  first: boolean
  signal?: SignalJson
}

/** A change that is done, or that the policy makes wait; `signal` where the passkeys changed. */
export type ChangeJson = ({ status: 'done' } | { status: 'waits'; until: number; changeId: string }) & { signal?: SignalJson }

/** `POST /api/step-up/{method}`: the proof is at the session now, for one operation on one target. */
export interface StepUpJson {
  status: 'verified'
}

// --- Approvals -------------------------------------------------------------

/** One thing that the owner is asked to approve; the details are what is shown and what the passkey signs. */
export interface ApprovalJson {
  id: string
  operation: string
  status: 'pending' | 'approved' | 'rejected' | 'expired' | 'changed'
  details: Record<string, unknown>
  createdAt: number
  expiresAt: number
  decidedAt: number | null
  /** What people read out. */
  reference: string
}
