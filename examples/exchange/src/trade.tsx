import { Button } from '@latchkey/server/ui'
import { Balances, balanceText } from './balances.tsx'
import { Amount, Choice, type Typed, Wrong } from './form.tsx'
import { ASSET_NAMES, ASSETS, centsText, grouped } from './money.ts'
import type { Wallet } from './wallet.ts'

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
