import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A test that is named after a promise: `it('K18: creating asks for a verification first', …)`. */
export interface PromiseTest {
  title: string
  /** From the root of the repository, with slashes. */
  file: string
}

/** The root of the repository, from `src` and from `dist` alike; an installed package has no tests there. */
export const REPOSITORY: string = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..')

const PLACES = ['packages', 'examples', 'test', 'e2e']
const NOT_OURS = new Set(['node_modules', 'dist', 'data'])
const TEST_FILE = /\.test\.tsx?$/
/** A string in quotes, right behind an opening parenthesis; what stands before it tells whether it runs. */
const TITLE = /([\w.]*)\s*\(\s*(['"`])((?:\\.|(?!\2)[^\\\n])+)\2/g
/** `K37, F29:` or `N4, INV-11:`, also without the colon. */
const ROWS = /^(?:(?:[KOFN]\d{1,2}|INV-\d+|V-\d+)(?!\d)[\s,;:]+)+/
const DOES_NOT_RUN = /(?:^|\.)(?:todo|skip|fails)$/

/**
 * Reads the titles of all tests in the sources and sorts them by the rows that they begin with.
 *
 * @param root of the repository
 * @returns row → its tests, by file
 * @example (await findPromiseTests(REPOSITORY)).get('K18')
 */
export async function findPromiseTests(root: string): Promise<Map<string, PromiseTest[]>> {
  const files = (await Promise.all(PLACES.map(place => testFiles(join(root, place))))).flat().sort()
  const found = new Map<string, PromiseTest[]>()
  for (const path of files) {
    const file = relative(root, path).split(sep).join('/')
    for (const { rows, title } of titlesIn(await readFile(path, 'utf8')))
      for (const row of rows) found.set(row, [...(found.get(row) ?? []), { title, file }])
  }
  return found
}

async function testFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const deeper = entries.filter(entry => entry.isDirectory() && !NOT_OURS.has(entry.name)).map(entry => testFiles(join(folder, entry.name)))
  const own = entries.filter(entry => entry.isFile() && TEST_FILE.test(entry.name)).map(entry => join(folder, entry.name))
  return [...own, ...(await Promise.all(deeper)).flat()]
}

/** @example titlesIn("it('K1, O1: signs in', …)") // [{ rows: ['K1', 'O1'], title: 'signs in' }] */
export function titlesIn(source: string): { rows: string[]; title: string }[] {
  return [...source.matchAll(TITLE)].flatMap(([, call = '', , text = '']) => {
    const head = ROWS.exec(text)?.[0] ?? ''
    const rows = head.match(/\b[KOFN]\d+/g) ?? []
    return rows.length === 0 || DOES_NOT_RUN.test(call) ? [] : [{ rows, title: text.slice(head.length).replace(/\\(.)/g, '$1') }]
  })
}
