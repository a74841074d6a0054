import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type AttestationFormat, SoftwareAuthenticator, Vendor } from '@latchkey/testing/authenticator'
import { beforeAll, expect, test } from 'vitest'
import { decodeMap } from './cbor.ts'
import { type Expected, type StoredCredential, verifyAuthentication, verifyRegistration, WebAuthnError } from './index.ts'
import { mutated, type Random, type Response, randomFrom } from './mutations.contract.ts'

const MUTATIONS = Number(process.env.LATCHKEY_FUZZ_MUTATIONS ?? 100_000)
const seed = Number(process.env.LATCHKEY_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const LONGEST_MS = 50
const MOST_GROWTH_MIB = 16

const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const rp = { challenge, origins: ['https://example.org'], rpId: 'example.org', userVerification: 'preferred' } as const

interface Subject {
  name: string
  response: Response
  /** Runs the ceremony and describes what an accepted response may not differ in. */
  accepted: (response: unknown) => string
}

const subjects: Subject[] = []
const ALGORITHMS = [-7, -8, -257, -36, -53, -37]
const SIGNED: AttestationFormat[] = ['packed-self', 'packed', 'tpm', 'android-key', 'android-safetynet', 'apple', 'compound']

beforeAll(async () => {
  const vendor = await Vendor.make()
  for (const alg of ALGORITHMS) {
    const { phone, registration } = await create(vendor, 'none', alg)
    const { id, publicKey, signCount, backupEligible } = verifyRegistration(registration, rp)
    const credential = { id, publicKey, signCount, backupEligible, userHandle: Buffer.from('user') }
    const response = asResponse(await phone.get({ challenge, rpId: 'example.org' }))
    subjects.push({ name: `assertion ${alg}`, response, accepted: mutant => signedAssertion(mutant, credential) })
  }
  for (const format of SIGNED) {
    const { registration } = await create(vendor, format)
    const judged = format !== 'packed-self' && format !== 'android-safetynet'
    const attestation = judged ? ({ policy: 'require', roots: [vendor.root] } as const) : undefined
    const expected = { ...rp, attestation, now: Date.now() }
    subjects.push({ name: format, response: asResponse(registration), accepted: mutant => signedRegistration(mutant, expected) })
  }
  for (const format of ['none', 'fido-u2f'] as const) {
    const { registration } = await create(vendor, format)
    subjects.push({ name: format, response: asResponse(registration), accepted: unsignedRegistration })
  }
})

function asResponse({ id, rawId, type, response }: Omit<Response, 'response'> & { response: object }): Response {
  // A registration's JSON repeats parts of the attestation object for the page's convenience; the verifier reads no copy.
  const { authenticatorData, ...rest } = response as Record<string, unknown>
  return { id, rawId, type, response: 'attestationObject' in rest ? rest : { ...rest, authenticatorData } }
}

async function create(vendor: Vendor, attestation: AttestationFormat, alg = -7) {
  const phone = new SoftwareAuthenticator({ origin: 'https://example.org', algorithms: [alg], attestation, vendor })
  const user = { id: 'dXNlcg', name: 'ada', displayName: 'Ada' }
  const pubKeyCredParams = [{ type: 'public-key', alg }]
  return { phone, registration: await phone.create({ rp: { id: 'example.org', name: 'E' }, user, challenge, pubKeyCredParams }) }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** Everything in an assertion is signed or compared with the record. */
function signedAssertion(response: unknown, credential: StoredCredential): string {
  const facts = verifyAuthentication(response, { ...rp, credential, userHandle: 'required' })
  const { clientDataJSON, authenticatorData, signature, userHandle = new Uint8Array() } = facts
  return JSON.stringify([facts.credentialId, ...[clientDataJSON, authenticatorData, signature, userHandle].map(text)])
}

/** These statements speak about all of the authenticator data and the client data. */
function signedRegistration(response: unknown, expected: Expected): string {
  const facts = verifyRegistration(response, expected)
  const data = decodeMap(facts.attestationObject, '').get('authData') as Uint8Array
  return JSON.stringify([facts.id, text(facts.clientDataJSON), text(data), facts.attestation.trust])
}

/** Nothing, or not all, is signed here. Checked are id, key, relying party and place; flags, counter and model are the authenticator's to say. */
function unsignedRegistration(response: unknown): string {
  const facts = verifyRegistration(response, rp)
  const key = [...decodeMap(facts.publicKey, '')].map(([label, value]) => [label, value instanceof Uint8Array ? text(value) : named(value)])
  return JSON.stringify([facts.id, key, named(facts.algorithm), facts.rpId, facts.origin, facts.attestation.trust])
}

/** ESP256 is ES256 with P-256 (RFC 9864), the curve of these subjects: two names of one algorithm over one key, which nothing signs. */
const named = (algorithm: unknown): unknown => (algorithm === -9 ? -7 : algorithm)

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapMiB(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}

test(`${MUTATIONS} mutations: no untidy error, none over ${LONGEST_MS} ms, no growth, nothing accepted that differs in a signed or checked byte (seed ${seed})`, {
  timeout: Math.max(600_000, MUTATIONS * 20),
}, () => {
  console.info(`mutations: seed ${seed} (LATCHKEY_FUZZ_SEED=${seed} repeats it)`)
  const random = randomFrom(seed)
  const reasons = new Map<string, number>()
  const honest = subjects.map(({ response, accepted }) => accepted(response))
  const rounds = (count: number): void => {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0 // the traces of so many refusals cost a third of the time
    for (let i = 0; i < count; i++) round(random, honest, reasons)
    Error.stackTraceLimit = stackTraceLimit
  }
  rounds(Math.floor(MUTATIONS / 4)) // code and caches are warm after these
  const before = heapMiB()
  rounds(MUTATIONS - Math.floor(MUTATIONS / 4))
  const growth = heapMiB() - before
  console.info(`mutations: ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(', ')}; heap ${growth.toFixed(1)} MiB more`)
  expect(reasons.size).toBeGreaterThan(25) // the mutations reach deep, not just the outer walls
  expect(reasons.get('accepted') ?? 0).toBeLessThan(MUTATIONS / 10)
  expect(growth).toBeLessThan(MOST_GROWTH_MIB)
})

test('an unsigned key may go by the other name of its algorithm (RFC 9864), by no name of another, and is no other key', () => {
  const { response, accepted } = subjects.find(({ name }) => name === 'none') as Subject
  const written = Buffer.from(String(response.response.attestationObject), 'base64url').toString('hex')
  const renamed = (from: string, to: string) => {
    const attestationObject = Buffer.from(written.replace(from, to), 'hex').toString('base64url')
    return { ...response, response: { ...response.response, attestationObject } }
  }
  // the key's map from its start: EC2, then the algorithm: -7, -9, -36
  expect(accepted(renamed('a501020326', 'a501020328'))).toBe(accepted(response))
  expect(() => accepted(renamed('a501020326', 'a50102033823'))).toThrow(WebAuthnError)
  const other = [...decodeMap(verifyRegistration(response, rp).publicKey, '').values()].find(value => value instanceof Uint8Array)
  const flipped = Buffer.from(other as Uint8Array)
  flipped[0] = (flipped[0] as number) ^ 1
  expect(() => accepted(renamed(Buffer.from(other as Uint8Array).toString('hex'), flipped.toString('hex')))).toThrow(WebAuthnError)
})

function round(random: Random, honest: readonly string[], reasons: Map<string, number>): void {
  const index = random(subjects.length)
  const subject = subjects[index] as Subject
  const response = mutated(subject.response, random)
  const outcome = timed(subject, response, honest[index])
  reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1)
}

/** A busy machine may stop any run for a while; an input that takes too long does so each time, and of the processor's time. */
function timed(subject: Subject, response: Response, honest: string | undefined): string {
  for (let attempt = 0; attempt < 10; attempt++) {
    const [begun, { user }] = [performance.now(), process.cpuUsage()]
    const outcome = run(subject, response, honest)
    const spent = Math.min(performance.now() - begun, (process.cpuUsage().user - user) / 1000)
    if (spent <= LONGEST_MS) return outcome
  }
  throw new Error(`slow: ${subject.name}, seed ${seed}: ${JSON.stringify(response)}`)
}

function run(subject: Subject, response: Response, honest: string | undefined): string {
  const about = (): string => `${subject.name}, seed ${seed}: ${JSON.stringify(response)}`
  try {
    const facts = subject.accepted(response)
    if (facts === honest) return 'accepted'
  } catch (error) {
    if (error instanceof WebAuthnError && error.reason !== 'unexpected') return error.reason
    throw new Error(`untidy: ${about()}`, { cause: error })
  }
  throw new Error(`accepted, though it differs: ${about()}`)
}
