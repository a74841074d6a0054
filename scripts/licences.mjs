// Every package that ships must have a licence that goes with Apache-2.0.
import { existsSync, readFileSync } from 'node:fs'

const GOOD = /^\(?(MIT|MIT-0|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0)\b/
const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const wrong = []
let count = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.startsWith('node_modules/') || entry.link || entry.dev || entry.optional) continue
  const file = new URL(`../${path}/package.json`, import.meta.url)
  if (!existsSync(file)) continue
  const { name, license, licenses } = JSON.parse(readFileSync(file, 'utf8'))
  const text = typeof license === 'string' ? license : (license?.type ?? licenses?.[0]?.type ?? '')
  count++
  if (!GOOD.test(text)) wrong.push(`${name}: ${text || 'no licence'}`)
}
if (wrong.length > 0) {
  console.error(`Licences that need a look:\n${wrong.join('\n')}`)
  process.exit(1)
}
console.log(`${count} shipped packages, licences fine`)
