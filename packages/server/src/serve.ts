import type { Server } from 'node:http'
import type { LatchkeyOptions } from './config.ts'
import { ConfigError } from './config.ts'
import { createNodeServer, listen } from './http/node.ts'
import { createLatchkey, type Latchkey } from './index.ts'

/** A demonstration host that `--demo` names: what it may ask approvals for, and its pages. */
interface DemoModule {
  actions: NonNullable<LatchkeyOptions['actions']>
  /** Its name, mark and colours: our pages wear them, as those of any host. */
  brand?: LatchkeyOptions['brand']
  createDemo(latchkey: Latchkey): {
    fetch(request: Request): Response | Promise<Response>
    onSampleReset?(accountId: string): Promise<void>
  }
}

export interface ServeInput {
  options: LatchkeyOptions
  port: number
  /** Module address of the demo, or null. */
  demo: string | null
}

const DEMO_PATH = '/demo'
const DRAIN_MS = 10_000

/**
 * Runs the server until SIGINT or SIGTERM: development on both loopback addresses, else on all.
 *
 * @throws ConfigError, or the listen error
 */
export async function runServer({ options, port, demo }: ServeInput): Promise<void> {
  const module = demo ? ((await import(demo)) as DemoModule) : null
  let mounted: ReturnType<DemoModule['createDemo']> | null = null
  const latchkey = createLatchkey({
    ...options,
    ...(module ? { actions: module.actions, brand: { ...module.brand, ...options.brand } } : {}),
    developmentPages: { demoUrl: module ? DEMO_PATH : null, onSampleReset: async accountId => mounted?.onSampleReset?.(accountId) },
  })
  await latchkey.ready
  if (module && !latchkey.config.development) throw new ConfigError(['--demo is for development only.'])
  mounted = module?.createDemo(latchkey) ?? null
  const answer = (request: Request, env: unknown): Response | Promise<Response> =>
    mounted && new URL(request.url).pathname.startsWith(DEMO_PATH) ? mounted.fetch(request) : latchkey.fetch(request, env)
  const servers = await listenAll(latchkey, port, answer)
  greet(latchkey, module !== null)
  stopOnSignal(latchkey, servers)
}

async function listenAll(latchkey: Latchkey, port: number, answer: Parameters<typeof createNodeServer>[0]): Promise<Server[]> {
  const hosts = latchkey.config.development ? ['127.0.0.1', '::1'] : ['0.0.0.0']
  const servers: Server[] = []
  for (const host of hosts) {
    const server = createNodeServer(answer)
    try {
      await listen(server, port, host)
      servers.push(server)
    } catch (error) {
      // a machine without IPv6 has no ::1, and one loopback address is enough
      if (host !== '::1' || (error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw error
    }
  }
  return servers
}

function greet({ config }: Latchkey, demo: boolean): void {
  const base = config.origin + config.basePath
  if (!config.development) {
    console.log(`Latchkey answers at ${base}`)
    return
  }
  const lines: [string, string][] = [
    ['Start page', `${base}/`],
    ...(demo ? ([['Demo exchange', `${base}${DEMO_PATH}`]] as [string, string][]) : []),
    ['Inbox', `${base}/development/inbox`],
    ['Security page', `${base}/account/security`],
  ]
  console.log(`\nLatchkey, development\n${lines.map(([name, url]) => `  ${name.padEnd(14)} ${url}`).join('\n')}`)
  console.log('\n  Shortened here: waits and pauses of 24 hours take 2 minutes, 72 hours take 6. Limits are 100 times wider.')
  console.log(`  Data is kept in ${config.database.engine === 'sqlite' ? config.database.file : 'PostgreSQL'}. Stop with Ctrl-C.\n`)
}

function stopOnSignal(latchkey: Latchkey, servers: Server[]): void {
  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(0), DRAIN_MS).unref()
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    await latchkey.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
}
