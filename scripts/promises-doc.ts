import type { PromiseTest } from '../packages/server/src/development/promise-tests.ts'
import { PROMISES, type PromiseRow } from '../packages/server/src/development/promises.ts'

const GROUPS = [
  ['K', 'The first article'],
  ['O', 'The second article'],
  ['F', 'What the best systems have beside them'],
  ['N', 'What none of them has'],
] as const

const INTRO = `# The promises

Two public help articles describe passkey account security as customers meet it. Each of their statements is a row here, with the screen
that keeps it and the tests that prove it; the same list, with links to the living screens, is at \`/development/checklist\` of a
development server. A test proves a row when its title begins with it: \`K18: …\`. Each row names rules of the product, or its own text, without which
one of these tests fails (\`npm run mutate -- --rows\`); the last column counts them.

Written by \`npm run docs\` from \`packages/server/src/development/promises.ts\` and the titles of the tests; do not edit.
`

/** A cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** Row → its tests, or the mutants that they notice. */
type ByRow<T> = ReadonlyMap<string, readonly T[]>

function line({ row, promise, where, later }: PromiseRow, tests: readonly PromiseTest[], mutants: number): string {
  const proof = tests.map(({ title, file }) => `${cell(title)} ([${file.split('/').at(-1)}](../${file}))`).join('<br>')
  return `| ${row} | ${cell(promise)} | ${where === null ? '' : `\`${where}\``} | ${proof || (later ? 'later' : '**no test yet**')} | ${later ? '' : mutants} |`
}

/** @returns the whole of `docs/promises.md` */
export function promisesMarkdown(tests: ByRow<PromiseTest>, mutants: ByRow<string>): string {
  const tables = GROUPS.map(([letter, title]) => {
    const lines = PROMISES.filter(({ row }) => row.startsWith(letter)).map(promise =>
      line(promise, tests.get(promise.row) ?? [], mutants.get(promise.row)?.length ?? 0),
    )
    return `\n## ${title}\n\n| row | promise | screen | tests | mutants |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`
  })
  return INTRO + tables.join('')
}

/** Rows that are kept and have no test named after them, or name nothing that their tests notice. */
export const unproven = (tests: ByRow<PromiseTest>, mutants: ByRow<string>): string[] =>
  PROMISES.filter(({ row, later }) => !later && !(tests.has(row) && mutants.get(row)?.length)).map(
    ({ row, promise }) => `${row} ${promise}`,
  )
