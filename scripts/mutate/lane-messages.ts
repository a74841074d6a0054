/** What is asked of the process that runs tests in one scratch copy, and what it answers. */
export interface RunRequest {
  /** Test files, first to last. */
  files: string[]
  /** Sources that were changed since the last run. */
  changed: string[]
  /** Tests by file and lines that never count as the one that noticed. */
  notCounting: Record<string, [number, number][]>
  /** Only tests whose full name fits; all where left out. */
  titles?: string | undefined
}

export interface Failure {
  file: string
  title: string
  kind: 'assertion' | 'timeout' | 'import'
  message: string
}

export type LaneMessage =
  | { kind: 'ready' }
  | { kind: 'started'; file: string }
  | { kind: 'finished'; file: string; ms: number; passed: boolean }
  | { kind: 'failure'; failure: Failure }
  | { kind: 'done' }
  | { kind: 'broken'; message: string }
