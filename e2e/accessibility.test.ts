import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { findBrowser } from '@latchkey/testing'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLOSING, FROZEN, INSIDE, OUTSIDE, signInAsSample } from './screens.ts'
import { openWorld, Person, type World } from './world.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
}
const WIDE = { width: 1280, height: 900 }
const PHONE = { width: 390, height: 844 }
const NARROW = { width: 320, height: 568 }

/** In the dark the page is the same one in other colours: all else was judged in the light. */
const COLOURS: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }, resultTypes: ['violations'] }

type Axe = { axe?: { run(context: Document, options: RunOptions): Promise<AxeResults> } }

/** Colours are on their way for a while: looks once they have arrived. */
async function look(page: Page, media: Parameters<Page['emulateMedia']>[0], rules = RULES): Promise<string[]> {
  await page.emulateMedia(media)
  await page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise(resolve => requestAnimationFrame(resolve))
    await frame()
    await Promise.allSettled(document.getAnimations().map(animation => animation.finished))
    await frame()
  })
  return await findings(page, rules)
}

/** What axe finds, a line each: rule, element, what to do. */
async function findings(page: Page, rules: RunOptions): Promise<string[]> {
  // by the debugger, which a Content-Security-Policy does not bind; a page load takes it away
  if (await page.evaluate(() => (globalThis as Axe).axe === undefined)) await page.evaluate(AXE)
  const { violations } = await page.evaluate(options => (globalThis as unknown as Required<Axe>).axe.run(document, options), rules)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id} ${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1]?.trim()}`),
  )
}

/** How far the page can be scrolled sideways, and what sticks out. */
const overhang = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    const wide = [...document.querySelectorAll('body *')].filter(element => element.getBoundingClientRect().right > clientWidth + 0.5)
    return [`${scrollWidth} > ${clientWidth}`, ...wide.slice(0, 5).map(element => `${element.tagName} ${element.className}`)]
  })

/** With forced colours a fill says nothing: each button keeps its edge. */
const edgeless = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.lk-btn:not(.lk-btn--text), .lk-input, .lk-card, .lk-option')]
      .filter(element => element.checkVisibility())
      .filter(element => {
        const { borderBlockStartStyle, borderBlockStartWidth, outlineStyle } = getComputedStyle(element)
        return (borderBlockStartStyle === 'none' || borderBlockStartWidth === '0px') && outlineStyle === 'none'
      })
      .map(element => `${element.tagName} ${element.className} ${element.textContent?.trim().slice(0, 20)}`),
  )

describe.skipIf(!findBrowser())('accessibility', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world?.end())

  describe.each([
    ['a stranger', OUTSIDE, false],
    ['the sample customer', INSIDE, true],
    ['a frozen account', FROZEN, false],
    ['an account that is closed', CLOSING, false],
  ] as const)('of the screens of %s', (_who, screens, inside) => {
    let person: Person
    beforeAll(async () => {
      person = await Person.arrive(world, { viewport: WIDE })
      await person.page.emulateMedia({ reducedMotion: 'reduce' })
      if (inside) await signInAsSample(person)
    })
    afterAll(() => person?.leave())

    it.each(screens)('$name: light, dark, phone, 320 px, forced colours', async screen => {
      const { page } = person
      await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' })
      await page.setViewportSize(WIDE)
      await screen.show(person, world)
      const found: Record<string, string[]> = { light: await look(page, { colorScheme: 'light' }) }
      found.dark = await look(page, { colorScheme: 'dark' }, COLOURS)
      await page.setViewportSize(PHONE)
      found.phone = await look(page, { colorScheme: 'light' })
      await page.setViewportSize(NARROW)
      found.narrow = await overhang(page)
      await page.emulateMedia({ forcedColors: 'active' })
      found.forced = await edgeless(page)
      expect(found).toEqual({ light: [], dark: [], phone: [], narrow: [], forced: [] })
    })

    it('nothing there broke the Content-Security-Policy', () => {
      expect(person.violations).toEqual([])
    })
  })
})
