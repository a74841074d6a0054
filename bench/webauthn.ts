// `npm run bench:webauthn`: what one verification costs, beside what it cannot cost less than, and beside a second opinion.
// CPU microseconds of this process with all its threads, because the second opinion works in the thread pool. Contenders take turns
// in batches of some milliseconds; a round's figure is the median of its turns, and a ratio is that of neighbours in time: on a busy
// machine a batch that was interrupted then is an outlier instead of a share of the mean. The order turns round, too.
import { constants, createHash, verify as cryptoVerify, X509Certificate } from 'node:crypto'
import {
  ALGORITHMS_ON_REQUEST,
  type AttestationPolicy,
  createKeyCache,
  type Expected,
  importPublicKey,
  SUPPORTED_ALGORITHMS,
  verifyAuthentication,
  verifyRegistration,
} from '@latchkey/server/webauthn'
import { type AttestationFormat, SoftwareAuthenticator, Vendor } from '@latchkey/testing/authenticator'
import { SettingsService, verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'

const ROUNDS = Math.max(5, Number(process.env.BENCH_ROUNDS ?? 7))
const TURNS = Math.max(5, Number(process.env.BENCH_TURNS ?? 11))
const BATCH_US = 3_000
const WARM_US = 400_000

const origin = 'https://login.example.org'
const rpId = 'example.org'
const challenge = 'kJBEXQJmL1Yv4zzsVBEVYPXeMKIk6ds4ErqpJPKFRaE'
const algorithms = [...SUPPORTED_ALGORITHMS, ...ALGORITHMS_ON_REQUEST]
const expected: Expected = { challenge, origins: [origin], rpId, algorithms }
const theirs = { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: rpId }

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** One way to do the work; `undefined` where it cannot. */
type Contender = (() => unknown) | undefined

/** CPU microseconds for one run of each contender, and the ratio of any two; not a number where one of them cannot. */
interface Costs<Name extends string> {
  of(name: Name): number
  ratio(name: Name, base: Name): number
}

async function compare<Name extends string>(contenders: Record<Name, Contender>): Promise<Costs<Name>> {
  const able = (Object.keys(contenders) as Name[]).filter(name => contenders[name])
  const batch = new Map<Name, number>()
  for (const name of able) batch.set(name, Math.max(1, Math.round(BATCH_US / (await warm(contenders[name])))))
  const rounds: Record<Name, number>[][] = []
  for (let round = 0; round < ROUNDS; round++) {
    const turns: Record<Name, number>[] = []
    for (let turn = 0; turn < TURNS; turn++) {
      const costs = {} as Record<Name, number>
      for (const [at] of able.entries()) {
        const name = able[(at + turn) % able.length] as Name
        costs[name] = await run(contenders[name], batch.get(name) ?? 1)
      }
      turns.push(costs)
    }
    rounds.push(turns)
  }
  const overRounds = (figure: (costs: Record<Name, number>) => number): number => median(rounds.map(turns => median(turns.map(figure))))
  return { of: name => overRounds(costs => costs[name]), ratio: (name, base) => overRounds(costs => costs[name] / costs[base]) }
}

/** Compiled, and its caches filled. Gives about what one run costs. */
async function warm(work: Contender): Promise<number> {
  const costs: number[] = []
  for (let spent = 0; spent < WARM_US && costs.length < 200; spent += (costs.at(-1) ?? 0) * 20) costs.push(await run(work, 20))
  return median(costs)
}

/** CPU microseconds for one of so many runs. */
async function run(work: Contender, times: number): Promise<number> {
  const start = process.cpuUsage()
  for (let n = 0; n < times; n++) {
    const result = work?.()
    if (result instanceof Promise) await result // only who is asynchronous pays for it
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / times
}

async function ceremonies(options: { algorithm?: number; attestation?: AttestationFormat; vendor?: Vendor; edDsaCurve?: 'Ed448' }) {
  const { algorithm = -7, attestation = 'none', vendor, edDsaCurve } = options
  const device = new SoftwareAuthenticator({
    origin,
    algorithms: [algorithm],
    attestation,
    ...(vendor && { vendor }),
    ...(edDsaCurve && { edDsaCurve }),
    ...(attestation !== 'fido-u2f' && { aaguid: '6d44ba9b-f6ec-2e49-b930-0c8fe920cb73' }),
  })
  const registration = await device.create({
    rp: { id: rpId, name: 'Bench' },
    user: { id: 'dXNlcg', name: 'ada', displayName: 'Ada' },
    challenge,
    pubKeyCredParams: [{ type: 'public-key', alg: algorithm }],
    authenticatorSelection: { userVerification: 'required' },
  })
  const assertion = await device.get({ challenge, rpId, userVerification: 'required' })
  return { registration, assertion }
}

/** What the second opinion does with it: the work, if it accepts. */
async function ifAccepted(work: () => Promise<{ verified: boolean }>): Promise<Contender> {
  const accepted = await work().then(
    ({ verified }) => verified,
    () => false,
  )
  return accepted ? work : undefined
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64url'))

async function signIn(algorithm: number) {
  const { registration, assertion } = await ceremonies({ algorithm })
  const { id, publicKey, signCount, backupEligible } = verifyRegistration(registration, expected)
  const credential = { id, publicKey, signCount, backupEligible, userHandle: bytes('dXNlcg') }
  const keys = createKeyCache()
  const { object, algorithm: row } = importPublicKey(publicKey)
  const { clientDataJSON, authenticatorData, signature } = assertion.response
  const data = Buffer.concat([bytes(authenticatorData), createHash('sha256').update(bytes(clientDataJSON)).digest()])
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const key = row.padding === 'pss' ? { key: object, ...pss } : object
  const sig = bytes(signature)
  if (!cryptoVerify(row.hash, data, key, sig)) throw new Error(`the bare verification of ${row.name} fails`)
  const stored = { id, publicKey: new Uint8Array(publicKey), counter: signCount }
  const opinion = () => verifyAuthenticationResponse({ response: assertion, ...theirs, credential: stored, requireUserVerification: true })
  const cost = await compare({
    bare: () => cryptoVerify(row.hash, data, key, sig),
    cached: () => verifyAuthentication(assertion, { ...expected, credential, keys }),
    uncached: () => verifyAuthentication(assertion, { ...expected, credential }),
    theirs: await ifAccepted(opinion),
  })
  return {
    algorithm: row.name,
    'cached µs': us(cost.of('cached')),
    'no cache µs': us(cost.of('uncached')),
    'bare µs': us(cost.of('bare')),
    'cached / bare': ratio(cost.ratio('cached', 'bare')),
    'no cache / bare': ratio(cost.ratio('uncached', 'bare')),
    'second µs': us(cost.of('theirs')),
    'second / cached': ratio(cost.ratio('theirs', 'cached')),
    'second / no cache': ratio(cost.ratio('theirs', 'uncached')),
  }
}

const us = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(value < 100 ? 1 : 0))
const ratio = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2))

const FORMATS: readonly AttestationFormat[] = ['none', 'packed-self', 'packed', 'tpm', 'android-key', 'apple', 'fido-u2f', 'compound']
const ANCHORED = ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f'] as const

/** The roots of the second opinion are one setting of its process: they are put there before each of its turns, which costs nothing. */
function trustOnly(pem: readonly string[]): void {
  for (const identifier of ANCHORED) SettingsService.setRootCertificates({ identifier, certificates: [...pem] })
}

async function registration(format: AttestationFormat, vendor: Vendor, pem: string) {
  const { registration: response } = await ceremonies({ attestation: format, vendor, algorithm: format === 'tpm' ? -257 : -7 })
  const certified = format !== 'none' && format !== 'packed-self'
  const required: AttestationPolicy = { policy: 'require', roots: [vendor.root] }
  const opinion = (roots: readonly string[]) => (): Promise<{ verified: boolean }> => {
    trustOnly(roots)
    return verifyRegistrationResponse({ response, ...theirs, requireUserVerification: true, supportedAlgorithmIDs: algorithms })
  }
  const cost = await compare({
    ours: () => verifyRegistration(response, expected),
    required: certified ? () => verifyRegistration(response, { ...expected, attestation: required, now: Date.now() }) : undefined,
    theirs: await ifAccepted(opinion([])),
    theirsRequired: certified ? await ifAccepted(opinion([pem])) : undefined,
  })
  return {
    format,
    'ours µs': us(cost.of('ours')),
    'second µs': us(cost.of('theirs')),
    'second / ours': ratio(cost.ratio('theirs', 'ours')),
    'root: ours µs': us(cost.of('required')),
    'root: second µs': us(cost.of('theirsRequired')),
    'root: second / ours': ratio(cost.ratio('theirsRequired', 'required')),
  }
}

const ORDER = [-7, -8, -257, -35, -36, -53, -37, -47, -48, -49, -50]

console.log(
  `CPU µs of one verification (all threads of this process), medians of ${ROUNDS} rounds of ${TURNS} turns. Node ${process.version}.`,
)
console.log(
  'Sign-in, ours with a cached key and without. "Bare": crypto.verify of the same signature with a ready KeyObject. "Second": the second opinion; "-" where it refuses the algorithm.',
)
await signIn(-7) // thrown away: until then the compiler works in the background, at the cost of whoever's turn it is
const signIns = []
for (const algorithm of ORDER.filter(id => algorithms.includes(id))) signIns.push(await signIn(algorithm))
console.table(signIns)

console.log(
  'Registration (key ES256; RS256 with tpm), by default, and with the root of its maker required. "-": refused, or no certificate to judge.',
)
const vendor = await Vendor.make()
const pem = new X509Certificate(vendor.root).toString()
await registration('packed', vendor, pem) // thrown away, too
const registrations = []
for (const format of FORMATS) registrations.push(await registration(format, vendor, pem))
console.table(registrations)
