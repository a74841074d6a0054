/** Amounts are whole numbers of a hundred-millionth, so that no sum is ever rounded. */
const PLACES = 8
const ONE = 10n ** BigInt(PLACES)

export type AssetName = 'BTC' | 'ETH' | 'USDC'

export interface Asset {
  name: string
  network: string
  letter: string
  /** How many places are shown. */
  places: number
  /** US cents for one. */
  cents: bigint
  /** Of one withdrawal, in the asset. */
  fee: bigint
  /** What an address of its network looks like. */
  address: RegExp
}

/** Prices stand still: this is a demonstration of approvals, not of markets. */
export const ASSETS: Record<AssetName, Asset> = {
  BTC: {
    name: 'Bitcoin',
    network: 'Bitcoin',
    letter: 'B',
    places: 5,
    cents: 6_240_820n,
    fee: 12_000n,
    address: /^(?:bc1[02-9ac-hj-np-z]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34})$/,
  },
  ETH: { name: 'Ether', network: 'Ethereum', letter: 'E', places: 4, cents: 298_266n, fee: 80_000n, address: /^0x[0-9a-fA-F]{40}$/ },
  USDC: { name: 'USD Coin', network: 'Ethereum', letter: 'U', places: 2, cents: 100n, fee: 100_000_000n, address: /^0x[0-9a-fA-F]{40}$/ },
}
export const ASSET_NAMES = Object.keys(ASSETS) as AssetName[]
export const isAsset = (text: string | undefined): text is AssetName => text !== undefined && Object.hasOwn(ASSETS, text)

/** Reads an amount as typed. @returns null for what is none, is zero, or has more than eight places */
export function parseAmount(text: string): bigint | null {
  const match = /^(\d{1,12})(?:\.(\d{1,8}))?$/.exec(text.trim())
  if (!match) return null
  const amount = BigInt((match[1] ?? '0') + (match[2] ?? '').padEnd(PLACES, '0'))
  return amount > 0n ? amount : null
}

/** "0.50": at least `places` places, and as many as the amount has. */
export function amountText(amount: bigint, places: number): string {
  const digits = amount.toString().padStart(PLACES + 1, '0')
  const fraction = digits.slice(-PLACES).replace(/0+$/, '').padEnd(places, '0')
  return fraction === '' ? digits.slice(0, -PLACES) : `${digits.slice(0, -PLACES)}.${fraction}`
}

/** What an amount is worth, in whole US cents. */
export const worth = (asset: AssetName, amount: bigint): bigint => (amount * ASSETS[asset].cents + ONE / 2n) / ONE

/** "31204.10" */
export const centsText = (cents: bigint): string => `${cents / 100n}.${(cents % 100n).toString().padStart(2, '0')}`

/** "31,204.10" */
export const grouped = (text: string): string => text.replace(/^\d+/, whole => whole.replace(/\B(?=(?:\d{3})+$)/g, ','))
