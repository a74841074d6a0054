import type { Passkey, ProofClass } from '../domain/types.ts'

/** Who the sample customer is: everything that its pages show, as data. Times are counted back from the click that makes it. */
export const SAMPLE = {
  email: 'sample@example.com',
  phone: '+34600000000',
  password: 'Seven quiet gulls at noon',
  ageDays: 400,
  phoneDays: 390,
  passwordDays: 120,
  totpDays: 380,
  codesDays: 40,
  /** Of ten; the first ones. */
  usedCodes: 3,
} as const

/** Browsers of the sample customer's other devices. Addresses are those of RFC 5737, which belong to nobody. */
export const CLIENTS = {
  iphone: {
    ip: '192.0.2.44',
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  },
  windows: {
    ip: '198.51.100.23',
    userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  },
  android: {
    ip: '203.0.113.80',
    userAgent: 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  },
} as const

export type ClientName = keyof typeof CLIENTS

export interface SamplePasskey {
  name: 'phone' | 'laptop' | 'key' | 'tablet' | 'old_key' | 'young'
  /** The owner's own words; null shows the automatic name. */
  label: string | null
  aaguid: string
  transports: string[]
  attachment: NonNullable<Passkey['attachment']>
  backupEligible: boolean
  signCount: number
  createdDays: number
  createdIn: ClientName
  via: 'founding' | ProofClass
  /** null: not used yet */
  usedHours: number | null
  usedIn: ClientName
  suspendedDays: number | null
}

/** One day in hours. */
const DAY = 24
const ICLOUD = {
  aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd',
  transports: ['internal', 'hybrid'],
  attachment: 'platform',
  backupEligible: true,
} as const
const HELLO = {
  aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
  transports: ['internal'],
  attachment: 'platform',
  backupEligible: false,
} as const
const YUBIKEY = {
  aaguid: 'cb69481e-8ff7-4039-93ec-0a2729a154a8',
  transports: ['usb'],
  attachment: 'cross-platform',
  backupEligible: false,
} as const
const ONE_PASSWORD = {
  aaguid: 'bada5566-a7aa-401f-bd96-45619a55120d',
  transports: ['internal', 'hybrid'],
  attachment: 'platform',
  backupEligible: true,
} as const
const TITAN = {
  aaguid: '42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3',
  transports: ['usb', 'nfc'],
  attachment: 'cross-platform',
  backupEligible: false,
} as const
const GOOGLE = {
  aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4',
  transports: ['internal', 'hybrid'],
  attachment: 'platform',
  backupEligible: true,
} as const

/** Each state that a passkey can be in, once; the first one is the one whose key the browser gets. */
export const SAMPLE_PASSKEYS: readonly SamplePasskey[] = [
  row('phone', 'Primary iPhone', ICLOUD, {
    signCount: 0,
    createdDays: SAMPLE.ageDays,
    createdIn: 'iphone',
    via: 'founding',
    usedHours: 2,
    usedIn: 'iphone',
  }),
  row('laptop', 'Work laptop in the Barcelona office, third floor, by the window', HELLO, {
    signCount: 63,
    createdDays: 310,
    createdIn: 'windows',
    via: 'trusted',
    usedHours: 3 * DAY,
    usedIn: 'windows',
  }),
  row('key', null, YUBIKEY, {
    signCount: 41,
    createdDays: 395,
    createdIn: 'windows',
    via: 'trusted',
    usedHours: 13 * DAY,
    usedIn: 'windows',
  }),
  row('tablet', null, ONE_PASSWORD, {
    signCount: 0,
    createdDays: 210,
    createdIn: 'android',
    via: 'trusted',
    usedHours: 30 * DAY,
    usedIn: 'android',
    suspendedDays: 1,
  }),
  row('old_key', null, TITAN, {
    signCount: 7,
    createdDays: 380,
    createdIn: 'windows',
    via: 'trusted',
    usedHours: 190 * DAY,
    usedIn: 'windows',
  }),
  row('young', null, GOOGLE, { signCount: 0, createdDays: 0, createdIn: 'android', via: 'lesser', usedHours: null, usedIn: 'android' }),
]

type Kept = Pick<SamplePasskey, 'attachment' | 'aaguid' | 'backupEligible'> & { transports: readonly string[] }
type Life = Omit<SamplePasskey, 'name' | 'label' | 'suspendedDays' | keyof Kept> & { suspendedDays?: number }

function row(name: SamplePasskey['name'], label: string | null, kept: Kept, life: Life): SamplePasskey {
  return { name, label, ...kept, transports: [...kept.transports], ...life, suspendedDays: life.suspendedDays ?? null }
}

export interface SampleSession {
  client: ClientName
  openedHours: number
  /** The passkey that opened it; null: password and authenticator app. */
  by: SamplePasskey['name'] | null
}

/** Sessions on other devices. The last one, without a passkey, is where the young passkey was made. */
export const SAMPLE_SESSIONS: readonly SampleSession[] = [
  { client: 'windows', openedHours: 3 * DAY, by: 'laptop' },
  { client: 'iphone', openedHours: 2, by: 'phone' },
  { client: 'android', openedHours: 0.1, by: null },
]
