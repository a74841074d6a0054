import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Each mode makes one file that imports no other. */
const FILES: Record<string, { input: string; folder: string; name: string }> = {
  latchkey: { input: at('src/pages/main.ts'), folder: at('dist/pages'), name: 'latchkey.js' },
  'check-device': { input: at('src/check-device.ts'), folder: at('dist/pages'), name: 'check-device.js' },
  // on top of what tsc emits for the same source: browsers get it without its imports
  'pretend-device': { input: at('../testing/src/pretend-device.ts'), folder: at('../testing/dist'), name: 'pretend-device.js' },
}

/** How a file of ours is told from what tsc emits under the same name. */
export const BANNER = '/*! Latchkey, Apache-2.0 */'

export default defineConfig(({ mode }): UserConfig => {
  const file = FILES[mode]
  if (!file) throw new Error(`vite build --mode ${Object.keys(FILES).join(' | ')}`)
  return {
    root: at('.'),
    publicDir: false,
    logLevel: 'warn',
    build: {
      target: ['chrome109', 'safari16', 'firefox122'],
      outDir: file.folder,
      emptyOutDir: false,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: file.input,
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: file.name, postBanner: BANNER, codeSplitting: false },
      },
    },
  }
})
