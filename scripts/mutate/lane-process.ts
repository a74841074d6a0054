/** Runs test files in one scratch copy for as long as it is asked to: Vitest stays, the process that holds the modules is new each time. */
import { join, relative } from 'node:path'
import { createVitest, type Reporter, type TestCase, type TestModule, type Vitest } from 'vitest/node'
import type { Failure, LaneMessage, RunRequest } from './lane-messages.ts'

const root = process.argv[2]!
const say = (message: LaneMessage): void => void process.send?.(message)
const pathOf = (module: TestModule): string => relative(root, module.moduleId)

let request: RunRequest = { files: [], changed: [], notCounting: {} }
let stopped = false

const isTimeout = (message: string): boolean => /timed out in \d+ms/i.test(message)

function counts(module: TestModule, line: number | undefined): boolean {
  const ranges = request.notCounting[pathOf(module)] ?? []
  return !ranges.some(([first, last]) => line !== undefined && first <= line && line <= last)
}

function fail(failure: Failure): void {
  if (stopped) return
  say({ kind: 'failure', failure })
  // a timeout proves nothing: another file may still notice
  if (failure.kind === 'timeout') return
  stopped = true
  void vitest.cancelCurrentRun('test-failure')
}

function onTest(test: TestCase): void {
  const { state, errors } = test.result()
  if (state !== 'failed' || !counts(test.module, test.location?.line)) return
  const message = errors?.[0]?.message ?? ''
  fail({ file: pathOf(test.module), title: test.fullName, kind: isTimeout(message) ? 'timeout' : 'assertion', message })
}

/** What failed outside of its tests: at import, or in what stands before them. */
function onModule(module: TestModule): void {
  const first = module.errors()[0] ?? [...module.children.allSuites()].flatMap(suite => suite.errors())[0]
  if (first && counts(module, 0)) {
    const imported = [...module.children.allTests()].length > 0
    const kind = !imported ? 'import' : isTimeout(first.message) ? 'timeout' : 'assertion'
    fail({ file: pathOf(module), title: imported ? 'before its tests' : 'import', kind, message: first.message })
  }
  const { duration } = module.diagnostic()
  say({ kind: 'finished', file: pathOf(module), ms: Math.round(duration), passed: module.state() === 'passed' })
}

const reporter: Reporter = {
  onTestModuleQueued: module => say({ kind: 'started', file: pathOf(module) }),
  onTestModuleStart: module => say({ kind: 'started', file: pathOf(module) }),
  onTestCaseResult: onTest,
  onTestModuleEnd: onModule,
}

/** In the order in which they were asked for: the one that is likeliest to notice comes first. */
class AsAsked {
  sort<T>(specifications: T[]): T[] {
    return specifications
  }
  shard<T>(specifications: T[]): T[] {
    return specifications
  }
}

const vitest: Vitest = await createVitest('test', {
  root,
  config: join(root, 'scripts/mutate/vitest.config.ts'),
  watch: false,
  reporters: [reporter],
  sequence: { sequencer: AsAsked as never },
})

async function run(): Promise<void> {
  stopped = false
  for (const path of request.changed) vitest.invalidateFile(join(root, path))
  if (request.titles) vitest.setGlobalTestNamePattern(new RegExp(request.titles))
  else vitest.resetGlobalTestNamePattern()
  const known = await vitest.globTestSpecifications(request.files.map(file => join(root, file)))
  const wanted = request.files.flatMap(file => known.filter(one => one.moduleId === join(root, file)))
  if (wanted.length > 0) await vitest.runTestSpecifications(wanted)
  say({ kind: 'done' })
}

process.on('message', message => {
  request = message as RunRequest
  run().catch(error => say({ kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
})
// whoever asked is gone: so are the tests that run, with all that they started
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'))
say({ kind: 'ready' })
