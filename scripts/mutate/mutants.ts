import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { type Around, isFunction, parseSource, placeName, type SourceFile, walk } from './ast.ts'
import { groupBy } from './group.ts'
import { RULES } from './rules/index.ts'
import type { Change, Edit, Rule } from './rules/rule.ts'

/** One small change of one rule of the product. */
export interface Mutant {
  /** rule/function/ordinal: no path and no line, so that it survives a move of the file. */
  id: string
  rule: string
  path: string
  edits: Edit[]
  /** Hash of the declaration in which it stands, and of what it becomes: while that is so, a verdict holds. */
  text: string
  /** Where a test has to come by, to notice. */
  reach: number
  /** Constants in capitals in which it stands, or that its rule is about: tests that import them say nothing about it. */
  tables: string[]
}

const FOLDERS = ['packages/server/src', 'packages/browser/src']
const isJudged = (name: string): boolean => /\.tsx?$/.test(name) && !/\.(test|contract|fixture|d)\.tsx?$/.test(name)

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** Every source that is judged; none is left out but tests and what they share. */
export function judgedPaths(root: string): string[] {
  const names = FOLDERS.flatMap(folder => readdirSync(join(root, folder), { recursive: true }).map(name => join(folder, String(name))))
  return names
    .filter(isJudged)
    .map(name => name.split(sep).join('/'))
    .sort()
}

export const readSources = (root: string): SourceFile[] =>
  judgedPaths(root).map(path => parseSource(path, readFileSync(join(root, path), 'utf8')))

interface Found {
  rule: string
  path: string
  change: Change
  name: string
  /** Text of what it stands in: two functions of one name in two files are told apart by it, not by where they are. */
  within: string
  text: string
  tables: string[]
}

/** `GROUPS` of a change inside it, and what a change of the one look-up stands for. */
function tablesOf(around: Around, change: Change): string[] {
  const constants = around
    .filter(node => node.type === 'VariableDeclarator' && node.id.type === 'Identifier')
    .map(node => String(node.id.name))
  const presets = constants.some(name => /^(product|exchange|strict)$/.test(name)) ? ['PRESETS'] : []
  return [...constants, ...presets, ...(change.tables ?? [])].filter(name => /^[A-Z][A-Z0-9_]+$/.test(name))
}

function placesOf(file: SourceFile, all: readonly Rule[]): Found[] {
  const rules = all.filter(rule => !rule.where || rule.where.test(`/${file.path}`))
  const found: Found[] = []
  walk(file.program, (node, around) => {
    for (const rule of rules) for (const change of rule.at(node, around, file)) found.push(foundAt(rule, file, around, change))
  })
  return found
}

/** What a verdict rests on: the outermost declaration around a place; of a table, the row alone. */
function ground(around: Around, file: SourceFile): { start: number; end: number } {
  const outermost = around.findIndex(one => isFunction(one) || one.type === 'VariableDeclaration')
  const inside = around.slice(outermost).find(one => isFunction(one) || one.type === 'Property')
  return (inside?.type === 'Property' ? inside : around[outermost]) ?? { start: 0, end: file.text.length }
}

function foundAt(rule: Rule, file: SourceFile, around: Around, change: Change): Found {
  const textOf = ({ start, end }: { start: number; end: number }): string => file.text.slice(start, end)
  const declares = around.find(one => isFunction(one) || one.type === 'VariableDeclaration')
  const on = ground(around, file)
  const becomes = change.edits.map(({ start, end, text }) => [
    start < on.start || end > on.end ? null : start - on.start,
    end - start,
    text,
  ])
  return {
    rule: rule.name,
    path: file.path,
    change,
    name: change.name ?? placeName(around),
    within: declares ? textOf(declares) : '',
    text: hashOf(JSON.stringify([textOf(on), becomes])),
    tables: tablesOf(around, change),
  }
}

/** @returns all mutants, in the order of files */
export function mutantsOf(files: readonly SourceFile[], rules: readonly Rule[] = RULES): Mutant[] {
  const groups = groupBy(
    files.flatMap(file => placesOf(file, rules)),
    ({ rule, name }) => `${rule}/${name}`,
  )
  return [...groups].flatMap(([name, places]) => numbered(name, places))
}

function numbered(name: string, places: Found[]): Mutant[] {
  const functions = groupBy(places, place => `${place.within}\0${place.path}`)
  const ordered = [...functions.values()].sort(([a], [b]) => (a!.within < b!.within ? -1 : a!.within > b!.within ? 1 : 0)).flat()
  return ordered.map(({ rule, path, change, text, tables }, index) => ({
    id: `${name}/${index + 1}`,
    rule,
    path,
    edits: change.edits,
    text,
    reach: change.reach ?? change.edits[0]!.start,
    tables,
  }))
}

/** The text of a file with the edits made. */
export function applied(text: string, edits: readonly Edit[]): string {
  const last = [...edits].sort((a, b) => b.start - a.start)
  return last.reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text)
}

/** The part of the product that a path belongs to: the table is printed by it. */
export function areaOf(path: string): string {
  const [, name = '', , folder = ''] = path.split('/')
  if (name === 'browser') return 'browser'
  return folder.includes('.') ? 'server' : folder
}
