import { type Approval, type Latchkey, Problem } from '@latchkey/server'
import { ASSETS, type AssetName, amountText, centsText, worth } from './money.ts'

/** A withdrawal on its way: asked for, then sent once, or not at all. */
export interface Withdrawal {
  id: string
  approvalId: string
  asset: AssetName
  amount: bigint
  /** Exactly what was asked to be approved, and what is redeemed. */
  details: Record<string, string>
  label: string
  createdAt: number
  status: 'waiting' | 'sent' | 'rejected' | 'ended'
  /** The approval as it was redeemed. */
  receipt: Approval | null
  /** Where to approve it. */
  url: string
}

export interface Order {
  id: string
  side: 'buy' | 'sell'
  asset: AssetName
  amount: bigint
  cents: bigint
  at: number
}

export interface Wallet {
  balances: Record<AssetName, bigint>
  withdrawals: Withdrawal[]
  orders: Order[]
  since: number
}

/** Two payees that every new wallet knows. */
export const SEED_ADDRESSES = [
  { asset: 'BTC', network: 'Bitcoin', address: 'bc1qx9f277ke8r3l0w5ynv2aq4gd6mzths9p7cuek0jxw3', label: 'Ledger vault' },
  { asset: 'ETH', network: 'Ethereum', address: '0x52908400098527886E0F7030069857D2E4169EE7', label: 'Hardware wallet' },
] as const

const seed = (now: number): Wallet => ({
  balances: { BTC: 104_210_000n, ETH: 480_000_000n, USDC: 556_000_000_000n },
  withdrawals: [],
  orders: [],
  since: now,
})

/** The exchange's own books: in memory, gone with the process. */
export interface Wallets {
  now(): number
  /** The wallet of an account; made at its first visit, its address book with it. */
  of(accountId: string): Promise<Wallet>
  reset(accountId: string): Promise<void>
}

export function createWallets(latchkey: Latchkey, now: () => number): Wallets {
  const wallets = new Map<string, Promise<Wallet>>()
  const open = async (accountId: string): Promise<Wallet> => {
    await seedAddresses(latchkey, accountId)
    return seed(now())
  }
  return {
    now,
    of(accountId) {
      const wallet = wallets.get(accountId) ?? open(accountId)
      wallets.set(accountId, wallet)
      return wallet
    },
    async reset(accountId) {
      wallets.set(accountId, open(accountId))
      await wallets.get(accountId)
    },
  }
}

/** Development only: in production every address waits, and the book starts empty. */
async function seedAddresses(latchkey: Latchkey, accountId: string): Promise<void> {
  try {
    await latchkey.api.payoutAddresses.import(accountId, SEED_ADDRESSES)
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'forbidden')) throw error
  }
}

/** What is not promised to a withdrawal that waits. */
export function available(wallet: Wallet, asset: AssetName): bigint {
  const promised = wallet.withdrawals.filter(w => w.status === 'waiting' && w.asset === asset).reduce((sum, w) => sum + w.amount, 0n)
  return wallet.balances[asset] - promised
}

export const totalCents = (wallet: Wallet): bigint =>
  (Object.keys(wallet.balances) as AssetName[]).reduce((sum, asset) => sum + worth(asset, wallet.balances[asset]), 0n)

/** The details of a withdrawal, as the owner will read and sign them. */
export function withdrawalDetails(asset: AssetName, amount: bigint, address: string): Record<string, string> {
  const { fee, network } = ASSETS[asset]
  return {
    amount: amountText(amount, 2),
    asset,
    amount_usd: centsText(worth(asset, amount)),
    to: address,
    network,
    fee: `${amountText(fee, 2)} ${asset}`,
    receive: `${amountText(amount - fee, 2)} ${asset}`,
  }
}

/**
 * Brings a withdrawal up to date with its approval. An approved one is redeemed for exactly the details that were asked for, and only
 * who redeemed it books it: so it is booked once.
 *
 * @throws Problem what stands against it now, e.g. `money_held`
 */
export async function settle(
  latchkey: Latchkey,
  request: Request,
  accountId: string,
  wallet: Wallet,
  withdrawal: Withdrawal,
): Promise<void> {
  if (withdrawal.status !== 'waiting') return
  const { approvalId: id, details } = withdrawal
  const { status } = await latchkey.api.approvals.get(id, accountId)
  if (status === 'rejected') withdrawal.status = 'rejected'
  if (status === 'expired' || status === 'voided') withdrawal.status = 'ended'
  if (status !== 'approved') return
  const receipt = await redeem(latchkey, request, withdrawal, details)
  if (!receipt) return
  wallet.balances[withdrawal.asset] -= withdrawal.amount
  Object.assign(withdrawal, { status: 'sent', receipt })
}

/** null where another request was faster, or where the approval is too old to be used. */
async function redeem(
  latchkey: Latchkey,
  request: Request,
  withdrawal: Withdrawal,
  details: Record<string, string>,
): Promise<Approval | null> {
  try {
    return await latchkey.api.approvals.consume(request, { id: withdrawal.approvalId, details })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.code === 'approval_expired') withdrawal.status = 'ended'
    if (error.code === 'approval_expired' || error.code === 'approval_decided') return null
    throw error
  }
}
