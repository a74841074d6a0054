import type { State } from './device-detectors.ts'
import type { Device } from './device-facts.ts'

export type Level = 'block' | 'limits' | 'warn' | 'info'
export interface CheckedRow {
  id: string
  state: State
  level: Level
  code: string
}
export interface DeviceReport {
  verdict: Verdict
  rows: CheckedRow[]
  /** For support: what was found, in codes; no names, no addresses. */
  text: string
}
export type Verdict = 'ready' | 'limits_device' | 'limits_phone' | 'limits_both' | 'not_here'

/** Words of the page in its language, from `data-lk-check-words`. */
export interface Words {
  badges: Record<State, string>
  checking: string
  verdicts: Record<Verdict, { title: string; text: string }>
  copied: string
}

/** The worst blocking check decides; warnings never do. */
export function judge(rows: readonly CheckedRow[]): Verdict {
  const failed = rows.filter(row => row.state === 'fail')
  if (failed.some(row => row.level === 'block')) return 'not_here'
  const device = failed.some(row => row.id === 'screen_lock' || row.id === 'linux_desktop')
  const phone = failed.some(row => row.id === 'bluetooth')
  return device && phone ? 'limits_both' : device ? 'limits_device' : phone ? 'limits_phone' : 'ready'
}

export function wireReport(root: ParentNode, text: string, words: Words): void {
  const paper = root.querySelector<HTMLElement>('[data-lk-report]')
  if (paper) {
    paper.textContent = text
    paper.closest<HTMLElement>('[hidden]')?.removeAttribute('hidden')
  }
  for (const button of root.querySelectorAll<HTMLElement>('[data-lk-copy-report]')) {
    button.hidden = navigator.clipboard === undefined
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text).catch(() => undefined)
      const status = document.querySelector('[data-lk-status]')
      if (status) status.textContent = words.copied
    })
  }
}

export function reportText(verdict: Verdict, rows: readonly CheckedRow[], device: Device): string {
  const about = [device.browser && `${device.browser} ${device.major}`, device.system && `${device.system} ${device.systemMajor ?? '?'}`]
    .filter(Boolean)
    .join(', ')
  const lines = rows.map(row => `${row.id}: ${row.state}${row.state === 'fail' && row.code !== '' ? ` ${row.code}` : ''}`)
  return [`LK-check ${verdict} ${new Date().toISOString().slice(0, 16)}Z`, about, ...lines].join('\n')
}
