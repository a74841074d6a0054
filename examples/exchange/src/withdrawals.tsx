import type { Problem } from '@latchkey/server'
import { Badge, Details, Icon, LinkButton, ProblemBox, Tile, Time } from '@latchkey/server/ui'
import type { Child } from 'hono/jsx'
import { ends } from './addresses.tsx'
import { amountText } from './money.ts'
import type { Withdrawal } from './wallet.ts'

interface EntryProps {
  icon: 'send' | 'receive' | 'retry'
  tone?: 'ok'
  title: string
  badge: Child
  at: number
  note: string
  children?: Child
}

export const Entry = ({ icon, tone, title, badge, at, note, children }: EntryProps) => (
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

export const WithdrawalRow = ({ withdrawal: w }: { withdrawal: Withdrawal }) => (
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
    {
      term: 'Details hash',
      value: (
        <span class="lk-mono lk-small" translate="no">
          {hashText(receipt.detailsHash)}
        </span>
      ),
    },
    {
      term: 'Reference',
      value: (
        <span class="lk-mono lk-small" translate="no">
          {receipt.reference}
        </span>
      ),
    },
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
