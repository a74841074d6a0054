import { readFileSync } from 'node:fs'
import { type Config, ConfigError, type LatchkeyOptions, parseConfig } from '../config.ts'
import type { Store } from '../store/store.ts'
import { checkFiles } from './well-known.ts'
import { changedSettings, settingsOfBefore, stranded, waySettings } from './what-if.ts'

type Print = (line: string) => void

/** `latchkey doctor`: a line for each well-known file. @returns whether all is well */
export async function examine(options: LatchkeyOptions, print: Print, ask: typeof fetch = fetch): Promise<boolean> {
  const findings = await checkFiles(parseConfig(options), ask)
  for (const { url, what, problem, wanted } of findings) {
    print(problem === null ? `ok     ${url}` : `WRONG  ${url}: ${problem}`)
    if (problem !== null) print(`       ${what}. It has to be ${wanted}`)
  }
  return findings.every(({ problem }) => problem === null)
}

/**
 * `latchkey doctor --what-if`: a line for each account that other settings would leave without a way in. They are compared with those
 * that a server last started with; before the first start, with `now`.
 *
 * @returns whether there is none
 */
export async function whatIf(store: Store, now: Config, then: Config, print: Print): Promise<boolean> {
  const before = (await settingsOfBefore(store)) ?? waySettings(now)
  const after = waySettings(then)
  const changed = changedSettings(before, after)
  if (changed.length === 0) {
    print('Nothing that decides who can sign in would change.')
    return true
  }
  let count = 0
  for await (const { accountId, name, with: had } of stranded(store, now.policy, before, after)) {
    count++
    print(`${accountId}  ${name}  ${had.join(' ')}`)
  }
  print(`Accounts that could not sign in any more: ${count} (${changed.join(', ')}).`)
  return count === 0
}

/** The options as they would be. @throws ConfigError for a file that cannot be read, or says something that is no option */
export function changedOptions(options: LatchkeyOptions, file: string): LatchkeyOptions {
  const changes = readChanges(file)
  return { ...options, ...changes, policy: { ...options.policy, ...changes.policy } }
}

function readChanges(file: string): Partial<LatchkeyOptions> {
  try {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
  } catch (error) {
    throw new ConfigError([`${file} can't be read: ${(error as Error).message}`])
  }
  throw new ConfigError([`${file} must hold an object of options, such as { "policy": { "smsStep": false } }`])
}
