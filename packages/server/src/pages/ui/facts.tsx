import type { Child } from 'hono/jsx'
import { cx, type Tone } from './base.ts'
import { type IconName, Tile } from './pictures.tsx'

export interface Detail {
  term: Child
  value: Child
  /** The value on a line of its own, on a tinted ground: an address. */
  wide?: boolean | undefined
  strong?: boolean | undefined
}
export const Details = ({ items }: { items: readonly Detail[] }) => (
  <dl class="lk-details">
    {items.map(({ term, value, wide, strong }) => (
      <div class={cx(wide && 'lk-wide', strong && 'lk-strong') || undefined}>
        <dt>{term}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

export interface MeterItem {
  label: Child
  note?: Child
  state?: 'on' | 'off' | 'warn' | undefined
}
export const Meter = ({ items }: { items: readonly MeterItem[] }) => (
  <ul class="lk-meter lk-gap-24">
    {items.map(({ label, note, state }) => (
      <li class={state === 'off' ? 'lk-meter__off' : state === 'warn' ? 'lk-meter__warn' : undefined}>
        {label}
        {note && <span>{note}</span>}
      </li>
    ))}
  </ul>
)

/** Large tile, heading, sentence: the state of the account at a glance. */
export const Status = ({
  icon,
  tone,
  title,
  note,
  id,
}: {
  icon: IconName
  tone: Tone
  title: Child
  note?: Child
  id?: string | undefined
}) => (
  <div class="lk-status">
    <Tile icon={icon} tone={tone} large />
    <div>
      <h2 id={id}>{title}</h2>
      {note && <p class="lk-small lk-muted">{note}</p>}
    </div>
  </div>
)

/** Recovery codes, two columns from 640 px, one on paper. */
export const Codes = ({ codes, paperNote }: { codes: readonly string[]; paperNote?: Child }) => (
  <>
    {paperNote && <p class="lk-print">{paperNote}</p>}
    <ol class="lk-codes lk-gap-24" translate="no" data-lk-codes="">
      {codes.map(code => (
        <li>{code}</li>
      ))}
    </ol>
  </>
)

export const Table = ({ caption, head, rows }: { caption: Child; head: readonly Child[]; rows: readonly (readonly Child[])[] }) => (
  <table class="lk-table">
    <caption class="lk-hide">{caption}</caption>
    <thead>
      <tr>
        {head.map(cell => (
          <th scope="col">{cell}</th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map(row => (
        <tr>
          {row.map(cell => (
            <td>{cell}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
)
