import type { CborMap, CborValue } from '../cbor.ts'
import type { AttestationDefect, Misbehaviour } from '../misbehaviour.ts'
import type { AttestationCeremony } from './ceremony.ts'
import { identifierOf, statementOf } from './statement.ts'

const breakList: Partial<Record<AttestationDefect, (items: CborMap[]) => CborValue>> = {
  'compound-one': items => items.slice(0, 1),
  'compound-nested': items => [
    items[0] ?? null,
    new Map<string, CborValue>([
      ['fmt', 'compound'],
      ['attStmt', items],
    ]),
  ],
  'compound-not-a-list': items => items[0] ?? null,
  'compound-item-malformed': ([first = new Map(), ...others]) => [new Map([...first].filter(([name]) => name !== 'attStmt')), ...others],
}

/** L3 §8.9: a list of two or more other statements. A fault of the signature is the first one's; the others stay right. */
export async function compound(ceremony: AttestationCeremony): Promise<CborValue> {
  const { signature, attestation: defect } = ceremony.misbehave
  const formats = ceremony.options.compoundOf ?? ['packed', 'android-key']
  const items: CborMap[] = []
  for (const [index, format] of formats.entries()) {
    const wrong = defect === 'compound-one-wrong' && index === formats.length - 1 ? 'altered' : index === 0 ? signature : undefined
    items.push(await itemOf(ceremony, format, wrong ? { signature: wrong } : {}))
  }
  return (defect && breakList[defect]?.(items)) ?? items
}

async function itemOf(ceremony: AttestationCeremony, format: keyof typeof statementOf, misbehave: Misbehaviour): Promise<CborMap> {
  return new Map<string, CborValue>([
    ['fmt', identifierOf(format)],
    ['attStmt', await statementOf[format]({ ...ceremony, misbehave })],
  ])
}
