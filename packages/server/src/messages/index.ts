import { isTimeZone } from '../domain/time-zone.ts'
import { en } from './en/index.ts'
import { type Formatter, formatParts } from './format.ts'

export type MessageKey = keyof typeof en
/** A whole catalogue: a language that lacks a key does not compile. */
export type Catalogue = Readonly<Record<MessageKey, string>>
export type MessageParams = Readonly<Record<string, string | number>>

/** Each shipped language: its catalogue, its own name, and the locale that writes its dates and numbers. */
const LANGUAGES = {
  en: { catalogue: en as Catalogue, name: 'English', locale: 'en-GB' },
} as const satisfies Record<string, { catalogue: Catalogue; name: string; locale: string }>

export type Language = keyof typeof LANGUAGES
export const languages = Object.entries(LANGUAGES).map(([code, { name }]) => ({ code: code as Language, name }))

export interface Translator extends Formatter {
  (key: MessageKey, params?: MessageParams): string
  readonly lang: Language
  readonly timeZone: string
  /** The message in pieces, for values that are not text (a `<strong>`, a link). */
  parts<V>(key: MessageKey, params: Readonly<Record<string, V | string | number>>): Array<V | string | number>
  /** For keys that are put together from data (`problem.${code}.title`): undefined where there is no such message. */
  find(key: string, params?: MessageParams): string | undefined
  /** "3 days ago" up to 7 days away, then the date. */
  relative(at: number, now: number): string
}

/**
 * @param lang a BCP 47 tag; an unknown or malformed one means English
 * @param timeZone an IANA name; an unknown one means UTC
 * @param money whether the host moves money at all; one that doesn't gets the words `key~no_money` where there are some
 */
export function createTranslator(lang: string, timeZone = 'UTC', money = true): Translator {
  const code = languageOf(lang)
  const { catalogue: all, locale } = LANGUAGES[code]
  const catalogue = money ? all : withoutMoney(all)
  const format = formatterOf(locale, timeZone)
  const find = (key: string, params: MessageParams = {}): string | undefined =>
    Object.hasOwn(catalogue, key) ? formatParts(catalogue[key as MessageKey], params, format).join('') : undefined
  const translate = (key: MessageKey, params?: MessageParams): string => find(key, params) ?? key
  return Object.assign(translate, {
    lang: code,
    timeZone: format.timeZone,
    parts: <V>(key: MessageKey, params: Readonly<Record<string, V | string | number>>) =>
      formatParts(catalogue[key] ?? key, params, format),
    find,
    relative: (at: number, now: number) => relativeTime(at, now, translate, format),
    plural: format.plural,
    number: format.number,
    date: format.date,
    time: format.time,
    datetime: format.datetime,
  })
}

const NO_MONEY = '~no_money'
const withoutMoneyOf = new WeakMap<Catalogue, Catalogue>()

/** The same catalogue, with the words of `key~no_money` under `key`. */
function withoutMoney(all: Catalogue): Catalogue {
  const known = withoutMoneyOf.get(all)
  if (known) return known
  const own = Object.entries(all).flatMap(([key, words]) => (key.endsWith(NO_MONEY) ? [[key.slice(0, -NO_MONEY.length), words]] : []))
  const made: Catalogue = { ...all, ...Object.fromEntries(own) }
  withoutMoneyOf.set(all, made)
  return made
}

/** The shipped language that a tag means: `en-US` → `en`. */
export function languageOf(tag: string): Language {
  const primary = tag.trim().toLowerCase().split(/[-_]/)[0] ?? ''
  return Object.hasOwn(LANGUAGES, primary) ? (primary as Language) : 'en'
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

function relativeTime(at: number, now: number, t: (key: MessageKey) => string, format: ZonedFormatter): string {
  const distance = Math.abs(now - at)
  const sign = at <= now ? -1 : 1
  if (distance < MINUTE && sign < 0) return t('common.just_now')
  if (distance < HOUR) return format.relative(sign * Math.max(1, Math.floor(distance / MINUTE)), 'minute')
  if (distance < DAY) return format.relative(sign * Math.floor(distance / HOUR), 'hour')
  if (distance <= 7 * DAY) return format.relative(sign * Math.floor(distance / DAY), 'day')
  return format.date(at)
}

interface ZonedFormatter extends Formatter {
  readonly timeZone: string
  relative(n: number, unit: Intl.RelativeTimeFormatUnit): string
}

const formatters = new Map<string, ZonedFormatter>()
/** Zones come from browsers; more than there are names for is somebody's game. */
const MAX_FORMATTERS = 600

function formatterOf(locale: string, wantedZone: string): ZonedFormatter {
  const key = `${locale}|${wantedZone}`
  let formatter = formatters.get(key)
  if (formatter === undefined) {
    formatter = makeFormatter(locale, isTimeZone(wantedZone) ? wantedZone : 'UTC')
    if (formatters.size >= MAX_FORMATTERS) formatters.clear()
    formatters.set(key, formatter)
  }
  return formatter
}

function makeFormatter(locale: string, timeZone: string): ZonedFormatter {
  const date = new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short', year: 'numeric' })
  const time = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const zone = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'shortOffset' })
  const number = new Intl.NumberFormat(locale)
  const plural = new Intl.PluralRules(locale)
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' })
  const zoneName = (at: number) => {
    const name = zone.formatToParts(at).find(part => part.type === 'timeZoneName')?.value ?? timeZone
    return name === 'GMT' || name === 'GMT+0' ? 'UTC' : name
  }
  return {
    timeZone,
    plural: n => plural.select(n),
    number: n => number.format(n),
    date: at => date.format(at),
    time: at => time.format(at),
    datetime: at => `${date.format(at)}, ${time.format(at)} (${zoneName(at)})`,
    relative: (n, unit) => relative.format(n, unit),
  }
}
