import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { hashOf } from './mutants.ts'

/** Browsers last: they cost most. */
const FOLDERS = ['packages', 'examples', 'test', 'e2e']

/** Files below a folder, with slashes; built and installed ones aside. */
export function filesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return /^(node_modules|dist|data)$/.test(entry.name) ? [] : filesIn(root, path)
    return [path.split(sep).join('/')]
  })
}

/** This machine's own tests run others, and judge nothing of the product. */
const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path) && path !== 'test/mutate.test.ts'

/** What tests are made of beside themselves. */
const isSupport = (path: string): boolean => /\.(test|contract|fixture)\.tsx?$|^(test|e2e)\/|^packages\/testing\/src\//.test(path)

/** Needs a browser, and the bundle that pages load. */
export const isBrowserTest = (path: string): boolean => path.startsWith('e2e/')

/** Starts processes from what is built, by its own text. */
const usesBuilt = (text: string): boolean => /\bdist\/|scripts\/(start|dev|build)\.mjs|npm (start|run|pack)|'npm'/.test(text)

export interface TestFile {
  path: string
  text: string
  hash: string
  /** Starts processes from what is built, itself or by what it imports from beside it. */
  built: boolean
  /** Full names of those of its tests that are asked; all where left out. */
  titles?: readonly string[] | undefined
}

/** Texts of the test's own helpers that it imports. */
function besides(root: string, path: string, text: string): string[] {
  const names = [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, name = '']) => join(root, dirname(path), name))
  return names
    .filter(name => isSupport(relative(root, name).split(sep).join('/')) && existsSync(name))
    .map(name => readFileSync(name, 'utf8'))
}

/** It runs only where the published vectors lie beside the checkout: what it alone noticed, nobody else would. */
const NOT_EVERYWHERE = 'packages/server/src/webauthn/w3c-vectors.test.ts'

export const readTests = (root: string): TestFile[] =>
  FOLDERS.flatMap(folder => filesIn(root, folder))
    .filter(path => isTest(path) && path !== NOT_EVERYWHERE)
    .map(path => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, hash: hashOf(text), built: [text, ...besides(root, path, text)].some(usesBuilt) }
    })

/** One hash over all that tests are made of: a mutant that survived is tried again when any of it changed. */
export const hashOfTests = (root: string): string =>
  hashOf(
    FOLDERS.flatMap(folder => filesIn(root, folder))
      .filter(isSupport)
      .sort()
      .map(path => path + hashOf(readFileSync(join(root, path), 'latin1')))
      .join('\n'),
  )
