import { join } from 'node:path'
import { PROMISES } from '../../packages/server/src/development/promises.ts'
import { readJson } from './read-json.ts'

export const ROWS_FILE = 'scripts/mutate/rows.json'

/** Rows that are kept, in their order. */
export const KEPT: readonly string[] = PROMISES.filter(({ later }) => !later).map(({ row }) => row)

/**
 * The mutants that each row of the promises names: the tests of the row must notice them. The text of a row, left off its page, stands
 * for itself.
 *
 * @returns row → ids
 */
export function namedMutants(root: string): Map<string, string[]> {
  const named = readJson<Record<string, string[]>>(join(root, ROWS_FILE), {})
  const textOf = new Map(PROMISES.map(({ row, words }) => [row, words ? [`words/${words}/1`] : []]))
  return new Map(KEPT.map(row => [row, [...(textOf.get(row) ?? []), ...(named[row] ?? [])]]))
}
