import { isPrintable } from '@latchkey/browser/text'
import type { Config } from '../config.ts'
import { ANOMALIES } from '../domain/anomalies.ts'
import { cutLetters } from '../domain/letters.ts'
import { createTranslator, type MessageParams, type Translator } from '../messages/index.ts'
import type { Channel } from '../store/store.ts'
import { FREEZE_LINK_MS, freezePath } from './freeze-link.ts'
import { type Block, htmlMail, textMail } from './mail.ts'

/** What each template ends with: how to say that it was somebody else, which freezes; how to stop what waits; or what to do now. */
const NOTICES = {
  passkey_created: 'not_you',
  passkey_saved: 'not_you',
  passkey_suspended: 'not_you',
  passkey_reactivated: 'not_you',
  passkey_removed: 'not_you',
  password_added: 'not_you',
  password_changed: 'not_you',
  password_removed: 'not_you',
  totp_added: 'not_you',
  totp_replaced: 'not_you',
  totp_removed: 'not_you',
  phone_added: 'not_you',
  phone_replaced: 'not_you',
  phone_removed: 'not_you',
  email_added: 'not_you',
  email_replaced: 'not_you',
  email_removed: 'not_you',
  recovery_codes_made: 'not_you',
  recovery_code_used: 'not_you',
  sign_in_with_recovery_code: 'not_you',
  sign_in_without_passkey: 'not_you',
  new_device_sign_in: 'not_you',
  session_ended: 'not_you',
  sessions_ended: 'not_you',
  counter_backwards: 'not_you',
  backup_lost: 'not_you',
  verification_gained: 'not_you',
  attachment_changed: 'not_you',
  recovery_started: 'cancel',
  recovery_done: 'not_you',
  change_waits: 'cancel',
  change_cancelled: 'not_you',
  change_done: 'not_you',
  change_undone: 'not_you',
  approval_approved: 'not_you',
  payout_address_added: 'not_you',
  payout_address_removed: 'not_you',
  phrase_changed: 'not_you',
  account_locked: 'not_you',
  change_tried: 'not_you',
  account_frozen: 'calm',
  account_unfrozen: 'not_you',
  account_closing: 'cancel',
} as const satisfies Record<string, 'not_you' | 'cancel' | 'calm'>

/** One per security change. */
export type NoticeTemplate = keyof typeof NOTICES
/** `nothing` is written for a decoy and never sent. */
export type TemplateName = NoticeTemplate | 'code' | 'sign_up_code' | 'account_exists' | 'address_in_use' | 'mail_test' | 'nothing'
export type TemplateParams = Readonly<Record<string, string | number | null>>

export interface Rendered {
  /** One line; empty for SMS. */
  subject: string
  text: string
  /** null for SMS */
  html: string | null
}

type Place = Pick<Config, 'origin' | 'basePath' | 'host' | 'publicUrl' | 'brand'> & Partial<Pick<Config, 'actions'>>

const SMS_LENGTH = 160
const SMS_BRAND_LENGTH = 24
const MAIL_BRAND_LENGTH = 64

export const isNotice = (template: string): template is NoticeTemplate => Object.hasOwn(NOTICES, template)
export const noticeTemplates = Object.keys(NOTICES) as NoticeTemplate[]

/**
 * Puts one message into words. Links come from `publicUrl`, never from a request; every value is escaped where it is shown.
 *
 * @param params of the template; times in epoch milliseconds. `zone` (IANA name) and `lang` choose how they are written.
 * @throws RangeError for a template that does not exist
 * @example renderMessage(config, 'code', 'sms', { code: '123456' }).text.endsWith('@accounts.example.com #123456') // true
 */
export function renderMessage(config: Place, template: string, channel: Channel, params: TemplateParams): Rendered {
  const money = config.actions === undefined || Object.keys(config.actions).length > 0
  const t = createTranslator(String(params.lang ?? 'en'), String(params.zone ?? 'UTC'), money)
  const values = valuesOf(config, t, params, channel)
  if (template === 'code' || template === 'sign_up_code')
    return channel === 'sms' ? codeSms(config, t, values) : codeMail(config, t, template, values)
  if (template === 'account_exists' || template === 'address_in_use')
    return channel === 'sms' ? sms([word(t, `${template}.sms`, values)]) : existsMail(config, t, template, values)
  if (template === 'mail_test') return testMail(config, t, values)
  if (!isNotice(template)) throw new RangeError('no such template')
  return channel === 'sms' ? noticeSms(config, t, template, values) : noticeMail(config, t, template, values)
}

/** Control characters, line ends and what turns text around have no place in a line of ours: no header, no second line. */
const oneLine = (text: string): string => (isPrintable(text) ? text : text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')).trim()

const isAbsent = (value: string | number | null): boolean => value === null || value === ''

function valuesOf(config: Place, t: Translator, params: TemplateParams, channel: Channel): MessageParams {
  const given = Object.entries(params).filter(([, value]) => !isAbsent(value))
  const lines = given.map(([key, value]) => [key, typeof value === 'string' ? oneLine(value) : value])
  const brand = cutLetters(oneLine(config.brand.name), channel === 'sms' ? SMS_BRAND_LENGTH : MAIL_BRAND_LENGTH)
  const what = t.find(`notice.operation.${params.operation}`) ?? t('notice.operation.other')
  const known = { name: 'none', reference: 'none', until: 'none', at: 0, what, ...Object.fromEntries(lines) }
  return { ...known, link_until: Number(known.at) + FREEZE_LINK_MS, brand, host: config.host }
}

/** Every template has its words; a test goes through the table. */
const word = (t: Translator, key: string, values: MessageParams): string => t.find(`notice.${key}`, values) ?? ''

const link = (config: Place, path: string): string => `${config.origin}${config.basePath}${path}`
/** Of the notice; without one, in a message of an earlier release, the page that helps behind a sign-in. */
const freezeLink = (config: Place, { link: token }: MessageParams): string =>
  link(config, typeof token === 'string' ? freezePath(token) : '/account/lost-device')
const securityPage = (config: Place): string => link(config, '/account/security')

function codeMail(config: Place, t: Translator, template: 'code' | 'sign_up_code', values: MessageParams): Rendered {
  const blocks: Block[] = [
    { kind: 'code', text: String(values.code) },
    { kind: 'text', text: t('notice.code.only_here', values) },
    { kind: 'text', text: t('notice.code.lifetime') },
    { kind: 'text', text: word(t, `${template}.ignore`, values) },
  ]
  return mail(config, t, values, word(t, `${template}.subject`, values), word(t, `${template}.title`, values), blocks)
}

/** The last line lets the phone offer the code on this site only (WICG, "Sending one-time passcodes over SMS"). */
function codeSms(config: Place, t: Translator, values: MessageParams): Rendered {
  const bound = `\n\n@${config.publicUrl.hostname} #${values.code}`
  return sms([t('notice.code.sms', values), t('notice.code.only_here', values), t('notice.code.lifetime')], bound)
}

function existsMail(config: Place, t: Translator, template: 'account_exists' | 'address_in_use', values: MessageParams): Rendered {
  const url = link(config, '/sign-in')
  const blocks: Block[] = [
    { kind: 'text', text: word(t, `${template}.body`, values) },
    { kind: 'text', text: word(t, `${template}.sign_in`, { ...values, url }) },
  ]
  return mail(config, t, values, word(t, `${template}.subject`, values), word(t, `${template}.title`, values), blocks)
}

/** What an operator sends to find out whether mail arrives. */
const testMail = (config: Place, t: Translator, values: MessageParams): Rendered =>
  mail(config, t, values, t('notice.mail_test.subject', values), t('notice.mail_test.title', values), [
    { kind: 'text', text: t('notice.mail_test.body', values) },
  ])

function noticeMail(config: Place, t: Translator, template: NoticeTemplate, values: MessageParams): Rendered {
  const blocks: Block[] = [
    { kind: 'text', text: word(t, `${template}.body`, values) },
    { kind: 'details', rows: detailsOf(t, template, values) },
    ...endingOf(config, t, template, values),
  ]
  return mail(config, t, values, word(t, `${template}.subject`, values), word(t, `${template}.title`, values), blocks)
}

function endingOf(config: Place, t: Translator, template: NoticeTemplate, values: MessageParams): Block[] {
  const kind = NOTICES[template]
  const url = freezeLink(config, values)
  const fine = values.link === undefined ? undefined : t('notice.link_fine', values)
  if (kind === 'calm') return [action(t, kind, url, fine)]
  return [
    ...(kind === 'cancel' ? [action(t, kind, securityPage(config))] : []),
    { kind: 'text', text: t('notice.was_you') },
    action(t, 'not_you', url, fine),
  ]
}

const action = (t: Translator, kind: 'not_you' | 'cancel' | 'calm', url: string, fine?: string): Block => ({
  kind: 'action',
  text: [t(`notice.${kind}`, { url }), ...(fine ? [fine] : [])].join('\n'),
  fine,
  lead: t(`notice.${kind}_lead`),
  rest: t(`notice.${kind}_rest`),
  label: t(`notice.${kind}_link`),
  url,
})

function detailsOf(t: Translator, template: NoticeTemplate, values: MessageParams): [string, string][] {
  const shown = (key: string): string | null => (values[key] === undefined || values[key] === 'none' ? null : String(values[key]))
  const isChange = template.startsWith('change_')
  const isPasskey = template.startsWith('passkey_') || Object.hasOwn(ANOMALIES, template)
  const rows: [string, string | null][] = [
    [t('notice.detail.passkey'), isPasskey ? shown('name') : null],
    [t('notice.detail.change'), isChange ? shown('what') : null],
    [t('notice.detail.effective'), typeof values.until === 'number' ? t.datetime(values.until) : null],
    [t('notice.detail.when'), t.datetime(Number(values.at))],
    [t('notice.detail.device'), shown('device')],
    [t('notice.detail.place'), shown('place')],
  ]
  return rows.filter((row): row is [string, string] => row[1] !== null)
}

function noticeSms(config: Place, t: Translator, template: NoticeTemplate, values: MessageParams): Rendered {
  const url = freezeLink(config, values)
  const ending = NOTICES[template] === 'calm' ? t('notice.sms_calm', { url }) : t('notice.sms_not_you', { url })
  return sms([word(t, `${template}.sms`, values)], ` ${ending}`)
}

/** As many sentences as fit into one text message, in their order; the first one and `last` always stand, whatever the host's name takes. */
function sms([first, ...others]: [string, ...string[]], last = ''): Rendered {
  let text = first
  for (const sentence of others) {
    const longer = `${text} ${sentence}`
    if (longer.length + last.length <= SMS_LENGTH) text = longer
  }
  return { subject: '', text: `${text}${last}`, html: null }
}

function mail(config: Place, t: Translator, values: MessageParams, subject: string, title: string, blocks: Block[]): Rendered {
  const { name, colors } = config.brand
  const look = { brand: oneLine(name), fill: colors?.fill, onFill: colors?.onAccent, lang: t.lang }
  const { phrase } = values
  const known = typeof phrase === 'string' ? { phrase: [t('notice.phrase'), phrase] as const, warning: t('notice.phrase_missing') } : {}
  const page = { ...look, ...known, title, blocks, foot: t('notice.always') }
  return { subject: oneLine(subject), text: textMail(page), html: htmlMail(page) }
}
