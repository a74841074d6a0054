import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { OPERATIONS, type Operation, type OperationRow } from '../packages/server/src/domain/policy.ts'
import { PROBLEMS } from '../packages/server/src/domain/problems.ts'
import { en } from '../packages/server/src/messages/en/index.ts'
import { INTENTS } from '../packages/server/src/pages/verify/intents.ts'

const SOURCE = join(import.meta.dirname, '../packages')
const DEFINES = /domain\/(problems|policy)\.ts$|messages\/[a-z]{2}\/|\/wire\.ts$|\.(test|contract|fixture)\.tsx?$|\/dist\/|\/node_modules\//

/** Everything that product code says between quotes; what a template leaves open is `*`. */
function said(): { texts: Set<string>; patterns: RegExp[] } {
  const paths = ['server', 'browser'].flatMap(name =>
    readdirSync(join(SOURCE, name, 'src'), { recursive: true, encoding: 'utf8' }).map(path => join(SOURCE, name, 'src', path)),
  )
  const texts = new Set<string>()
  const patterns: RegExp[] = []
  for (const path of paths.filter(one => /\.tsx?$/.test(one) && !DEFINES.test(one))) {
    const source = readFileSync(path, 'utf8')
    for (const [, , text = ''] of source.matchAll(/(['"])([\w.]+)\1/g)) texts.add(text)
    for (const [, text = ''] of source.matchAll(/`((?:[^`\\]|\\.)*)`/g))
      if (/^[\w.]*\$\{/.test(text) && /[a-z]{2}/.test(text.replace(/\$\{[^}]*\}/g, '')))
        patterns.push(
          new RegExp(
            `^${text
              .split(/\$\{[^}]*\}/)
              .map(part => part.replace(/[^\w]/g, '\\$&'))
              .join('[\\w.]+')}$`,
          ),
        )
  }
  return { texts, patterns }
}

/** With a member, for a reason, or where no money moves: the same word in other circumstances. */
const VARIANT = /[+@~].*$/

const { texts, patterns } = said()
const isReached = (name: string): boolean => texts.has(name) || patterns.some(pattern => pattern.test(name))

const operations = Object.keys(OPERATIONS) as Operation[]
const rowOf = (name: Operation): OperationRow => OPERATIONS[name]

it('every problem is thrown somewhere', () => {
  expect(Object.keys(PROBLEMS).filter(code => !isReached(code))).toEqual([])
})

it('every operation that is not planned is asked for somewhere', () => {
  expect(operations.filter(name => !rowOf(name).planned && !isReached(name))).toEqual([])
})

it('the verification of every operation that is not planned leads somewhere; reading needs none', () => {
  // an undo is proved on its own page, by what stood before
  const unasked: readonly string[] = ['account.read', 'change.undo']
  const built = operations.filter(name => !unasked.includes(name) && !rowOf(name).planned)
  expect(Object.keys(INTENTS).sort()).toEqual(built.sort())
})

it('every change has its name on a page and in a notice', () => {
  const changing = operations.filter(name => rowOf(name).changes)
  const names = changing.flatMap(name => [`operation.${name}`, `notice.operation.${name}`])
  expect(names.filter(name => !Object.hasOwn(en, name))).toEqual([])
})

/** Kinds of events that flows write down, beside the operations themselves. */
const KINDS = /(?:happened\(\w+, |kind: )'([a-z_.]+)'/g

it('S25: every event that is written down is said in a sentence on the activity page', () => {
  const written = readdirSync(join(SOURCE, 'server/src/flows'), { recursive: true, encoding: 'utf8' })
    .filter(path => /\.ts$/.test(path) && !/\.(test|fixture)\.ts$/.test(path))
    .map(path => readFileSync(join(SOURCE, 'server/src/flows', path), 'utf8'))
    .flatMap(source => [...source.matchAll(/(?:record|happened|eventRow)\([^;]*?\n?[^;]*?(?:\)|\})/g)].map(([call]) => call))
    .flatMap(call => [...call.matchAll(KINDS)].map(([, kind]) => kind))
  const changing = operations.filter(name => rowOf(name).changes && name !== 'passkey.add')
  const kinds = new Set([...written, ...changing])
  expect(kinds.size).toBeGreaterThan(35)
  expect([...kinds].filter(kind => !Object.hasOwn(en, `activity.${kind}`))).toEqual([])
})

it('every word is said somewhere', () => {
  expect(Object.keys(en).filter(key => !isReached(key.replace(VARIANT, '')))).toEqual([])
})
