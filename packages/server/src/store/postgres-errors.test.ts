import { describe, expect, it } from 'vitest'
import { Problem } from '../domain/problems.ts'
import { canRetry, mayPass, mustDrop, translated } from './postgres-errors.ts'

const failed = (code: string | undefined, message = ''): Error => Object.assign(new Error(message), code === undefined ? {} : { code })
const told = (error: Error): Promise<unknown> => translated(Promise.reject(error)).catch((one: unknown) => one)

describe('DB-3 what a connection fails with', () => {
  it.each<[string | undefined, string?]>([
    ['ECONNREFUSED'],
    ['ECONNRESET'],
    ['EADDRNOTAVAIL'],
    ['EMFILE'],
    ['ENFILE'],
    ['ENOBUFS'],
    ['EACCES'],
    ['EPERM'],
    ['EPROTO'],
    ['ENOTCONN'],
    ['EAI_FAIL'],
    [undefined, 'Connection terminated unexpectedly'],
    [undefined, 'timeout exceeded when trying to connect'],
    ['40003'],
    ['57000'],
  ])('%s %s is 503 with another connection the next time, and may pass', async (code, message) => {
    const error = failed(code, message)
    const problem = await told(error)
    expect([(problem as Problem).code, mustDrop(error), mustDrop(problem), mayPass(problem)]).toEqual(['unavailable', true, true, true])
  })

  it.each(['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', '28P01', '3D000'])(
    '%s is 503, and waiting does not help',
    async code => expect(mayPass(await told(failed(code)))).toBe(false),
  )

  it.each(['22012', '42601', '23505', 'XX000', '0A000'])('%s is ours to mend', async code => {
    expect(await told(failed(code))).not.toBeInstanceOf(Problem)
    expect([mustDrop(failed(code)), canRetry(failed(code))]).toEqual([false, false])
  })

  it.each(['40001', '40P01'])('%s is repeated', async code => {
    expect([canRetry(failed(code)), mustDrop(failed(code))]).toEqual([true, false])
    expect(await told(failed(code))).not.toBeInstanceOf(Problem)
  })
})
