import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNodeServer, listen } from './node.ts'

let server: Server
beforeAll(async () => {
  // an answer that has begun and does not end
  server = createNodeServer(() => new Response(new ReadableStream({ start: to => to.enqueue(new TextEncoder().encode('begun')) })))
  await listen(server, 0, '127.0.0.1')
})
afterAll(() => {
  server.closeAllConnections()
  return new Promise(resolve => server.close(resolve))
})

it('B16: how long and how much a connection may take', () => {
  expect(server).toMatchObject({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 2_000,
    keepAliveTimeout: 5_000,
    maxHeaderSize: 16_384,
    maxRequestsPerSocket: 1_000,
    maxHeadersCount: 0,
  })
})

/** All that comes back for these bytes, sent one after the other, each when something has come back. */
const talk = (...texts: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(texts.shift() ?? ''))
    socket.on('data', part => {
      answer += String(part)
      if (answer.includes('begun')) socket.write(texts.shift() ?? '')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
    // heard after the server's own listener, which has to have ended it
    server.once('clientError', (_, refused) => {
      if (refused.writable) reject(new Error('the connection is left open'))
    })
  })

it.each([
  ['bytes that are no request', 'hello\r\n\r\n'],
  ['a target that is none', 'GET x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
  ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
])('B16: %s get one whole problem, as JSON', async (_name, text) => {
  const [head = '', body = ''] = (await talk(text)).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 400 /)
  expect(head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(head.toLowerCase()).toContain('cache-control: no-store')
  expect(head.toLowerCase()).toContain(`content-length: ${body.length}`)
  expect(JSON.parse(body)).toMatchObject({ code: 'bad_request', status: 400 })
})

it('B16: bytes that are no request, after an answer has begun, put no second one into it', async () => {
  const answer = await talk('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'hello\r\n\r\n')
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  expect(answer).not.toContain('bad_request')
})
