import type { Child } from 'hono/jsx'
import { grouped } from '../../domain/decimal.ts'
import type { Translator } from '../../messages/index.ts'
import type { Detail } from '../ui/facts.tsx'
import { Cluster } from '../ui/layout.tsx'
import { Badge } from '../ui/notes.tsx'
import { AddressText, Time, Verbatim } from '../ui/words.tsx'
import type { ApprovalScreen } from './screen.ts'

export function subtitle({ row, t, ctx }: ApprovalScreen): Child {
  if (row.status === 'approved' || row.status === 'consumed') return t('approve.approved_at', { at: row.decidedAt ?? 0 })
  if (row.status === 'rejected') return t('approve.rejected_at', { at: row.decidedAt ?? 0, client: row.decidedIn ?? '' })
  if (row.status === 'voided') return t('approve.voided_text')
  return t.parts<Child>('approve.requested', {
    client: row.requestedIn,
    when: <Time at={row.createdAt} style="relative" now={ctx.now()} />,
  }) as Child[]
}

/** The amount in display size, and what it is worth where the host says so. */
export function Sum({ payload, action, amount, t }: ApprovalScreen) {
  if (amount === null) return null
  const worth = action.withoutPasskey
  const value = worth && worth.field !== action.amountField ? payload?.details[worth.field] : undefined
  return (
    <div class="lk-sum">
      <p class="lk-amount">
        <Verbatim value={amount} />
      </p>
      {worth && value && <p class="lk-muted lk-small">{t('approve.about', { amount: grouped(value), unit: worth.unit })}</p>}
    </div>
  )
}

/** The declared rows in their order; what the amount says already is left out. */
export function rowsOf(screen: ApprovalScreen): Detail[] {
  const { payload, action, row, t } = screen
  if (!payload) return []
  const large = new Set([action.amountField, action.amountField && action.assetField, action.amountField && action.withoutPasskey?.field])
  const names = Object.keys(action.labels).filter(name => !large.has(name) && payload.details[name] !== undefined)
  return [
    ...names.map(name => rowOf(screen, name, payload.details[name] ?? '')),
    ...(row.status === 'created' ? [{ term: t('approve.expires'), value: <UtcTime at={row.expiresAt} t={t} /> }] : decidedRows(screen)),
  ]
}

function rowOf(screen: ApprovalScreen, name: string, value: string): Detail {
  const { action, t } = screen
  const term = action.labels[name] ?? name
  if (name === action.addressField) return { term, value: <Payee {...screen} address={value} />, wide: true }
  return { term, value: name === action.memoField && value === '' ? t('approve.no_memo') : <Verbatim value={value} /> }
}

function Payee({ address, addressLabel, newAddress, t }: ApprovalScreen & { address: string }) {
  return (
    <>
      <AddressText address={address} />
      {(addressLabel || newAddress) && (
        <Cluster class="lk-small">
          {addressLabel}
          {newAddress && (
            <Badge tone="warn" icon="warning">
              {t('approve.new_address')}
            </Badge>
          )}
        </Cluster>
      )}
    </>
  )
}

const UtcTime = ({ at, t }: { at: number; t: Translator }) => (
  <time datetime={new Date(at).toISOString()} title={t.datetime(at)}>
    {t('approve.at_utc', { at })}
  </time>
)

function decidedRows({ row, t, decidedWith }: ApprovalScreen): Detail[] {
  if (row.status !== 'approved' && row.status !== 'consumed') return []
  const client = row.decidedIn ?? ''
  return [
    {
      term: t('approve.approved_with'),
      value: decidedWith === null ? t('approve.with_code', { client }) : t('approve.with_passkey_name', { name: decidedWith, client }),
    },
  ]
}
