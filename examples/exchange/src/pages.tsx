import type { HostSession, Problem } from '@latchkey/server'
import { AddressText, Badge, Banner, Button, Details, Icon, LinkButton, ProblemBox, Tile, Time } from '@latchkey/server/ui'
import type { Child } from 'hono/jsx'
import { ASSET_NAMES, ASSETS, type AssetName, amountText, centsText, grouped, worth } from './money.ts'
import { signInUrl, signUpUrl } from './shell.tsx'
import { available, totalCents, type Wallet, type Withdrawal } from './wallet.ts'

/** An entry of the address book, as Latchkey gives it. */
export interface Payee {
  id: string
  asset: string
  network: string
  address: string
  label: string
  effectiveAt: number
}

/** What was typed, when the form comes back with what is wrong. */
export interface Typed {
  error?: string
  problem?: Problem
  fields?: Record<string, string>
}

export const Welcome = ({ base }: { base: string }) => (
  <section class="lk-card lk-card--pad">
    <h1>Welcome to Harbor Exchange</h1>
    <p class="lk-lead">A demonstration: an exchange that leaves signing in, and the approval of withdrawals, to Latchkey.</p>
    <div class="lk-cluster lk-gap-24">
      <LinkButton variant="primary" href={signInUrl(base)}>
        Sign in
      </LinkButton>
      <LinkButton href={signUpUrl(base)}>Create account</LinkButton>
    </div>
  </section>
)

export const SignedOut = ({ base, returnTo }: { base: string; returnTo: string }) => (
  <section class="lk-card lk-card--pad">
    <h1>You were signed out</h1>
    <p class="lk-lead">Nothing was done. Sign in, then try again.</p>
    <p class="lk-gap-24">
      <LinkButton variant="primary" href={signInUrl(base, returnTo)}>
        Sign in
      </LinkButton>
    </p>
  </section>
)

export const Message = ({ title, text }: { title: string; text: string }) => (
  <section class="lk-card lk-card--pad">
    <h1>{title}</h1>
    <p class="lk-lead">{text}</p>
    <p class="lk-gap-24">
      <LinkButton href="/demo">Back to your wallet</LinkButton>
    </p>
  </section>
)

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
      {session.moneyPausedUntil !== null && (
        <Banner tone="warn" icon="pause">
          Withdrawals are paused until <Time at={session.moneyPausedUntil} />. Everything else works.{' '}
          <a href={`${base}/account/security`}>See why</a>
        </Banner>
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

const Balances = ({ wallet }: { wallet: Wallet }) => (
  <section class="lk-card" aria-labelledby="balances">
    <h2 class="hx-h" id="balances">
      Balances
    </h2>
    <table class="lk-table">
      <thead>
        <tr>
          <th scope="col">Asset</th>
          <th scope="col" class="lk-num">
            Amount
          </th>
          <th scope="col" class="lk-num">
            Value, USD
          </th>
        </tr>
      </thead>
      <tbody>
        {ASSET_NAMES.map(name => (
          <tr>
            <th scope="row">
              <span class="hx-asset">
                <span class="hx-coin" aria-hidden="true">
                  {ASSETS[name].letter}
                </span>
                <span>
                  {ASSETS[name].name}
                  <small>{name}</small>
                </span>
              </span>
            </th>
            <td class="lk-num">{balanceText(wallet, name)}</td>
            <td class="lk-num">{grouped(centsText(worth(name, wallet.balances[name])))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

const balanceText = (wallet: Wallet, name: AssetName): string => grouped(amountText(wallet.balances[name], ASSETS[name].places))

/** What just went wrong, above the form that it is about. */
const Wrong = ({ error, problem }: Typed) =>
  problem ? (
    <ProblemBox code={problem.code} extras={problem.extras} />
  ) : error ? (
    <Banner tone="bad" role="alert">
      {error}
    </Banner>
  ) : null

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
const ends = (address: string): string => `${address.slice(0, 6)}…${address.slice(-6)}`

function Choice({ name, label, value, options }: { name: string; label: string; value?: string | undefined; options: [string, string][] }) {
  return (
    <div>
      <label class="lk-label" for={name}>
        {label}
      </label>
      <select class="lk-input" id={name} name={name} required>
        {options.map(([id, words]) => (
          <option value={id} selected={id === value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  )
}

const Amount = ({ name, value, hint }: { name: string; value?: string | undefined; hint: string }) => (
  <div>
    <label class="lk-label" for={name}>
      Amount
    </label>
    <input
      class="lk-input"
      id={name}
      name={name}
      value={value}
      inputmode="decimal"
      autocomplete="off"
      required
      aria-describedby={`${name}-hint`}
    />
    <p class="lk-hint" id={`${name}-hint`}>
      {hint}
    </p>
  </div>
)

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

interface EntryProps {
  icon: 'send' | 'receive' | 'retry'
  tone?: 'ok'
  title: string
  badge: Child
  at: number
  note: string
  children?: Child
}

const Entry = ({ icon, tone, title, badge, at, note, children }: EntryProps) => (
  <li class="lk-row lk-row--top">
    <Tile icon={icon} tone={tone} />
    <div class="lk-row__text">
      <h3 class="lk-row__title">
        {title} {badge}
      </h3>
      <p class="lk-row__note">
        <Time at={at} /> · {note}
      </p>
      {children}
    </div>
  </li>
)

const BADGES: Record<Withdrawal['status'], Child> = {
  waiting: (
    <Badge tone="warn" icon="clock">
      Waiting for you
    </Badge>
  ),
  sent: (
    <Badge tone="ok" icon="check">
      Approved
    </Badge>
  ),
  rejected: (
    <Badge tone="bad" icon="close">
      Rejected
    </Badge>
  ),
  ended: <Badge>Ended, nothing sent</Badge>,
}

const titleOf = (w: Withdrawal): string => `${amountText(w.amount, 2)} ${w.asset} to ${w.label}`

const WithdrawalRow = ({ withdrawal: w }: { withdrawal: Withdrawal }) => (
  <Entry icon="send" title={titleOf(w)} badge={BADGES[w.status]} at={w.createdAt} note={ends(w.details.to ?? '')}>
    {w.status === 'sent' && (
      <details>
        <summary>
          <Icon name="chevron" mirror />
          Receipt
        </summary>
        <Receipt withdrawal={w} />
      </details>
    )}
    {w.status === 'waiting' && <a href={`/demo/withdrawals/${w.id}`}>Continue</a>}
  </Entry>
)

function Receipt({ withdrawal: { receipt, details } }: { withdrawal: Withdrawal }) {
  if (!receipt) return null
  const items = [
    { term: 'Approved with', value: `${approvedWith(receipt.approvedWith)}, ${receipt.decidedIn ?? ''}` },
    { term: 'You received', value: `${details.receive} after fee` },
    { term: 'Details hash', value: <span class="lk-mono lk-small">{hashText(receipt.detailsHash)}</span> },
    { term: 'Reference', value: <span class="lk-mono lk-small">{receipt.reference}</span> },
  ]
  return (
    <div class="hx-receipt">
      <Details items={items} />
    </div>
  )
}

const approvedWith = (how: { method: string; passkey: string | null } | null): string =>
  how?.passkey ? `Passkey “${how.passkey}”` : 'Password and a code'
const hashText = (hex: string): string => (hex.match(/.{4}/g) ?? []).join(' ')

/** One withdrawal, where the approval leads back to. */
export function WithdrawalPage({ withdrawal: w, problem }: { withdrawal: Withdrawal; problem: Problem | null }) {
  return (
    <section class="lk-card lk-card--pad">
      <h1>{titleOf(w)}</h1>
      <p class="lk-gap-8">{BADGES[w.status]}</p>
      {problem && <ProblemBox code={problem.code} extras={problem.extras} />}
      <Receipt withdrawal={w} />
      {w.status === 'rejected' && <p class="lk-gap-16">You rejected this. Nothing was sent.</p>}
      {w.status === 'ended' && <p class="lk-gap-16">It was not approved in time. Nothing was sent.</p>}
      <div class="lk-cluster lk-gap-24">
        {w.status === 'waiting' && !problem && (
          <LinkButton variant="primary" href={w.url}>
            Review and approve
          </LinkButton>
        )}
        <LinkButton href="/demo">Back to your wallet</LinkButton>
      </div>
    </section>
  )
}

/** Buying and selling at the price that stands. */
export const TradePage = ({ wallet, typed }: { wallet: Wallet; typed: Typed }) => (
  <div class="hx-cols">
    <section class="lk-card lk-card--pad" aria-labelledby="trade">
      <h1 class="lk-h2" id="trade">
        Trade
      </h1>
      <form class="lk-stack lk-gap-16" method="post" action="/demo/orders">
        <Wrong {...typed} />
        <div class="hx-two">
          <Choice
            name="side"
            label="Side"
            value={typed.fields?.side}
            options={[
              ['buy', 'Buy'],
              ['sell', 'Sell'],
            ]}
          />
          <Choice
            name="asset"
            label="Asset"
            value={typed.fields?.asset}
            options={[
              ['BTC', `BTC at ${grouped(centsText(ASSETS.BTC.cents))} USD`],
              ['ETH', `ETH at ${grouped(centsText(ASSETS.ETH.cents))} USD`],
            ]}
          />
        </div>
        <Amount
          name="amount"
          value={typed.fields?.amount}
          hint={`You have ${ASSET_NAMES.map(name => `${balanceText(wallet, name)} ${name}`).join(' · ')}`}
        />
        <Button variant="primary" size="block">
          Place order
        </Button>
        <p class="lk-fine lk-muted">
          Each order asks whether you are still signed in. Sign this browser out elsewhere, and the next one is refused.
        </p>
      </form>
    </section>
    <Balances wallet={wallet} />
  </div>
)

/** Where this account may send to; kept by Latchkey. */
export const AddressesPage = ({ payees, typed, now }: { payees: Payee[]; typed: Typed; now: number }) => (
  <div class="hx-cols">
    <section class="lk-card" aria-labelledby="book">
      <h1 class="hx-h lk-h2" id="book">
        Address book
      </h1>
      <ul class="lk-list">
        {payees.map(payee => (
          <PayeeRow payee={payee} now={now} />
        ))}
      </ul>
    </section>
    <section class="lk-card lk-card--pad" aria-labelledby="add">
      <h2 id="add">Add an address</h2>
      <form class="lk-stack lk-gap-16" method="post" action="/demo/addresses">
        <Wrong {...typed} />
        <Choice
          name="asset"
          label="Asset"
          value={typed.fields?.asset}
          options={ASSET_NAMES.map(name => [name, `${name}, ${ASSETS[name].network}`])}
        />
        <Text name="address" label="Address" value={typed.fields?.address} mono />
        <Text name="label" label="Name" value={typed.fields?.label} />
        <Button variant="primary" size="block">
          Add address
        </Button>
        <p class="lk-fine lk-muted">You confirm it’s you. A new address pays out after a day, so that you can stop one you didn’t add.</p>
      </form>
    </section>
  </div>
)

const PayeeRow = ({ payee, now }: { payee: Payee; now: number }) => (
  <li class="lk-row lk-row--top">
    <Tile icon="send" />
    <div class="lk-row__text">
      <h2 class="lk-row__title">
        {payee.label}{' '}
        {payee.effectiveAt > now && (
          <Badge tone="warn" icon="clock">
            Not active yet
          </Badge>
        )}
      </h2>
      <p class="lk-row__note">
        {payee.asset}, {payee.network}
        {payee.effectiveAt > now && (
          <>
            {' '}
            · active from <Time at={payee.effectiveAt} />
          </>
        )}
      </p>
      <AddressText address={payee.address} />
      <form method="post" action={`/demo/addresses/${payee.id}/remove`}>
        <Button variant="danger" size="row" label={`Remove ${payee.label}`}>
          Remove
        </Button>
      </form>
    </div>
  </li>
)

const Text = ({ name, label, value, mono }: { name: string; label: string; value?: string | undefined; mono?: boolean }) => (
  <div>
    <label class="lk-label" for={name}>
      {label}
    </label>
    <input
      class={mono ? 'lk-input lk-input--mono' : 'lk-input'}
      id={name}
      name={name}
      value={value}
      autocomplete="off"
      spellcheck={false}
      maxlength={128}
      required
    />
  </div>
)
