import { detectors, type Result, UNKNOWN } from './device-detectors.ts'
import { type Device, readDevice, within } from './device-facts.ts'
import { type CheckedRow, type DeviceReport, judge, type Level, reportText, type Verdict, type Words, wireReport } from './device-report.ts'

/**
 * Checks the device and puts the result on the page. The button "Try it" is only shown here; the page script handles it.
 */
export async function checkDevice(root: ParentNode = document): Promise<DeviceReport | null> {
  const board = root.querySelector<HTMLElement>('[data-lk-verdict]')
  const rows = [...root.querySelectorAll<HTMLElement>('[data-lk-check]')]
  if (board === null || rows.length === 0) return null
  const words = JSON.parse(board.dataset.lkCheckWords ?? '{}') as Words
  for (const row of rows) setBadge(row, words.checking, '')

  const device = await readDevice()
  const results = await Promise.all(rows.map(row => detect(row, device)))
  const checked: CheckedRow[] = []
  rows.forEach((row, i) => {
    const result = results[i]
    if (!result) row.remove()
    else checked.push(show(row, result, device, words, root))
  })
  for (const group of root.querySelectorAll<HTMLElement>('[data-lk-group]')) group.hidden = group.querySelector('[data-lk-check]') === null

  const verdict = judge(checked)
  showVerdict(board, verdict, words)
  const report = { verdict, rows: checked, text: reportText(verdict, checked, device) }
  wireReport(root, report.text, words)
  // rows have moved since the browser went to the one that the address names
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView()
  return report
}

async function detect(row: HTMLElement, device: Device): Promise<Result | null> {
  const shownOn = row.dataset.lkShownOn
  if (shownOn !== undefined && !shownOn.split(' ').some(name => name === device.system || name === device.browser)) return null
  const detector = detectors[row.dataset.lkCheck ?? '']
  if (!detector) return null
  const min = JSON.parse(row.dataset.lkMin ?? '{}') as Record<string, number>
  const answer = await within(Promise.resolve(detector(device, min)))
  return answer === undefined ? UNKNOWN : answer
}

function show(row: HTMLElement, result: Result, device: Device, words: Words, root: ParentNode): CheckedRow {
  const text = (part: string): string | undefined => {
    const value = (result.variant && row.getAttribute(`data-lk-${result.variant}-${part}`)) || row.getAttribute(`data-lk-${part}`)
    return value?.replace('{browser}', `${device.browser} ${device.major}`)
  }
  const level = (text('level') ?? 'info') as Level
  const note = row.querySelector<HTMLElement>('[data-lk-note]')
  const said = text(result.state === 'info' ? 'ok' : result.state) ?? text('ok')
  if (note && said) note.textContent = said
  const fix = row.querySelector<HTMLElement>('[data-lk-fix]')
  if (fix) {
    fix.hidden = result.state === 'ok'
    const variant = text('fix')
    if (variant) fix.textContent = variant
  }
  const hard = result.state === 'fail' && level === 'block'
  const quiet = result.state !== 'ok' && (level === 'info' || result.state === 'info')
  const tone =
    result.state === 'ok'
      ? level === 'info' && result.variant
        ? ''
        : 'ok'
      : hard
        ? 'bad'
        : quiet || result.state === 'unknown'
          ? ''
          : 'warn'
  const badge =
    result.state === 'fail' ? (quiet ? words.badges.info : (text('fail-badge') ?? words.badges.fail)) : words.badges[result.state]
  setBadge(row, badge, tone)
  row.querySelector('.lk-tile')?.classList.toggle(`lk-tile--${tone}`, tone === 'warn' || tone === 'bad')
  const group = result.state === 'ok' && tone === 'ok' ? 'working' : result.state === 'fail' && !quiet ? 'fix' : 'know'
  root.querySelector(`[data-lk-group="${group}"] ul`)?.append(row)
  return { id: row.dataset.lkCheck ?? '', state: result.state, level, code: text('code') ?? '' }
}

function setBadge(row: HTMLElement, words: string, tone: string): void {
  const badge = row.querySelector<HTMLElement>('[data-lk-result]')
  if (!badge) return
  badge.textContent = words
  badge.className = `lk-badge lk-end${tone === '' ? ' lk-badge--line' : ` lk-badge--${tone}`}`
  badge.hidden = false
}

function showVerdict(board: HTMLElement, verdict: Verdict, words: Words): void {
  const tone = verdict === 'ready' ? 'ok' : verdict === 'not_here' ? 'bad' : 'warn'
  const tile = board.querySelector<HTMLElement>('.lk-tile')
  if (tile) tile.className = `lk-tile lk-tile--l lk-tile--${tone}`
  const use = tile?.querySelector('use')
  const href = use?.getAttribute('href')
  if (use && href) use.setAttribute('href', href.replace(/#.*/, verdict === 'not_here' ? '#shield-alert' : '#shield-check'))
  const { title, text } = words.verdicts[verdict]
  const heading = board.querySelector('h2')
  const line = board.querySelector('[data-lk-verdict-text]')
  if (heading) heading.textContent = title
  if (line) line.textContent = text
  for (const button of board.querySelectorAll<HTMLElement>('[data-lk-try]')) button.hidden = verdict === 'not_here'
}
