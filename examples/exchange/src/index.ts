import type { Latchkey, LatchkeyOptions } from '@latchkey/server'
import { demoApp } from './app.tsx'
import { createWallets } from './wallet.ts'

/**
 * What Harbor Exchange asks approvals for; `createLatchkey` must know it before the demo can be made. Without a trusted passkey, two
 * steps approve up to 500 USD.
 */
export const actions: NonNullable<LatchkeyOptions['actions']> = {
  withdraw: {
    title: 'Approve withdrawal',
    verb: 'Approve',
    addressField: 'to',
    amountField: 'amount',
    assetField: 'asset',
    networkField: 'network',
    labels: { amount: 'Amount', asset: 'Asset', amount_usd: 'Value', to: 'To', network: 'Network', fee: 'Fee', receive: 'You receive' },
    withoutPasskey: { field: 'amount_usd', limit: '500', unit: 'USD' },
    addressBook: true,
  },
}

/**
 * Harbor's name, mark and colours for Latchkey's pages and messages: people are never sent to a page under another name than the one
 * that they came from.
 */
export const brand: NonNullable<LatchkeyOptions['brand']> = {
  name: 'Harbor Exchange',
  product: 'Harbor Exchange',
  logoUrl: '/demo/assets/mark.svg',
  homeUrl: '/demo',
  colors: {
    ...{ accent: '#0b6470', fill: '#0b6470', fillHover: '#094f59', onAccent: '#ffffff' },
    ...{ accentDark: '#6fcbd3', fillDark: '#0f7a86', fillHoverDark: '#0d6873' },
  },
}

/** Harbor Exchange, a host product in a few files. */
export interface Demo {
  /** Answers a request for a path under /demo. */
  fetch(request: Request): Promise<Response>
  /** The sample customer was made anew: the same wallet and address book as at the start. */
  onSampleReset(accountId: string): Promise<void>
}

/**
 * @param latchkey made with this module's `actions` and `brand`
 * @example
 * const latchkey = createLatchkey({ publicUrl, actions, brand })
 * const demo = createDemo(latchkey)
 * const answer = (request: Request) => (new URL(request.url).pathname.startsWith('/demo') ? demo.fetch(request) : latchkey.fetch(request))
 */
export function createDemo(latchkey: Latchkey, options: { now?: () => number } = {}): Demo {
  const wallets = createWallets(latchkey, options.now ?? Date.now)
  const app = demoApp(latchkey, wallets)
  return { fetch: async request => app.fetch(request), onSampleReset: accountId => wallets.reset(accountId) }
}
