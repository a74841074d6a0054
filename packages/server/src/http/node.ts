import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'

/** Answers whatever is asked of this process. */
export type Answer = (request: Request, env: unknown) => Response | Promise<Response>

/**
 * A listener for `node:http` from a function that answers a `Request`.
 *
 * @example createServer(nodeListener((request, env) => latchkey.fetch(request, env))).listen(4400)
 */
export const nodeListener = (answer: Answer): ReturnType<typeof getRequestListener> =>
  getRequestListener((request, env) => answer(request, env))

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
}
const REQUESTS_PER_SOCKET = 1_000

/** A node:http server with our limits (security.md §7). Not listening yet. */
export function createNodeServer(answer: Answer): Server {
  const server = createServer(LIMITS, nodeListener(answer))
  server.maxRequestsPerSocket = REQUESTS_PER_SOCKET
  return server
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
