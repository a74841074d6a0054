import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import type { Ctx } from '../ctx.ts'
import { Problem, type ProblemCode } from '../domain/problems.ts'
import { logProblem, toProblem } from './problem.ts'

/** What an error becomes that is thrown while a request is answered, whose sender hung up meanwhile or not. */
async function becomes(error: Error, reason?: unknown): Promise<ProblemCode> {
  const sender = new AbortController()
  const app = new Hono()
  app.get('/', () => {
    if (reason !== undefined) sender.abort(reason)
    throw error
  })
  app.onError((thrown, c) => c.text(toProblem(thrown, c).code))
  const answer = await app.fetch(new Request('http://localhost/', { signal: sender.signal }))
  return (await answer.text()) as ProblemCode
}

const withCode = (code: string): Error => Object.assign(new Error('read failed'), { code })
const HUNG_UP = 'Error: Client connection prematurely closed.'

describe('B16: whatever is thrown ends in a typed problem', () => {
  it.each<[string, Error, ProblemCode]>([
    ['a refusal of ours', new Problem('wrong_host'), 'wrong_host'],
    ['a bug', new TypeError('x is undefined'), 'internal'],
    ['a body above the limit', new HTTPException(413), 'payload_too_large'],
    ['a request that the router refuses', new HTTPException(400), 'bad_request'],
    ['the last of the refusals', new HTTPException(499 as never), 'bad_request'],
    ['a failure that the router tells', new HTTPException(500), 'internal'],
  ])('%s', async (_name, error, code) => expect(await becomes(error)).toBe(code))

  const itself = new Error('closed')
  it.each<[string, Error, unknown]>([
    ['a connection that was reset', withCode('ECONNRESET'), HUNG_UP],
    ['a body that ended too early', withCode('ERR_STREAM_PREMATURE_CLOSE'), HUNG_UP],
    ['a read that was stopped', withCode('ABORT_ERR'), HUNG_UP],
    ['a read that was aborted', new DOMException('aborted', 'AbortError'), HUNG_UP],
    ['the reason itself', itself, itself],
    ['an error in the words of the reason', new Error(HUNG_UP), HUNG_UP],
  ])('of a sender who hung up nothing is an error of ours, and of one who waits it is: %s', async (_name, error, reason) => {
    expect([await becomes(error, reason), await becomes(error)]).toEqual(['bad_request', 'internal'])
  })

  it('a bug stays one, whether or not its sender waits', async () => {
    expect(await becomes(new TypeError('x is undefined'), HUNG_UP)).toBe('internal')
  })
})

it.each<[ProblemCode, 'error' | 'info']>([
  ['internal', 'error'],
  ['unavailable', 'error'],
  ['wrong_host', 'info'],
])('INV-22 the log: %s is an %s', (code, level) => {
  const seen: string[] = []
  const log = { error: () => seen.push('error'), info: () => seen.push('info') }
  logProblem({ log } as unknown as Ctx, new Problem(code), 'id', '/')
  expect(seen).toEqual([level])
})
