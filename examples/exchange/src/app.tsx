import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type HostSession, type Latchkey, Problem } from '@latchkey/server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Child } from 'hono/jsx'
import { AddressesPage } from './addresses.tsx'
import type { Typed } from './form.tsx'
import { Message, SignedOut, Welcome } from './messages.tsx'
import { ASSETS, type AssetName, isAsset, parseAmount, worth } from './money.ts'
import { type Frame, Shell } from './shell.tsx'
import { TradePage } from './trade.tsx'
import { available, settle, type Wallet, type Wallets, type Withdrawal, withdrawalDetails } from './wallet.ts'
import { WalletPage } from './wallet-page.tsx'
import { WithdrawalPage } from './withdrawals.tsx'

interface Env {
  Variables: { session: HostSession | null }
}
type C = Context<Env>

/** A request of somebody who is signed in now, and their wallet. */
interface Here {
  c: C
  session: HostSession
  wallet: Wallet
}

const CSP = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
const BODY_LIMIT = 16 * 1024
/** More than anybody needs to see; the books are in memory. */
const MOST_OPEN = 20

/** The routes of Harbor Exchange. It knows Latchkey by its public calls only. */
export function demoApp(latchkey: Latchkey, wallets: Wallets): Hono<Env> {
  const app = new Hono<Env>()
  const base = latchkey.config.basePath
  app.use('*', bodyLimit({ maxSize: BODY_LIMIT }))
  app.use('*', async (c, next) => {
    await next()
    secure(c)
  })
  app.get('/demo/assets/:name', c => assetAnswer(latchkey, c.req.param('name')))
  app.use('*', async (c, next) => {
    // a form of another site carries that site's name: no token is needed beside this
    if (c.req.method === 'POST' && c.req.header('origin') !== latchkey.config.origin)
      return c.text('This request came from another site.', 403)
    c.set('session', await latchkey.api.session(c.req.raw))
    return next()
  })
  app.onError((error, c) => failed(base, c as C, error))
  app.notFound(c =>
    page(c as C, base, 404, { title: 'Not found' }, <Message title="This page doesn’t exist" text="The address may be mistyped." />),
  )

  /** Every page and every order asks for the live session again (O40). */
  const signedIn =
    (answer: (here: Here) => Response | Promise<Response>) =>
    async (c: C): Promise<Response> => {
      const session = c.get('session')
      if (!session) return signedOut(c, base)
      return answer({ c, session, wallet: await wallets.of(session.accountId) })
    }
  const demo = new Routes(latchkey, wallets)
  app.get('/demo', c =>
    c.get('session') ? signedIn(here => demo.wallet(here))(c) : page(c, base, 200, { title: 'Welcome' }, <Welcome base={base} />),
  )
  app.post('/demo/sign-out', async c => {
    c.header('set-cookie', await latchkey.api.signOut(c.req.raw))
    return c.redirect('/demo', 303)
  })
  app.get(
    '/demo/trade',
    signedIn(here => demo.trade(here)),
  )
  app.post(
    '/demo/orders',
    signedIn(here => demo.order(here)),
  )
  app.get(
    '/demo/addresses',
    signedIn(here => demo.addresses(here)),
  )
  app.post(
    '/demo/addresses',
    signedIn(here => demo.addAddress(here)),
  )
  app.post(
    '/demo/addresses/:id/remove',
    signedIn(here => demo.removeAddress(here)),
  )
  app.post(
    '/demo/withdrawals',
    signedIn(here => demo.withdraw(here)),
  )
  app.get(
    '/demo/withdrawals/:id',
    signedIn(here => demo.withdrawal(here)),
  )
  return app
}

const signedOut = (c: C, base: string): Response | Promise<Response> => {
  const returnTo = c.req.method === 'GET' ? c.req.path : '/demo'
  return page(c, base, 401, { title: 'You were signed out' }, <SignedOut base={base} returnTo={returnTo} />)
}

/** A refusal of Latchkey's that no form shows. */
function failed(base: string, c: C, error: Error): Response | Promise<Response> {
  if (error instanceof Problem && error.code === 'unauthenticated') return signedOut(c, base)
  if (error instanceof Problem)
    return page(c, base, 409, { title: error.message }, <Message title={error.message} text="Nothing was done." />)
  console.error(error)
  return page(
    c,
    base,
    500,
    { title: 'Something went wrong' },
    <Message title="Something went wrong on our side" text="Nothing was done." />,
  )
}

function page(c: C, base: string, status: number, frame: Pick<Frame, 'title' | 'nav'>, content: Child): Response | Promise<Response> {
  const html = (
    <Shell session={c.get('session') ?? null} base={base} {...frame}>
      {content}
    </Shell>
  )
  return c.html(`<!doctype html>${html}`, status as 200)
}

function secure(c: C): void {
  const { headers } = c.res
  headers.set('content-security-policy', CSP)
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'same-origin')
  headers.set('cross-origin-opener-policy', 'same-origin')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}

const ASSET_FOLDER = join(fileURLToPath(import.meta.url), '..', '..', 'assets')
const TYPES: Record<string, string> = { css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }

/** The exchange's own two files; Latchkey's stylesheet and icons come from Latchkey. */
async function assetAnswer(latchkey: Latchkey, name: string): Promise<Response> {
  const type = TYPES[name.split('.').at(-1) ?? '']
  const file = join(ASSET_FOLDER, basename(name))
  if (type && existsSync(file))
    return new Response(new Uint8Array(readFileSync(file)), { headers: { 'content-type': type, 'cache-control': 'no-cache' } })
  const { origin, basePath } = latchkey.config
  const answer = await latchkey.fetch(new Request(`${origin}${basePath}/assets/demo/${basename(name)}`))
  return new Response(answer.body, answer)
}

const fieldsOf = async (c: C): Promise<Record<string, string>> => Object.fromEntries(new URLSearchParams(await c.req.text()))

/** What each page does; one method a route. */
class Routes {
  private readonly latchkey: Latchkey
  private readonly wallets: Wallets
  constructor(latchkey: Latchkey, wallets: Wallets) {
    this.latchkey = latchkey
    this.wallets = wallets
  }

  private get base(): string {
    return this.latchkey.config.basePath
  }

  async wallet({ c, session, wallet }: Here, typed: Typed = {}): Promise<Response> {
    for (const withdrawal of wallet.withdrawals) await this.settleQuietly(c, session, wallet, withdrawal)
    const payees = await this.latchkey.api.payoutAddresses.list(c.req.raw)
    const content = <WalletPage session={session} base={this.base} wallet={wallet} payees={payees} typed={typed} now={this.wallets.now()} />
    return page(c, this.base, statusOf(typed), { title: 'Wallet', nav: 'wallet' }, content)
  }

  /** Asks Latchkey for an approval of exactly this, and sends the person there. */
  async withdraw(here: Here): Promise<Response> {
    const { c, wallet } = here
    const fields = await fieldsOf(c)
    const payee = (await this.latchkey.api.payoutAddresses.list(c.req.raw)).find(p => p.id === fields.payee)
    if (!payee || !isAsset(payee.asset)) return this.wallet(here, { error: 'Choose an address.', fields })
    const amount = parseAmount(fields.amount ?? '')
    const error = wrongAmount(wallet, payee.asset, amount)
    if (error || amount === null) return this.wallet(here, { error: error ?? 'Type an amount.', fields })
    try {
      const withdrawal = await this.ask(c, payee.asset, amount, payee)
      wallet.withdrawals.push(withdrawal)
      return c.redirect(withdrawal.url, 303)
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code === 'unauthenticated') throw problem
      return this.wallet(here, { problem, fields })
    }
  }

  private async ask(c: C, asset: AssetName, amount: bigint, payee: { address: string; label: string }): Promise<Withdrawal> {
    const id = randomUUID()
    const details = withdrawalDetails(asset, amount, payee.address)
    const approval = await this.latchkey.api.approvals.create(c.req.raw, {
      action: 'withdraw',
      details,
      returnTo: `/demo/withdrawals/${id}`,
    })
    return {
      id,
      approvalId: approval.id,
      asset,
      amount,
      details,
      label: payee.label,
      createdAt: this.wallets.now(),
      status: 'waiting',
      receipt: null,
      url: approval.url,
    }
  }

  /** Where the approval leads back to: redeems it and books it, once. */
  async withdrawal({ c, session, wallet }: Here): Promise<Response> {
    const withdrawal = wallet.withdrawals.find(w => w.id === c.req.param('id'))
    if (!withdrawal) return c.notFound()
    const problem = await this.settleQuietly(c, session, wallet, withdrawal)
    return page(c, this.base, 200, { title: 'Withdrawal', nav: 'wallet' }, <WithdrawalPage withdrawal={withdrawal} problem={problem} />)
  }

  private async settleQuietly(c: C, session: HostSession, wallet: Wallet, withdrawal: Withdrawal): Promise<Problem | null> {
    try {
      await settle(this.latchkey, c.req.raw, session.accountId, wallet, withdrawal)
      return null
    } catch (problem) {
      if (problem instanceof Problem && problem.code !== 'unauthenticated') return problem
      throw problem
    }
  }

  trade({ c, wallet }: Here, typed: Typed = {}): Response | Promise<Response> {
    return page(c, this.base, statusOf(typed), { title: 'Trade', nav: 'trade' }, <TradePage wallet={wallet} typed={typed} />)
  }

  async order(here: Here): Promise<Response> {
    const { c, wallet } = here
    const fields = await fieldsOf(c)
    const amount = parseAmount(fields.amount ?? '')
    const { asset } = fields
    if (!isAsset(asset) || asset === 'USDC' || amount === null) return this.trade(here, { error: 'Type an amount, such as 0.05.', fields })
    const error = fill(wallet, fields.side === 'sell' ? 'sell' : 'buy', asset, amount, this.wallets.now())
    return error ? this.trade(here, { error, fields }) : c.redirect('/demo', 303)
  }

  async addresses({ c }: Here, typed: Typed = {}): Promise<Response> {
    const payees = await this.latchkey.api.payoutAddresses.list(c.req.raw)
    return page(
      c,
      this.base,
      statusOf(typed),
      { title: 'Address book', nav: 'addresses' },
      <AddressesPage payees={payees} typed={typed} now={this.wallets.now()} />,
    )
  }

  async addAddress(here: Here): Promise<Response> {
    const { c } = here
    const fields = await fieldsOf(c)
    const { asset, address = '', label = '' } = fields
    if (!isAsset(asset) || !ASSETS[asset].address.test(address.trim()))
      return this.addresses(here, { error: 'This is not an address of that network.', fields })
    try {
      const { url } = await this.latchkey.api.payoutAddresses.add(c.req.raw, {
        asset,
        network: ASSETS[asset].network,
        address,
        label,
        returnTo: '/demo/addresses',
      })
      return c.redirect(url, 303)
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code === 'unauthenticated') throw problem
      return this.addresses(here, { problem, fields })
    }
  }

  async removeAddress({ c }: Here): Promise<Response> {
    const { url } = await this.latchkey.api.payoutAddresses.remove(c.req.raw, c.req.param('id') ?? '')
    return c.redirect(url, 303)
  }
}

const statusOf = (typed: Typed): number => (typed.error ? 400 : typed.problem ? 409 : 200)

/** What is wrong with an amount, in words; null when nothing is. */
function wrongAmount(wallet: Wallet, asset: AssetName, amount: bigint | null): string | null {
  if (amount === null) return 'Type an amount, such as 0.05.'
  if (amount <= ASSETS[asset].fee) return 'This is less than the fee.'
  if (amount > available(wallet, asset)) return `You don’t have that much ${asset}.`
  return wallet.withdrawals.filter(w => w.status === 'waiting').length >= MOST_OPEN ? 'Decide the withdrawals that wait first.' : null
}

/** Fills an order against the exchange's own books, in USDC. @returns what is wrong, in words */
function fill(wallet: Wallet, side: 'buy' | 'sell', asset: AssetName, amount: bigint, now: number): string | null {
  const cents = worth(asset, amount)
  const usdc = cents * 1_000_000n
  if (cents === 0n) return 'This is too little to trade.'
  if (side === 'buy' && usdc > available(wallet, 'USDC')) return 'You don’t have that much USDC.'
  if (side === 'sell' && amount > available(wallet, asset)) return `You don’t have that much ${asset}.`
  const sign = side === 'buy' ? 1n : -1n
  wallet.balances[asset] += sign * amount
  wallet.balances.USDC -= sign * usdc
  wallet.orders.push({ id: randomUUID(), side, asset, amount, cents, at: now })
  return null
}
