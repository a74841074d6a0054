// `npm run screenshots`: every screen and its main states, phone and desktop, light and dark, as PNG files and contact sheets.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CLOSING, FROZEN, INSIDE, MEMBER, OUTSIDE, type Screen, signInAsSample } from './screens.ts'
import { openWorld, Person, type World } from './world.ts'

const OUT = resolve(process.env.SCREENSHOTS_DIR ?? 'screenshots')
const ONLY = process.env.SCREENSHOTS_ONLY
const VIEWS = [
  { width: 390, height: 844, theme: 'light' },
  { width: 390, height: 844, theme: 'dark' },
  { width: 1280, height: 900, theme: 'light' },
  { width: 1280, height: 900, theme: 'dark' },
] as const

async function shoot(world: World, screens: Screen[], shots: string[], before?: (person: Person) => Promise<void>): Promise<void> {
  for (const view of VIEWS) {
    const person = await Person.arrive(world, { viewport: { width: view.width, height: view.height }, colorScheme: view.theme })
    await before?.(person)
    for (const screen of screens) {
      if (ONLY && !screen.name.includes(ONLY)) continue
      const file = `${screen.name}.${view.theme}.${view.width}.png`
      try {
        await screen.show(person, world)
        await person.page.waitForTimeout(250)
        const dialog = (await person.page.locator('dialog[open]').count()) > 0
        await person.page.screenshot({ path: join(OUT, file), fullPage: !dialog, animations: 'disabled' })
        shots.push(file)
      } catch (error) {
        console.error(`${file}: ${(error as Error).message.split('\n')[0]}`)
      }
    }
    for (const line of person.violations) console.error(`${view.theme} ${view.width}: ${line}`)
    await person.leave()
  }
}

/** One page per theme and width with everything on it. */
async function contactSheets(world: World, shots: string[]): Promise<void> {
  for (const view of VIEWS) {
    const files = shots.filter(file => file.endsWith(`.${view.theme}.${view.width}.png`))
    const cells = files
      .map(
        file => `<figure><img src="${pathToFileURL(join(OUT, file))}" width="${view.width / 2}"><figcaption>${file}</figcaption></figure>`,
      )
      .join('')
    const sheet = join(OUT, `sheet.${view.theme}.${view.width}.html`)
    writeFileSync(
      sheet,
      `<!doctype html><style>body{font:12px sans-serif;display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;background:#8a94a3}figure{margin:0}img{display:block}</style>${cells}`,
    )
    const page = await world.chromium.newPage({ viewport: { width: 1700, height: 1000 } })
    await page.goto(String(pathToFileURL(sheet)))
    await page.screenshot({ path: join(OUT, `sheet.${view.theme}.${view.width}.png`), fullPage: true })
    await page.close()
  }
}

mkdirSync(OUT, { recursive: true })
const world = await openWorld()
const shots: string[] = []
await shoot(world, OUTSIDE, shots)
await shoot(world, INSIDE, shots, signInAsSample)
await shoot(world, MEMBER, shots)
await shoot(world, FROZEN, shots)
await shoot(world, CLOSING, shots)
await contactSheets(world, shots)
await world.end()
console.log(`${shots.length} pictures in ${OUT}`)
process.exit(0)
