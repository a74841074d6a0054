import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import checkout from '../../vitest.config.ts'
import { parseSource } from './ast.ts'
import { counted } from './blocks.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const JUDGED = /^packages\/(server|browser)\/src\/(?!.*\.(test|contract|fixture)\.tsx?$)/

/** Counts what a test file reaches: blocks of what is judged, and which other files it loads. */
const counting = (): Plugin => ({
  name: 'latchkey:counting',
  enforce: 'pre',
  transform(text, id) {
    const path = relative(ROOT, id.split('?')[0]!).split(sep).join('/')
    if (path.startsWith('..') || /node_modules|^scripts\/mutate\//.test(path) || !/\.tsx?$/.test(path)) return null
    return { code: counted(parseSource(path, text), !JUDGED.test(path)), map: null }
  },
})

const isCounting = process.env.MUTATE_HITS !== undefined

/** As the checkout's own tests run, but one file after the other, with short timeouts, and counted when that is asked for. */
const quiet = (project: TestProjectInlineConfiguration): TestProjectInlineConfiguration => ({
  ...project,
  plugins: isCounting ? [counting()] : [],
  test: {
    ...project.test,
    root: ROOT,
    // a journey in the browser may take a minute beside another lane; a mutant that hangs should not
    testTimeout: isCounting ? 240_000 : 60_000,
    hookTimeout: isCounting ? 240_000 : 60_000,
    retry: 0,
    maxWorkers: 1,
    includeTaskLocation: true,
    ...(isCounting && { setupFiles: [fileURLToPath(new URL('./hits.ts', import.meta.url))] }),
  },
})

export default defineConfig({
  ...checkout,
  root: ROOT,
  test: {
    reporters: [],
    projects: ((checkout.test?.projects ?? []) as TestProjectInlineConfiguration[]).map(quiet),
  },
})
