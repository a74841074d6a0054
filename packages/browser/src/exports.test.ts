import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Manifest {
  files: string[]
  exports: Record<string, string | Record<string, string>>
  bin?: Record<string, string>
}
const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(new URL(`../../${name}/package.json`, import.meta.url), 'utf8')) as Manifest

describe.each(['browser', 'server', 'testing'])('the package %s', name => {
  it('exports nothing that it does not ship', () => {
    const { files, exports, bin = {} } = manifest(name)
    const targets = Object.values(exports).flatMap(entry =>
      typeof entry === 'string' ? [entry] : Object.entries(entry).flatMap(([on, file]) => (on === '@latchkey/source' ? [] : [file])),
    )
    const shipped = (file: string): boolean => file === './package.json' || files.some(folder => file.startsWith(`./${folder}/`))
    expect([...targets, ...Object.values(bin)].filter(file => !shipped(file))).toEqual([])
  })
})
