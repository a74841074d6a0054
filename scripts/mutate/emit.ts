import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformWithOxc } from 'vite'

/** Where the compiler puts what it makes of a source. */
const builtPath = (path: string): string => path.replace('/src/', '/dist/').replace(/\.tsx?$/, '.js')

/** Writes one source's `dist` file, as the compiler would, but whatever its types are. */
export async function emit(root: string, path: string, text: string): Promise<void> {
  const { code } = await transformWithOxc(text, path, {
    lang: path.endsWith('x') ? 'tsx' : 'ts',
    jsx: { runtime: 'automatic', importSource: 'hono/jsx' },
    typescript: { rewriteImportExtensions: true },
  })
  writeFileSync(join(root, builtPath(path)), code.replace(/(from\s*|import\s*\(?\s*)(['"])(\.[^'"]+)\.tsx?\2/g, '$1$2$3.js$2'))
}
