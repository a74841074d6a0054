/** What pages and rules need to know of a method, so that nothing asks for it by name. */
interface MethodRow {
  /** Keys of the message catalogue: its name, one line under it, and what stands above its own field. */
  label: string
  hint: string
  lead: string
  /** Id of the symbol in `icons.svg`. */
  icon: string
  /** What stands on the page: the browser's own prompt, a password field, six digits, or a recovery code. */
  prompt: 'passkey' | 'password' | 'digits' | 'recovery_code'
  /** The kind of address that a message has to be sent to first. */
  sendsTo: 'email' | 'phone' | null
  /** What it adds to `acr` (policy.md §1): all by itself, the first factor, a second factor, or a step that is no factor. */
  acr: 'phr' | 'first' | 'second' | 'step'
  /** Beside a password (policy.md §3): one that demands itself once it is on, one for who has no such, one for when that is lost. */
  secondStep: 'own' | 'substitute' | 'spare' | null
}

/**
 * Every way to prove who one is; names after OIDC `amr` (RFC 8176) where it has one. Strongest first, and the order decides: what is
 * offered first, and which one is the founding session's proof (policy.md §3). docs/design/architecture.md says what else a new one needs.
 */
export const METHODS = {
  passkey: {
    label: 'method.passkey',
    hint: 'method.passkey_hint',
    lead: 'verify.passkey',
    icon: 'passkey',
    prompt: 'passkey',
    sendsTo: null,
    acr: 'phr',
    secondStep: null,
  },
  totp: {
    label: 'method.totp',
    hint: 'method.totp_hint',
    lead: 'sign_in.code_app',
    icon: 'app',
    prompt: 'digits',
    sendsTo: null,
    acr: 'second',
    secondStep: 'own',
  },
  sms: {
    label: 'method.sms',
    hint: 'method.sms_hint',
    lead: 'sign_in.code_sent',
    icon: 'message',
    prompt: 'digits',
    sendsTo: 'phone',
    acr: 'second',
    secondStep: 'own',
  },
  email: {
    label: 'method.email',
    hint: 'method.email_hint',
    lead: 'sign_in.code_sent',
    icon: 'mail',
    prompt: 'digits',
    sendsTo: 'email',
    acr: 'step',
    secondStep: 'substitute',
  },
  password: {
    label: 'method.password',
    hint: 'method.password_hint',
    lead: 'verify.passkey',
    icon: 'lock',
    prompt: 'password',
    sendsTo: null,
    acr: 'first',
    secondStep: null,
  },
  recovery_code: {
    label: 'method.recovery_code',
    hint: 'method.recovery_code_hint',
    lead: 'sign_in.code_recovery',
    icon: 'codes',
    prompt: 'recovery_code',
    sendsTo: null,
    acr: 'second',
    secondStep: 'spare',
  },
} as const satisfies Record<string, MethodRow>

type Table = typeof METHODS
export type MethodName = keyof Table
type With<Member extends keyof MethodRow, Value> = { [M in MethodName]: Table[M][Member] extends Value ? M : never }[MethodName]

/** Methods whose proof is something typed. */
export type SecretMethod = With<'prompt', 'password' | 'digits' | 'recovery_code'>
/** Of those, the ones whose secret serves once. */
export type CodeMethod = With<'prompt', 'digits' | 'recovery_code'>
/** Methods whose code comes by message. */
export type SentMethod = With<'sendsTo', string>

export const METHOD_NAMES = Object.keys(METHODS) as MethodName[]
export const SECRET_METHODS = METHOD_NAMES.filter((name): name is SecretMethod => METHODS[name].prompt !== 'passkey')
export const CODE_METHODS = SECRET_METHODS.filter((name): name is CodeMethod => METHODS[name].prompt !== 'password')
export const SENT_METHODS = CODE_METHODS.filter((name): name is SentMethod => METHODS[name].sendsTo !== null)

export const isSent = (method: MethodName): method is SentMethod => METHODS[method].sendsTo !== null

/** Methods whose codes go to addresses of a kind: they end with the address, all of them. @example methodsTo('phone') // ['sms'] */
export const methodsTo = (kind: 'email' | 'phone'): SentMethod[] => SENT_METHODS.filter(name => METHODS[name].sendsTo === kind)

const CONFIRMS: Record<'email' | 'phone', SentMethod> = { email: 'email', phone: 'sms' }

/** The method whose code confirms an address of a kind, and asks for it at the door. @example confirmingMethod('phone') // 'sms' */
export const confirmingMethod = (kind: 'email' | 'phone'): SentMethod => CONFIRMS[kind]

/** A method by its name in a form; null for any other text. @example readMethod(SENT_METHODS, form.method) */
export const readMethod = <Name extends MethodName>(among: readonly Name[], text: string | undefined): Name | null =>
  among.find(name => name === text) ?? null
