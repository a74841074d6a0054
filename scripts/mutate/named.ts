import { join } from 'node:path'
import { PROMISES } from '../../packages/server/src/development/promises.ts'
import { readJson } from './read-json.ts'

export const ROWS_FILE = 'scripts/mutate/rows.json'

/** Rows that are kept, in their order. */
export const KEPT: readonly string[] = PROMISES.filter(({ later }) => !later).map(({ row }) => row)

/**
 * The mutants that each row of the promises names: the tests of the row must notice them. A row that is a text on a page needs to
 * name nothing: it is left off.
 *
 * @returns row → ids
 */
export function namedMutants(root: string): Map<string, string[]> {
  const named = readJson<Record<string, string[]>>(join(root, ROWS_FILE), {})
  const textOf = new Map(PROMISES.map(({ row, words }) => [row, words ? [`words/${words}/1`] : []]))
  return new Map(KEPT.map(row => [row, named[row] ?? textOf.get(row) ?? []]))
}

/** Whether a test file has a title, or the row of a table of tests, that begins with rows of which this is one. */
export const holdsRow = (text: string, row: string): boolean => new RegExp(`['"\`](?:[A-Z]+-?\\d+[,: ]+)*${row}\\b`).test(text)
