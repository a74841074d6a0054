import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Failure, LaneMessage, RunRequest } from './lane-messages.ts'

export interface RunResult {
  failure: Failure | null
  /** Files that were over their time. */
  timedOut: string[]
  passed: Record<string, { ms: number; passed: boolean }>
}

/** One scratch copy with the process that runs its tests; that process is started again when it hangs or dies. */
export class Lane {
  readonly folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #limitOf: (file: string) => number
  #child: ChildProcess | null = null
  /** What the run before had changed, and what stands there again by now. */
  #before: string[] = []

  constructor(folder: string, env: NodeJS.ProcessEnv, limitOf: (file: string) => number) {
    this.folder = folder
    this.#env = env
    this.#limitOf = limitOf
  }

  /** Runs test files until one notices; one that hangs is left out and the rest goes on. */
  async run(request: RunRequest): Promise<RunResult> {
    const result: RunResult = { failure: null, timedOut: [], passed: {} }
    const changed = [...new Set([...this.#before, ...request.changed])]
    this.#before = request.changed
    let files = request.files
    while (files.length > 0) {
      const hung = await this.#runOnce({ ...request, files, changed }, result)
      if (hung === null || result.failure) break
      result.timedOut.push(hung)
      this.stop()
      files = files.filter(file => file !== hung && result.passed[file] === undefined)
    }
    return result
  }

  /** @returns the file that hung, or null */
  async #runOnce(request: RunRequest, result: RunResult): Promise<string | null> {
    const child = this.#child ?? (await this.#start())
    let current = request.files[0]!
    return new Promise((resolve, reject) => {
      const over = (hung: string | null): void => {
        clearTimeout(timer)
        child.off('message', hear)
        child.off('exit', died)
        resolve(hung)
      }
      const died = (): void => over(current)
      const patience = (file: string): NodeJS.Timeout => setTimeout(() => over(file), this.#limitOf(file))
      let timer = patience(current)
      const hear = (message: LaneMessage): void => {
        if (message.kind === 'broken') reject(new Error(message.message))
        if (message.kind === 'done') over(null)
        if (message.kind === 'started') {
          current = message.file
          clearTimeout(timer)
          timer = patience(current)
        }
        note(result, message)
      }
      child.on('message', hear)
      child.on('exit', died)
      child.send(request)
    })
  }

  #start(): Promise<ChildProcess> {
    const script = join(this.folder, 'scripts/mutate/lane-process.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', script, this.folder], {
      cwd: this.folder,
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', process.env.MUTATE_DEBUG ? 'inherit' : 'ignore', 'inherit', 'ipc'],
      // a group of its own, so that what the tests started ends with it
      detached: true,
    })
    this.#child = child
    child.on('exit', () => {
      if (this.#child === child) this.#child = null
    })
    return new Promise((resolve, reject) => {
      child.once('message', () => resolve(child))
      child.once('exit', code => reject(new Error(`the process of ${this.folder} ended at its start (${code})`)))
    })
  }

  /** Ends the process and all that its tests started. */
  stop(): void {
    const pid = this.#child?.pid
    this.#child = null
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }
}

function note(result: RunResult, message: LaneMessage): void {
  if (message.kind === 'finished') result.passed[message.file] = { ms: message.ms, passed: message.passed }
  if (message.kind !== 'failure') return
  if (message.failure.kind === 'timeout') result.timedOut.push(message.failure.file)
  else result.failure ??= message.failure
}
