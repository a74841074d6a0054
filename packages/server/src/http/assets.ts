import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file that pages load, read once at start. */
interface Asset {
  body: Uint8Array<ArrayBuffer>
  type: string
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** Files of our pages under one hash, so that browsers may keep them for ever and never mix two releases. */
export interface Assets {
  /** Path below the base path: `/assets/<hash>/latchkey.css` */
  path(name: string): string
  /** The answer for such a path; null when there is no such file. */
  respond(pathname: string): Response | null
}

/** Reads the stylesheet and pictures beside the sources, and the built page script of `@latchkey/browser`. */
export function loadAssets(): Assets {
  const own = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'assets')
  const browser = join(dirname(createRequire(import.meta.url).resolve('@latchkey/browser/package.json')), 'dist', 'pages')
  const files = new Map<string, Asset>([...readFolder(own), ...readFolder(browser)])
  if (!files.has('latchkey.js')) throw new Error('The page script is not built yet: run `npm run build` once.')
  const hash = createHash('sha256')
  for (const [name, asset] of files) hash.update(name).update(asset.body)
  const version = hash.digest('hex').slice(0, 12)
  return {
    path: name => `/assets/${version}/${name}`,
    respond(pathname) {
      const [, , found, name = ''] = pathname.split('/')
      const asset = files.get(name)
      if (!asset) return null
      const lasting = found === version ? 'public, max-age=31536000, immutable' : 'no-cache'
      return new Response(asset.body, { headers: { 'content-type': asset.type, 'cache-control': lasting } })
    },
  }
}

function readFolder(folder: string): [string, Asset][] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter(name => TYPES[extname(name)] !== undefined && statSync(join(folder, name)).isFile())
  return names.sort().map(name => [name, { body: new Uint8Array(readFileSync(join(folder, name))), type: TYPES[extname(name)] ?? '' }])
}
