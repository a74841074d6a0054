import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { Agent, request } from 'node:http'

export interface Key {
  id: string
  userHandle: string
  key: KeyObject
}

export const readKey = (seeded: { id: string; userHandle: string; privateKey: string }): Key => ({
  id: seeded.id,
  userHandle: seeded.userHandle,
  key: createPrivateKey(seeded.privateKey),
})

/** The cookies of one browser. */
export class Jar {
  private readonly cookies = new Map<string, string>()
  keep(pairs: readonly string[]): void {
    for (const pair of pairs) this.cookies.set(pair.slice(0, pair.indexOf('=')), pair)
  }
  drop(prefix: string): void {
    for (const name of this.cookies.keys()) if (name.startsWith(prefix)) this.cookies.delete(name)
  }
  text(): string {
    return [...this.cookies.values()].join('; ')
  }
}

/** A keep-alive client that knows only what the measurement needs. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 })
  private readonly origin: URL
  private readonly rpIdHash = createHash('sha256').update('localhost').digest()

  constructor(origin: string) {
    this.origin = new URL(origin)
  }

  call(
    method: string,
    path: string,
    body: unknown,
    cookie: string,
  ): Promise<{ status: number; body: Record<string, unknown>; cookies: string[] }> {
    const text = body === undefined ? '' : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const headers = {
        origin: this.origin.origin,
        host: this.origin.host,
        'content-type': 'application/json',
        'x-lk': '1',
        'content-length': Buffer.byteLength(text),
        ...(cookie ? { cookie } : {}),
      }
      const outgoing = request({ host: '127.0.0.1', port: this.origin.port, method, path, headers, agent: this.agent }, incoming => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          const cookies = (incoming.headers['set-cookie'] ?? []).map(line => line.split(';')[0] ?? '')
          resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString() || '{}'), cookies })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(text)
    })
  }

  /**
   * One complete sign-in: options, assertion, verify, durable session.
   *
   * @param jar the browser's cookies; a browser that comes back is known, and no notice is sent
   * @returns the status; 503 is an answer too, of a server that has too much to do
   */
  async signIn(key: Key, jar: Jar): Promise<number> {
    jar.drop('lk_s')
    const options = await this.call('POST', '/api/sign-in/passkey/options', {}, jar.text())
    jar.keep(options.cookies)
    if (options.status !== 200) return options.status
    const response = this.assertion(key, String(options.body.challenge))
    const answer = await this.call('POST', '/api/sign-in/passkey', { response }, jar.text())
    jar.keep(answer.cookies)
    if (answer.status !== 200 && answer.status !== 503) throw new Error(`sign-in answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.status
  }

  private assertion(key: Key, challenge: string): object {
    const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin: this.origin.origin, crossOrigin: false }))
    const authenticatorData = Buffer.concat([this.rpIdHash, Buffer.from([0x05, 0, 0, 0, 0])])
    const signature = sign('sha256', Buffer.concat([authenticatorData, createHash('sha256').update(clientData).digest()]), key.key)
    const b64 = (bytes: Buffer): string => bytes.toString('base64url')
    return {
      id: key.id,
      rawId: key.id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: b64(clientData),
        authenticatorData: b64(authenticatorData),
        signature: b64(signature),
        userHandle: key.userHandle,
      },
    }
  }

  close(): void {
    this.agent.destroy()
  }
}
