import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Client, Session } from './domain/types.ts'
import type { Keys } from './keys.ts'
import type { Store } from './store/store.ts'

/** What every flow gets: configuration, database, clock, keys. Nothing global, nothing hidden. */
export interface Ctx {
  config: Config
  store: Store
  keys: Keys
  log: Logger
  /** Epoch milliseconds. */
  now(): number
  /** Tells the outbox worker that a message was committed; returns at once. */
  wakeOutbox(): void
}

/** Who asks: the browser, its session if it has one, and its anonymous cookie. */
export interface Caller {
  client: Client
  session: Session | null
  /** SHA-256 (base64url) of the anonymous cookie `lk_p`; binds challenges and pre-sessions to this browser. */
  anonymousId: string
  /**
   * What this browser began, sealed: identifier, purpose and end. A start writes it here; the edge carries it there and back, in a cookie
   * or in the body of an API call.
   */
  begun?: string | null
  /** Accounts that this browser signed in to before, from the signed device cookie. */
  knownAccounts: readonly string[]
  /** The zone that the browser says it is in, an IANA name; null where it says none. For words only. */
  zone?: string | null
  /** Claims of the device cookie to skip the second step, by account; worth what `isTrustedDevice` says. */
  trustClaims?: Readonly<Record<string, string>>
}
