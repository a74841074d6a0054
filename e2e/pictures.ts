// `npm run pictures`: the eight pictures of the README and the docs, into docs/pictures.
import { join } from 'node:path'
import { INSIDE, OUTSIDE, signInAsSample } from './screens.ts'
import { openWorld, Person } from './world.ts'

const OUT = 'docs/pictures'
const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1180, height: 820 }
const PICTURES = [
  { screen: 'S03-next', file: 'sign-in', viewport: DESKTOP, theme: 'light' },
  { screen: 'S12-security', file: 'security', viewport: DESKTOP, theme: 'light' },
  { screen: 'S13-passkeys', file: 'passkeys', viewport: PHONE, theme: 'light' },
  { screen: 'S14-delete', file: 'delete', viewport: DESKTOP, theme: 'dark' },
  { screen: 'S15-lost-device', file: 'lost-device', viewport: PHONE, theme: 'light' },
  { screen: 'S23-approve', file: 'approve', viewport: PHONE, theme: 'dark' },
  { screen: 'S26-check-device', file: 'check-device', viewport: DESKTOP, theme: 'light' },
  { screen: 'demo', file: 'demo', viewport: DESKTOP, theme: 'light' },
] as const
const world = await openWorld()
for (const { screen, file, viewport, theme } of PICTURES) {
  const found = [...OUTSIDE, ...INSIDE].find(one => one.name === screen)
  const person = await Person.arrive(world, { viewport, colorScheme: theme })
  if (INSIDE.some(one => one.name === screen)) await signInAsSample(person)
  await found?.show(person, world)
  await person.page.waitForTimeout(300)
  await person.page.evaluate(() => {
    // the strips of the development server are not what customers see
    for (const strip of document.querySelectorAll('.lk-strip')) strip.remove()
    ;(document.activeElement as HTMLElement | null)?.blur()
  })
  await person.page.screenshot({ path: join(OUT, `${file}.png`), animations: 'disabled' })
  await person.leave()
}
await world.end()
process.exit(0)
