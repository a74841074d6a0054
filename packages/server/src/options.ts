import type { OutgoingMessage } from './deliver/deliver.ts'
import type { Policy, PresetName } from './domain/policy.ts'

/** Colours of a brand; dark ones fall back to the light ones' built-in partners. */
export interface BrandColors {
  accent?: string
  fill?: string
  fillHover?: string
  onAccent?: string
  accentDark?: string
  fillDark?: string
  fillHoverDark?: string
}

export interface Brand {
  /** Name on every page, in messages and in the passkey prompt. */
  name: string
  logoUrl?: string
  /** Shown as "Help" on every page: chat, ticket or phone page (K42). */
  supportUrl?: string
  privacyUrl?: string
  /** "to continue to Harbor Exchange" on the sign-in page */
  product?: string
  /** Where "Done" and the brand lead; default is the security page. */
  homeUrl?: string
  colors?: BrandColors
}

/** A sensitive action of the host, such as a withdrawal; its details are shown by us and signed by the passkey. */
export interface ActionOptions {
  /** Heading and button: { title: 'Approve withdrawal', verb: 'Approve' } */
  title: string
  verb?: string
  /** The member of the details that holds the payee's address, visible ASCII without spaces; it is shown large and grouped. */
  addressField?: string
  /** The member that holds the amount, and the one that names its unit. */
  amountField?: string
  assetField?: string
  networkField?: string
  memoField?: string
  /** Labels of the members in the order in which they are shown. */
  labels: Record<string, string>
  /**
   * What two steps may approve where the account has no trusted passkey: a member of the details (decimal text) and its inclusive
   * limit. Left out, a trusted passkey is needed. A lesser proof never approves, whatever stands here (policy.md §4).
   */
  withoutPasskey?: { field: string; limit: string; unit: string }
  /** Details must be paid to an address of the account's address book (asset, network, address). */
  addressBook?: boolean
}

/** What the development pages link to. */
export interface DevelopmentPages {
  /** Path of a demonstration host beside us, or null. */
  demoUrl: string | null
  /** Told when the sample customer was made anew. */
  onSampleReset?: (accountId: string) => Promise<void>
}

/** What `onFlood` is asked. */
export interface Flood {
  what: 'sign_up' | 'recovery'
  ip: string
  /** How many there were in this hour (UTC), in the whole deployment, this one included. */
  perHour: number
  /** The mean of an hour of the last 24. */
  usual: number
}

export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

export interface LatchkeyOptions {
  /** The address people type, e.g. https://accounts.example.com. Links in mail, cookies and the default RP ID come from it. */
  publicUrl: string
  /** Forces production on loopback http. Anything but loopback http is production anyway. */
  production?: boolean
  /** Path under which all of ours lives, well-known files aside; default "/auth", "/" for the stand-alone server. */
  basePath?: string
  /** `sqlite:<file>` or `postgres://…`; default `sqlite:./data/latchkey.db`. */
  database?: string
  /** How PostgreSQL is used. */
  postgres?: {
    /** Connections of this process; default 10. */
    poolSize?: number
    /**
     * Whether statements are prepared once per connection and then sent by name. Default: on direct connections, not behind a pooler.
     * `true` behind a pooler is for one that keeps them (PgBouncer from 1.21 on with `max_prepared_statements`, or session mode): sign-ins
     * cost less; with any other they end in 503. `false` costs the parsing of each statement anew.
     */
    prepare?: boolean
  }
  /**
   * 32 bytes, base64 or hex; or several keys with their numbers, the one that makes what is new first: `2:…,1:…` (docs/guides/keys.md).
   * Needed in production; a development key is made by itself.
   */
  masterKey?: string
  /** WebAuthn RP ID; default the host of publicUrl. Its change is refused while passkeys exist. */
  rpId?: string
  /** Origins whose assertions are accepted; default the origin of publicUrl. */
  origins?: string[]
  /** Apps that share the passkeys of the RP ID. Their well-known files are served, and their origins accepted. */
  apps?: {
    /** The package's name, and the SHA-256 fingerprints of the certificates that sign it: `AB:CD:…`, 32 bytes. */
    android?: { package: string; fingerprints: string[] }[]
    /** `TEAMID1234.com.example.app` */
    apple?: string[]
  }
  /** Starts although settings changed so that accounts are left without a way in (`latchkey doctor --what-if` names them). */
  allowStranded?: boolean
  /** Top-level origins that may frame a ceremony; default none. */
  topOrigins?: string[]
  policy?: { preset?: PresetName } & Partial<Omit<Policy, 'onAnomaly'>> & { onAnomaly?: Partial<Policy['onAnomaly']> }
  actions?: Record<string, ActionOptions>
  brand?: Partial<Brand>
  /** smtp://user:pass@host:587 and the From address. Without it, production refuses to start; development keeps mail in the inbox. */
  smtpUrl?: string
  mailFrom?: string
  /**
   * Carries messages in place of SMTP and the SMS gateway: by push, by WhatsApp, in the host's own layout and words. A message is handed
   * over at least once; what it throws is tried again with growing pauses, but for an `UndeliverableError`. It may take 30 seconds.
   *
   * @example async message => { if (message.channel === 'sms') await whatsapp(message.to, message.text); else await mail(message) }
   */
  sendMessage?: (message: OutgoingMessage) => Promise<void>
  /** Text messages: where they may go, and a Twilio-shaped HTTP gateway, which `sendMessage` stands in for. */
  sms?: {
    url?: string
    account?: string
    token?: string
    from?: string
    /** Dialling prefixes that messages may go to: `+34`, or narrower. */
    countries: string[]
    /** Messages of the whole deployment in a day: the cap on what they may cost. Default 1,000. */
    perDay?: number
  }
  /** Asked when sign-ups or recoveries run above ten times the usual; false refuses this one with 429. */
  onFlood?: (flood: Flood) => boolean | Promise<boolean>
  /** Addresses or CIDR blocks of proxies whose `forwardedHeader` is believed; default none. */
  trustProxy?: string[]
  /** The one header in which those proxies say who spoke to them; default `x-forwarded-for`, or `forwarded` (RFC 7239). */
  forwardedHeader?: ForwardedHeader
  /** Directory for the development key; default that of the SQLite file. */
  dataDir?: string
  /** Time source, epoch milliseconds; for tests. */
  now?: () => number
  /** Client address; for hosts and tests that know better. */
  clientIp?: (request: Request) => string
  /** 'silent' | 'error' | 'warn' | 'info' | 'debug' */
  logLevel?: string
  /** Widens every limit by this factor; development uses 100. */
  limitFactor?: number
  /** Start page, inbox, sample customer and checklist at "/" and /development; only ever in development. */
  developmentPages?: DevelopmentPages
  /** Named places for an address, e.g. from a local database; without it no place is ever shown. */
  locate?: (ip: string) => string | null
}
