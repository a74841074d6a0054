import { createServer, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { PROBLEMS, type ProblemCode } from '../domain/problems.ts'
import { plainHeaders } from './headers.ts'

/** Answers whatever is asked of this process. */
export type Answer = (request: Request, env: unknown) => Response | Promise<Response>

/**
 * A listener for `node:http` from a function that answers a `Request`.
 *
 * @example createServer(nodeListener((request, env) => latchkey.fetch(request, env))).listen(4400)
 */
export const nodeListener = (answer: Answer): ReturnType<typeof getRequestListener> =>
  getRequestListener((request, env) => answer(request, env), { errorHandler: unreadable, hostname: NO_HOST })

/** Stands for the host of a request that names none, as old probes do (HTTP/1.0); nobody's pages are under it. */
const NO_HOST = 'no-host.invalid'

/** What `node:http` hands on, but no `Request` can be made of: a target or a host that is none. All else is answered further in. */
function unreadable(error: unknown): Response {
  const known = (error as { name?: unknown } | null)?.name === 'RequestError'
  if (!known) console.error(error)
  return new Response(unreadableJson(known ? 'bad_request' : 'internal'), {
    status: PROBLEMS[known ? 'bad_request' : 'internal'].status,
    headers: { ...plainHeaders, 'content-type': 'application/problem+json' },
  })
}

const unreadableJson = (code: ProblemCode): string => {
  const { title, status, ref } = PROBLEMS[code]
  return JSON.stringify({ type: 'about:blank', title, status, code, ref })
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
  // node would refuse in a bare line; the listener does it with our headers
  requireHostHeader: false,
}
const REQUESTS_PER_SOCKET = 1_000

/** A node:http server with our limits. Not listening yet. */
export function createNodeServer(answer: Answer): Server {
  const listener = nodeListener(answer)
  const server = createServer(LIMITS, listener)
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET
  // node drops what is above this count without a word; the size limit and `shapeGuard` refuse it instead
  server.maxHeadersCount = 0
  server.on('checkExpectation', listener)
  server.on('clientError', answerClientError)
  return server
}

const CLIENT_ERRORS: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Bytes that are no request: one problem with our headers, in place of the bare line that node would send. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const begun = (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage?.headersSent === true
  if (begun) return void socket.destroy()
  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'bad_request'
  const body = unreadableJson(code)
  const { status } = PROBLEMS[code]
  const head = {
    ...plainHeaders,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** @throws the listen error, e.g. EADDRINUSE */
export const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
