import { useContext } from 'hono/jsx'
import { cx, type Tone } from './base.ts'
import { AssetContext } from './context.ts'

export type IconName =
  | 'passkey'
  | 'fingerprint'
  | 'face'
  | 'pin'
  | 'phone'
  | 'laptop'
  | 'usb-key'
  | 'qr'
  | 'shield-check'
  | 'shield-alert'
  | 'lock'
  | 'clock'
  | 'trash'
  | 'pencil'
  | 'pause'
  | 'play'
  | 'globe'
  | 'eye'
  | 'copy'
  | 'download'
  | 'print'
  | 'check'
  | 'warning'
  | 'info'
  | 'chevron'
  | 'close'
  | 'mail'
  | 'message'
  | 'app'
  | 'codes'
  | 'cloud'
  | 'send'
  | 'receive'
  | 'plus'
  | 'sign-out'
  | 'activity'
  | 'bluetooth'
  | 'user'
  | 'search'
  | 'external'
  | 'retry'
  | 'freeze'
  | 'mark'
export type ArtName = 'passkey' | 'created' | 'lost' | 'inbox' | 'activity' | 'devices' | 'frozen'
export interface IconProps {
  name: IconName
  /** 24 px; `s` 20 px (navigation, lists), `xs` 16 px */
  size?: 's' | 'xs' | undefined
  /** Turns with the writing direction (chevron, sign-out). */
  mirror?: boolean | undefined
  /** Points backwards (the chevron of a back link). */
  flip?: boolean | undefined
}
/** Decorative, always beside a word. */
export function Icon({ name, size, mirror, flip }: IconProps) {
  const assets = useContext(AssetContext)
  return (
    <svg class={cx('lk-icon', size && `lk-icon--${size}`, mirror && 'lk-mirror', flip && 'lk-flip')} aria-hidden="true" focusable="false">
      <use href={`${assets('icons.svg')}#${name}`} />
    </svg>
  )
}

const ART_SIZE: Record<ArtName, [number, number]> = {
  passkey: [240, 120],
  created: [120, 120],
  lost: [240, 140],
  inbox: [240, 120],
  activity: [240, 120],
  devices: [240, 120],
  frozen: [96, 96],
}
/** A small drawing; `framed` centres it above a heading, `band` puts it on a tinted band. */
export function Art({ name, framed, band }: { name: ArtName; framed?: boolean | undefined; band?: boolean | undefined }) {
  const assets = useContext(AssetContext)
  const [width, height] = ART_SIZE[name]
  const picture = (
    <svg width={width} height={height} aria-hidden="true" focusable="false">
      <use href={`${assets('art.svg')}#${name}`} />
    </svg>
  )
  return framed || band ? <div class={cx('lk-art', band && 'lk-art--band')}>{picture}</div> : picture
}

export interface TileProps {
  icon?: IconName | undefined
  /** A neutral letter instead of an icon: a provider. */
  letter?: string | undefined
  tone?: Tone | undefined
  large?: boolean | undefined
}
export function Tile({ icon, letter, tone, large }: TileProps) {
  return (
    <span
      class={cx('lk-tile', tone && `lk-tile--${tone}`, large && 'lk-tile--l', letter && 'lk-tile--letter')}
      aria-hidden={letter ? 'true' : undefined}
    >
      {letter ?? (icon && <Icon name={icon} />)}
    </span>
  )
}
