import { ASSET_NAMES, ASSETS, type AssetName, amountText, centsText, grouped, worth } from './money.ts'
import type { Wallet } from './wallet.ts'

export const Balances = ({ wallet }: { wallet: Wallet }) => (
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

export const balanceText = (wallet: Wallet, name: AssetName): string => grouped(amountText(wallet.balances[name], ASSETS[name].places))
