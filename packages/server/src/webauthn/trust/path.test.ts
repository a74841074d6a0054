import {
  type CertificateContent,
  type CertificateExtension,
  certificateExtension,
  der,
  distinguishedName,
  generateJwk,
  makeCertificate,
  type NameMember,
  publicKeyInfo,
  type SigningKey,
} from '@latchkey/testing/authenticator'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Certificate, readCertificate } from '../certificate.ts'
import { followPath, judgeValidity } from './path.ts'

const [notBefore, notAfter] = [Date.UTC(2020, 0, 1), Date.UTC(2040, 0, 1)]

interface Holder {
  subject: readonly NameMember[]
  key: SigningKey
}

const holder = async (name: string, alg = -7): Promise<Holder> => ({
  subject: [['CN', name]],
  key: { alg, privateKey: await generateJwk(alg) },
})

/** Basic Constraints with a limit to the authorities below (RFC 5280 §4.2.1.9). */
const limited = (below: number): CertificateExtension => ({
  oid: '2.5.29.19',
  critical: true,
  value: der.sequence(der.boolean(true), der.integer(below)),
})
/** A key that may sign data, but no certificates. */
const signsDataOnly: CertificateExtension = { oid: '2.5.29.15', critical: true, value: der.bitString(Uint8Array.of(0x80), 7) }
const authority = [certificateExtension.basicConstraints(true), certificateExtension.authorityKeyUsage()]

let serial = 1
async function certify(whose: Holder, by: Holder, changes: Partial<CertificateContent> = {}): Promise<Certificate> {
  const issuer = distinguishedName(by.subject)
  const publicKey = await publicKeyInfo(whose.key)
  const content = { serial: Uint8Array.of(serial++), issuer, subject: whose.subject, notBefore, notAfter, publicKey, extensions: [] }
  return readCertificate(await makeCertificate({ ...content, ...changes }, by.key))
}

let people: Record<'root' | 'upper' | 'lower' | 'leaf' | 'stranger', Holder>
let root: Certificate
let upper: Certificate
let lower: Certificate
let leaf: Certificate
beforeAll(async () => {
  const names = ['root', 'upper', 'lower', 'leaf', 'stranger'] as const
  people = Object.fromEntries(await Promise.all(names.map(async name => [name, await holder(name)]))) as typeof people
  root = await certify(people.root, people.root, { extensions: authority })
  upper = await certify(people.upper, people.root, { extensions: authority })
  lower = await certify(people.lower, people.upper, { extensions: authority })
  leaf = await certify(people.leaf, people.lower)
})

const stateOf = (path: Certificate[], anchors: Certificate[] = [root]): string => followPath(path, anchors).path

describe('a path is anchored', () => {
  test('through its authorities to a root, be that in it or not', () => {
    expect(stateOf([leaf, lower, upper])).toBe('anchored')
    expect(stateOf([leaf, lower, upper, root])).toBe('anchored')
  })

  test('at any authority that was handed in, and at the leaf itself', () => {
    for (const anchor of [upper, lower, leaf]) expect(stateOf([leaf, lower, upper], [anchor])).toBe('anchored')
  })

  test('by a root with the same name and key, certified anew', async () => {
    const renewed = await certify(people.root, people.root, { extensions: authority })
    expect(stateOf([leaf, lower, upper, root], [renewed])).toBe('anchored')
  })

  test('with as many authorities below as the root allows', async () => {
    const strict = await certify(people.root, people.root, { extensions: [limited(2)] })
    expect(stateOf([leaf, lower, upper], [strict])).toBe('anchored')
  })

  test('past an authority that certified a new key of its own: that one is not counted', async () => {
    const successor = { subject: people.upper.subject, key: people.stranger.key }
    const renewed = await certify(successor, people.upper, { extensions: authority })
    const below = await certify(people.lower, successor, { extensions: authority })
    const limitedTo = async (count: number): Promise<Certificate> =>
      await certify(people.root, people.root, { extensions: [limited(count)] })
    expect(stateOf([leaf, below, renewed, upper], [await limitedTo(2)])).toBe('anchored')
    expect(stateOf([leaf, below, renewed, upper], [await limitedTo(1)])).toBe('unanchored')
  })
})

describe('a path is unanchored', () => {
  test('without roots, without an authority between, and with only a stranger as root', async () => {
    const stranger = await certify(people.stranger, people.stranger, { extensions: authority })
    expect(stateOf([leaf, lower, upper], [])).toBe('unanchored')
    expect(stateOf([leaf], [root])).toBe('unanchored')
    expect(stateOf([leaf, lower, upper], [stranger])).toBe('unanchored')
  })

  test('when the root has the right name and another key', async () => {
    const namesake = await holder('root')
    expect(stateOf([leaf, lower, upper], [await certify(namesake, namesake, { extensions: authority })])).toBe('unanchored')
  })

  test('when a leaf that is no authority was handed in as root of another leaf', async () => {
    const below = await certify(people.stranger, people.leaf)
    expect(stateOf([below], [leaf])).toBe('unanchored')
  })
})

describe('a path is broken', () => {
  const wrong: [string, () => Promise<Partial<CertificateContent>>][] = [
    ['is no authority', async () => ({ extensions: [certificateExtension.basicConstraints(false)] })],
    ['does not say whether it is one', async () => ({ extensions: [] })],
    ['may not sign certificates', async () => ({ extensions: [certificateExtension.basicConstraints(true), signsDataOnly] })],
    ['allows no authority below, and has one', async () => ({ extensions: [limited(0)] })],
    ['has another key', async () => ({ extensions: authority, publicKey: await publicKeyInfo(people.stranger.key) })],
    ['has another name', async () => ({ extensions: authority, subject: [['CN', 'elsewhere']] })],
    [
      'names something critical that is not understood',
      async () => ({
        extensions: [...authority, { oid: '2.5.29.30', critical: true, value: der.sequence() }], // name constraints
      }),
    ],
  ]
  test.each(wrong)('when an authority in it %s', async (_, changes) => {
    const other = await certify(people.upper, people.root, await changes())
    expect(stateOf([leaf, lower, other])).toBe('broken')
  })

  test('when it is out of order, or something foreign stands between', async () => {
    const foreign = await certify(people.stranger, people.stranger, { extensions: authority })
    expect(stateOf([leaf, upper, lower])).toBe('broken')
    expect(stateOf([leaf, foreign, lower, upper])).toBe('broken')
  })

  test('when the root allows fewer authorities below than there are', async () => {
    const strict = await certify(people.root, people.root, { extensions: [limited(1)] })
    expect(stateOf([leaf, lower, upper], [strict])).toBe('unanchored')
    expect(stateOf([leaf, lower, upper, strict], [])).toBe('broken')
  })
})

test('two authorities that certify each other end', async () => {
  const one = await certify(people.upper, people.lower, { extensions: authority })
  expect(stateOf([leaf, lower, one, lower, one, lower], [])).toBe('unanchored')
})

test('the times of all but the root count: a root is a name and a key', async () => {
  const old = await certify(people.root, people.root, { extensions: authority, notAfter: Date.UTC(2025, 0, 1) })
  for (const path of [
    [leaf, lower, upper],
    [leaf, lower, upper, old],
  ]) {
    const { links } = followPath(path, [old])
    const at = (year: number): string => judgeValidity(links, Date.UTC(year, 6, 1))
    expect([at(2026), at(2019), at(2041)]).toEqual(['valid', 'not_yet_valid', 'expired'])
  }
  const itself = followPath([leaf], [leaf])
  const { notBefore, notAfter } = itself.links[0]!.certificate
  const judged = [notBefore - 1, notBefore, notAfter, notAfter + 1].map(now => judgeValidity(itself.links, now))
  expect(judged).toEqual(['not_yet_valid', 'valid', 'valid', 'expired'])
})

describe('roots as makers ship them', () => {
  const constraints = (value: string): CertificateExtension => ({
    oid: '2.5.29.19',
    critical: true,
    value: Uint8Array.from(Buffer.from(value, 'hex')),
  })

  test('TRUE written as 01 is understood', async () => {
    const odd = await certify(people.root, people.root, { extensions: [constraints('3006010101020102')] })
    expect(stateOf([leaf, lower, upper], [odd])).toBe('anchored')
  })

  test('one whose constraints cannot be read issues nothing, and harms no other', async () => {
    const broken = await certify(people.root, people.root, { extensions: [constraints('3003010200')] })
    expect(stateOf([leaf, lower, upper], [broken])).toBe('unanchored')
    expect(stateOf([leaf, lower, upper], [broken, root])).toBe('anchored')
    expect(stateOf([leaf, lower, upper], [root, broken])).toBe('anchored')
  })

  test('a name in another string type is the same name', async () => {
    const text = der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.printableString('upper'))))
    const other = await certify(people.lower, people.upper, { extensions: authority, issuer: text })
    expect(stateOf([leaf, other, upper])).toBe('anchored')
  })
})

test('a certificate of 16 KiB is read, a longer one is refused', async () => {
  const maker = await holder('maker', -257) // whose signatures are all of one length
  const padded = (size: number): Promise<Certificate> =>
    certify(maker, maker, { serial: Uint8Array.of(1), extensions: [{ oid: '1.3.6.1.4.1.99999.2', value: new Uint8Array(size) }] })
  const others = (await padded(8000)).der.length - 8000
  expect((await padded(16 * 1024 - others)).der.length).toBe(16 * 1024)
  await expect(padded(16 * 1024 - others + 1)).rejects.toMatchObject({ reason: 'certificate_malformed' })
})
