import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config.ts'
import { type WellKnownFile, wellKnownFiles } from '../http/well-known.ts'

/** What a look at one file found. */
export interface Finding {
  url: string
  what: string
  /** null where all is well. */
  problem: string | null
  /** What has to stand there. */
  wanted: string
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

const TIMEOUT_MS = 5_000
/** Browsers and systems stop reading long before. */
const MOST_CHARACTERS = 256 * 1024

/**
 * Asks for every well-known file of the deployment, as browsers and systems do, and says what is wrong with the answer.
 *
 * @param ask `fetch`, or what stands in for the network in a test
 * @example (await checkFiles(config)).filter(({ problem }) => problem !== null)
 */
export const checkFiles = (config: Config, ask: Fetch = fetch): Promise<Finding[]> =>
  Promise.all(wellKnownFiles(config).map(file => checkFile(config, file, ask)))

async function checkFile(config: Config, file: WellKnownFile, ask: Fetch): Promise<Finding> {
  const url = file.origin + file.path
  const target = 'goTo' in file.says ? config.origin + config.basePath + file.says.goTo : null
  const wanted = 'goTo' in file.says ? `a redirect to ${target}` : JSON.stringify(file.says.json)
  const found = (problem: string | null): Finding => ({ url, what: file.what, problem, wanted })
  try {
    // a redirect is followed by none of those who read these files, but for the one that is nothing else
    const answer = await ask(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
    return found('goTo' in file.says ? wrongRedirect(answer, url, target) : await wrongJson(answer, file.says.json))
  } catch (error) {
    return found(`no answer: ${causeOf(error)}`)
  }
}

const causeOf = (error: unknown): string => {
  const { cause, message } = error as Error
  return cause instanceof Error && cause.message ? cause.message : message
}

function wrongRedirect(answer: Response, url: string, target: string | null): string | null {
  const to = answer.headers.get('location')
  if (answer.status < 300 || answer.status > 399 || to === null) return `the answer is ${answer.status}, and no redirect`
  return new URL(to, url).href === target ? null : `it leads to ${to}`
}

async function wrongJson(answer: Response, wanted: object): Promise<string | null> {
  if (answer.status !== 200) return `the answer is ${answer.status}`
  const type = answer.headers.get('content-type') ?? 'none'
  if (!/^application\/json\s*(;|$)/i.test(type)) return `its Content-Type is ${type}, and has to be application/json`
  const json = parsed((await answer.text()).slice(0, MOST_CHARACTERS))
  if (json === undefined) return 'it is no JSON'
  return contains(json, wanted) ? null : 'it says something else'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The host may say more in the same file: other apps, other origins, other members. */
function contains(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(found) && wanted.every(one => found.some(other => contains(other, one)))
  if (typeof wanted !== 'object' || wanted === null) return isDeepStrictEqual(found, wanted)
  if (typeof found !== 'object' || found === null) return false
  return Object.entries(wanted).every(([name, value]) => contains((found as Record<string, unknown>)[name], value))
}
