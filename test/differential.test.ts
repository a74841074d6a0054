import { beforeAll, describe, expect, it } from 'vitest'
import { namedCases } from '../scripts/differential/cases.ts'
import { KNOWN } from '../scripts/differential/known.ts'
import { type Judged, judgeAll } from '../scripts/differential/run.ts'

const cases = namedCases()
let judged: Judged[] = []

/** The W3C's vectors are not always here; then the differences in them cannot show. */
const isHere = (name: string): boolean => !name.includes('w3c/') || cases.some(one => one.name === name)
const sorted = (names: readonly string[]): string[] => [...names].toSorted()

beforeAll(async () => {
  judged = await judgeAll(cases)
})

describe('our verifier and the second opinion', () => {
  it('have a name for every case, and one only', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
    const listed = KNOWN.flatMap(known => known.cases)
    expect(new Set(listed).size).toBe(listed.length)
  })

  for (const only of ['ours', 'theirs'] as const) {
    it(`differ where it is known: only ${only} accepts`, () => {
      const kinds = KNOWN.filter(kind => kind.only === only)
      const chance = kinds.flatMap(kind => kind.byChance ?? [])
      const differing = judged.filter(
        ({ our, their, name }) => our.accepted !== their.accepted && our.accepted === (only === 'ours') && !chance.includes(name),
      )
      const known = kinds.flatMap(kind => kind.cases)
      expect(sorted(differing.map(({ name }) => name))).toEqual(sorted(known.filter(isHere)))
    })
  }

  it('ours refuses with its own error alone', () => {
    expect(judged.filter(({ our }) => our.untidy).map(({ name, our }) => `${name}: ${our.reason}`)).toEqual([])
  })
})
