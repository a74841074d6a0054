import { AddressText, Badge, Button, Tile, Time } from '@latchkey/server/ui'
import { Choice, Text, type Typed, Wrong } from './form.tsx'
import { ASSET_NAMES, ASSETS } from './money.ts'

/** An entry of the address book, as Latchkey gives it. */
export interface Payee {
  id: string
  asset: string
  network: string
  address: string
  label: string
  effectiveAt: number
}

/** Where this account may send to; kept by Latchkey. */
/** Both ends of an address, where there is no room for all of it; never where it is decided about. */
export const ends = (address: string): string => `${address.slice(0, 6)}…${address.slice(-6)}`

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
