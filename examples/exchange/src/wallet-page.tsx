import type { HostSession } from '@latchkey/server'
import { Badge, Banner, Button, LinkButton, ProblemBox } from '@latchkey/server/ui'
import { ends, type Payee } from './addresses.tsx'
import { Balances } from './balances.tsx'
import { Amount, Choice, type Typed, Wrong } from './form.tsx'
import { ASSET_NAMES, ASSETS, amountText, centsText, grouped } from './money.ts'
import { available, totalCents, type Wallet } from './wallet.ts'
import { Entry, WithdrawalRow } from './withdrawals.tsx'

export interface WalletPageProps {
  session: HostSession
  base: string
  wallet: Wallet
  payees: Payee[]
  typed: Typed
  now: number
}

/** Balances, the withdraw form and the history. */
export const WalletPage = (props: WalletPageProps) => (
  <>
    <div class="hx-total">
      <div>
        <h1 class="lk-small lk-muted">Total balance</h1>
        <p class="lk-amount">
          {grouped(centsText(totalCents(props.wallet)))} <span class="lk-muted">USD</span>
        </p>
      </div>
      <div class="lk-cluster">
        <LinkButton href="#withdraw" icon="send">
          Withdraw
        </LinkButton>
        <LinkButton href="/demo/trade">Trade</LinkButton>
      </div>
    </div>
    <Notes {...props} />
    <div class="hx-cols">
      <Balances wallet={props.wallet} />
      <Withdraw {...props} />
      <History {...props} />
    </div>
  </>
)

function Notes({ session, base }: WalletPageProps) {
  return (
    <>
      {session.moneyHeld && (
        <ProblemBox
          code="money_held"
          extras={session.moneyHeld}
          actions={
            <LinkButton size="row" href={`${base}/account/security`}>
              See why
            </LinkButton>
          }
        />
      )}
      {!session.trustedPasskey && (
        <Banner>
          Without a passkey that you have had for a day, your password and a code approve withdrawals of up to 500 USD.{' '}
          <a href={`${base}/account/passkeys/new`}>Create a passkey</a>
        </Banner>
      )}
    </>
  )
}

function Withdraw({ wallet, payees, typed, now }: WalletPageProps) {
  const { fields = {} } = typed
  const limits = ASSET_NAMES.map(name => `${amountText(available(wallet, name), 2)} ${name}, fee ${amountText(ASSETS[name].fee, 2)}`)
  return (
    <section class="lk-card lk-card--pad" aria-labelledby="withdraw">
      <h2 id="withdraw">Withdraw</h2>
      <form class="lk-stack lk-gap-16" method="post" action="/demo/withdrawals">
        <Wrong {...typed} />
        <Choice name="payee" label="To address" value={fields.payee} options={payees.map(p => [p.id, payeeText(p, now)])} />
        <Amount name="amount" value={fields.amount} hint={`Available: ${limits.join(' · ')}`} />
        <Button variant="primary" size="block" icon="passkey">
          Review and approve
        </Button>
        <p class="lk-fine lk-muted">
          Nothing moves until you approve it. <a href="/demo/addresses">Add an address</a>
        </p>
      </form>
    </section>
  )
}

const payeeText = (payee: Payee, now: number): string =>
  `${payee.asset} · ${payee.label} · ${ends(payee.address)}${payee.effectiveAt > now ? ' · not active yet' : ''}`

function History({ wallet }: WalletPageProps) {
  const entries = [
    ...wallet.withdrawals.map(w => ({ at: w.createdAt, row: <WithdrawalRow withdrawal={w} /> })),
    ...wallet.orders.map(order => ({
      at: order.at,
      row: (
        <Entry
          icon="retry"
          title={`${order.side === 'buy' ? 'Bought' : 'Sold'} ${amountText(order.amount, 2)} ${order.asset}`}
          badge={<Badge>Done</Badge>}
          at={order.at}
          note={`${grouped(centsText(order.cents))} USDC`}
        />
      ),
    })),
  ].sort((a, b) => b.at - a.at)
  return (
    <section class="lk-card" aria-labelledby="history">
      <h2 class="hx-h" id="history">
        History
      </h2>
      <ul class="lk-list">
        {entries.map(entry => entry.row)}
        <Entry
          icon="receive"
          tone="ok"
          title="5,560.00 USDC received"
          badge={<Badge>Done</Badge>}
          at={wallet.since}
          note="from your bank"
        />
      </ul>
    </section>
  )
}
