/** A small server of the pages in `script-pages.tsx`, with the exact headers of the real one. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { pageCsp } from '../packages/server/src/http/headers.ts'
import * as pages from './script-pages.tsx'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const ASSETS = at('../packages/server/assets/')
const BUILT = at('../packages/browser/dist/pages/')
const PERMISSIONS = 'publickey-credentials-get=(self), publickey-credentials-create=(self)'

/** The page script as `npm run build` made it. */
export const built = (file: string): string => readFileSync(BUILT + file, 'utf8')

export const state = {
  /** The passkey's; empty when there is none; `unknown` and `odd` make the server answer otherwise. */
  name: 'Old name',
  toast: undefined as string | undefined,
  posts: [] as { path: string; fields: Record<string, string> }[],
  gets: [] as string[],
}
let challenge = 0

/** @returns the origin, and how to stop */
export function startPages(): { origin: string; stop: () => Server } {
  const server = createServer((request, response) => void answer(request, response)).listen(0)
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, stop: () => server.close() }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of request) body += String(part)
  return body
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const nonce = Math.random().toString(36).slice(2)
  response.setHeader('content-security-policy', pageCsp(nonce))
  response.setHeader('permissions-policy', PERMISSIONS)
  const asset = /^\/assets\/([\w.-]+)$/.exec(pathname)?.[1]
  if (asset) return sendAsset(response, asset)
  if (request.method === 'POST') {
    const body = await bodyOf(request)
    if (pathname === '/options') return sendOptions(request, response)
    state.posts.push({ path: pathname, fields: Object.fromEntries(new URLSearchParams(body)) })
  } else state.gets.push(pathname)
  const [status, content] = route(`${request.method} ${pathname}`, (wanted: string) => ({
    nonce,
    fragment: request.headers['x-lk-fragment'] === '1' && (wanted === '' || request.headers['x-lk-shell'] === wanted),
    challenge: Buffer.from(`challenge ${challenge++}`).toString('base64url'),
    fields: state.posts.at(-1)?.fields ?? {},
  }))
  if (status === 303) response.setHeader('location', String(content))
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
  response.end(status === 303 ? '' : String(await content))
}

function sendAsset(response: ServerResponse, asset: string): void {
  const type = asset.endsWith('.js') ? 'text/javascript' : asset.endsWith('.css') ? 'text/css' : 'image/svg+xml'
  response.writeHead(200, { 'content-type': type })
  if (asset === 'latchkey.js') response.end(built(asset))
  else if (asset.endsWith('.js')) response.end('document.documentElement.dataset.pretend = "1"')
  else response.end(readFileSync(ASSETS + asset))
}

function sendOptions(request: IncomingMessage, response: ServerResponse): void {
  const guarded = request.headers['x-lk'] === '1' && request.headers['content-type'] === 'application/json'
  response.writeHead(guarded ? 200 : 403, { 'content-type': 'application/json' })
  const fresh = Buffer.from(`fresh ${challenge++}`).toString('base64url')
  response.end(JSON.stringify({ challenge: fresh, rpId: 'localhost', timeout: 60_000, userVerification: 'required', allowCredentials: [] }))
}

/** `of` gives a page its input; '' answers a fragment whatever the frame. */
function route(what: string, of: (frame: string) => pages.PageInput): [number, unknown] {
  switch (what) {
    case 'GET /prompt':
      return [200, pages.promptPage(of('plain'))]
    case 'GET /other':
      return [200, pages.otherPage(of('plain'))]
    case 'POST /created':
      return [303, '/created']
    case 'GET /created':
      return [200, pages.createdPage(of('plain'))]
    case 'POST /name':
      return [303, '/created']
    case 'GET /autofill':
      return [200, pages.autofillPage(of('plain'))]
    case 'POST /signed-in':
      return state.name === 'unknown' ? [200, pages.unknownPage(of('plain'))] : [303, '/account/passkeys']
    case 'GET /account/passkeys': {
      const page = pages.accountPage({
        ...of(state.name === 'odd' ? '' : 'account'),
        name: state.name,
        ...(state.toast && { toast: state.toast }),
      })
      state.toast = undefined
      return [200, page]
    }
    case 'GET /account/passkeys/p-1/rename':
      return [200, pages.renamePage(of(''))]
    case 'POST /account/passkeys/p-1/rename': {
      const label = of('').fields?.label ?? ''
      if (label === '') return [200, pages.renamePage({ ...of(''), error: 'Use 1 to 64 characters.' })]
      state.name = label
      state.toast = `Renamed to ${label}`
      return [303, '/account/passkeys']
    }
    case 'GET /account/passkeys/p-1/delete':
      return [200, pages.deletePage(of(''))]
    case 'POST /account/passkeys/p-1/delete':
      return [303, '/account/verify']
    case 'GET /account/verify':
      return [200, pages.codePage(of(''))]
    case 'POST /account/verify':
      if (of('').fields?.code?.replace(/ /g, '') !== '123456') return [200, pages.codePage({ ...of(''), error: 'That code isn’t right.' })]
      state.name = ''
      state.toast = 'Deleted'
      return [303, '/account/passkeys']
    default:
      return [404, '<!doctype html><title>Nothing</title>']
  }
}
