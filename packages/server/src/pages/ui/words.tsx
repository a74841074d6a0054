import type { Child } from 'hono/jsx'
import { shownIdentifier } from '../../domain/identifier.ts'
import { firstLetter } from '../../domain/letters.ts'
import type { MessageKey } from '../../messages/index.ts'
import type { WithChildren } from './base.ts'
import { useT } from './context.ts'

/** A message whose values may be elements: `<Msg id="sign_in.code_sent" to={<Identifier value={address} />} />`. */
export function Msg({ id, ...values }: { id: MessageKey } & { [name: string]: Child }) {
  return <>{useT().parts<Child>(id, values as Record<string, Child>) as Child[]}</>
}

/** For readers only. */
export const Hidden = ({ children }: WithChildren) => <span class="lk-hide">{children}</span>

export interface TimeProps {
  /** Epoch milliseconds. */
  at: number
  /** `relative` needs `now`: "3 days ago" up to a week, then the date. */
  style?: 'date' | 'time' | 'datetime' | 'relative' | undefined
  now?: number | undefined
}
/** The exact time is in `datetime` and in the title. */
export function Time({ at, style = 'datetime', now }: TimeProps) {
  const t = useT()
  const words =
    style === 'relative' && now !== undefined ? t.relative(at, now) : style === 'date' || style === 'time' ? t[style](at) : t.datetime(at)
  return (
    <time datetime={new Date(at).toISOString()} title={t.datetime(at)}>
      {words}
    </time>
  )
}

/** An identifier as the person knows it: in its own direction, and never translated. */
export const Identifier = ({ value }: { value: string }) => (
  <span translate="no">
    <bdi>{shownIdentifier(value)}</bdi>
  </span>
)

/** What the owner signs, letter by letter: a translation, or the direction of the words around it, would show something else. */
export const Verbatim = ({ value }: { value: string }) => <bdi translate="no">{value}</bdi>

/** Ends of an address that people compare. */
const EMPHASISED = 6
/** A payout address in groups of four, never shortened; the first and last six letters stand out, readers get the groups spelled. */
export function AddressText({ address }: { address: string }) {
  const groups = address.match(/.{1,4}/gsu) ?? []
  const tail = Math.max(EMPHASISED, address.length - EMPHASISED)
  return (
    <>
      <span class="lk-hide" translate="no">
        {groups.join(' ')}
      </span>
      <span class="lk-address" translate="no" aria-hidden="true">
        {groups.map((group, i) => {
          const start = i * 4
          const [from, to] = [Math.min(Math.max(EMPHASISED - start, 0), group.length), Math.max(Math.min(tail - start, group.length), 0)]
          return (
            <span>
              {from > 0 && <b>{group.slice(0, from)}</b>}
              {group.slice(from, Math.max(from, to))}
              {to < group.length && <b>{group.slice(Math.max(from, to))}</b>}
            </span>
          )
        })}
      </span>
    </>
  )
}

/** The account that this page is about. */
export const Chip = ({ identifier: value }: { identifier: string }) => {
  const t = useT()
  const identifier = shownIdentifier(value)
  return (
    <span class="lk-chip">
      <span class="lk-avatar" aria-hidden="true">
        {initial(identifier)}
      </span>
      <span class="lk-hide">{t('common.account')} </span>
      <Identifier value={identifier} />
    </span>
  )
}
export const initial = (identifier: string): string => firstLetter(identifier.replace(/^\+/, '')) || '?'
