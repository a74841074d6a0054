/**
 * The parts that the page script turns into passkey prompts. A form carries the options, the script fills `response` and sends it like
 * any other form, so that the server has one way to answer.
 */
import type { SignalJson } from '@latchkey/browser/wire'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { cx, type Hooks } from '../ui/base.ts'
import { useHref, useT } from '../ui/context.ts'
import { errorWords } from '../ui/errors.tsx'
import { FormToken } from '../ui/form.tsx'

export type Hint = 'client-device' | 'hybrid' | 'security-key'
export type Attachment = 'platform' | 'cross-platform'
export type CeremonyKind = 'get' | 'create'

interface CeremonyFields {
  /** The page route that the answer is posted to, as the field `response`. */
  action: string
  /** Options of this page load, ready before the first click. */
  options: object
  /** JSON route that answers fresh options: asked every 4 minutes and when the tab comes back. */
  optionsUrl: string
  /** What that route needs to know: `{ operation, target }`. */
  optionsBody?: Readonly<Record<string, unknown>> | undefined
  /** Fields that go with the answer: `{ return_to }`. */
  hidden?: Readonly<Record<string, string>> | undefined
}

export interface CeremonyFormProps extends CeremonyFields {
  kind: CeremonyKind
  /** Where the prompt looks first; a button's own hints come before these. */
  hints?: readonly Hint[] | undefined
  attachment?: Attachment | undefined
  /** The page behind "Try another way"; a second cancel in a row opens it. */
  otherWay?: string | undefined
  /** The click that led here opens the prompt too; where the browser wants another click, the button waits. */
  auto?: boolean | undefined
  id?: string | undefined
  class?: string | undefined
  /** The submit buttons, and whatever stands between them. */
  children?: Child
}

/**
 * A form whose submit buttons open the device's prompt. Invisible until the script runs: without it there is no prompt.
 *
 * @example
 * <CeremonyForm kind="get" action="/sign-in/passkey" options={options} optionsUrl="/api/sign-in/passkey/options" other="/sign-in/other">
 *   <Button variant="primary" size="block" icon="passkey">Sign in with a passkey</Button>
 * </CeremonyForm>
 */
export function CeremonyForm({ kind, hints, attachment, otherWay, auto, id, class: more, children, ...fields }: CeremonyFormProps) {
  const href = useHref()
  return (
    <form
      id={id}
      class={cx('lk-needs-script', more)}
      method="post"
      action={href(fields.action)}
      data-lk-ceremony={kind}
      data-lk-needs-passkey=""
      data-lk-other={otherWay === undefined ? undefined : href(otherWay)}
      data-lk-auto={auto ? '' : undefined}
      {...hintHooks(hints, attachment)}
      {...optionHooks(fields, href)}
    >
      <HiddenFields hidden={fields.hidden} />
      {children}
    </form>
  )
}

/** For a submit button inside a `CeremonyForm` that asks somewhere of its own: `<Option {...hintHooks(['hybrid'], 'cross-platform')} …>`. */
export const hintHooks = (hints: readonly Hint[] | undefined, attachment?: Attachment): Hooks => ({
  'data-lk-hints': hints?.join(','),
  'data-lk-attachment': attachment,
})

/** The three places of a creation: this device, phone or tablet, security key. */
export const WHERE = {
  device: hintHooks(['client-device'], 'platform'),
  phone: hintHooks(['hybrid'], 'cross-platform'),
  key: hintHooks(['security-key'], 'cross-platform'),
} as const

/**
 * Beside the identifier field with `autocomplete="username webauthn"`: the script asks the browser to list passkeys in that field, with
 * options of its own, and posts what was picked.
 */
export function AutofillMarker(fields: CeremonyFields) {
  const href = useHref()
  return (
    <form hidden method="post" action={href(fields.action)} data-lk-autofill="" {...optionHooks(fields, href)}>
      <HiddenFields hidden={fields.hidden} />
    </form>
  )
}

const optionHooks = ({ options, optionsUrl, optionsBody }: CeremonyFields, href: (path: string) => string): Hooks => ({
  'data-lk-options': JSON.stringify(options),
  'data-lk-options-url': href(optionsUrl),
  'data-lk-options-body': optionsBody && JSON.stringify(optionsBody),
})

function HiddenFields({ hidden = {} }: { hidden?: Readonly<Record<string, string>> | undefined }) {
  return (
    <>
      <FormToken />
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <input type="hidden" name="response" value="" />
    </>
  )
}

/** Codes that the script itself can meet; what the server refuses comes as a page of its own, in words. */
const BROWSER_CODES = [
  ...[
    'LK101',
    'LK102',
    'LK103',
    'LK104',
    'LK105',
    'LK106',
    'LK108',
    'LK109',
    'LK110',
    'LK111',
    'LK112',
    'LK113',
    'LK114',
    'LK115',
    'LK117',
  ],
  ...['LK201', 'LK202', 'LK203', 'LK204', 'LK206', 'LK207', 'LK208', 'LK305', 'LK402', 'LK404'],
] as const

const SCRIPT_WORDS = {
  cancel: 'common.cancel',
  check: 'common.check_device',
  checking: 'common.checking_code',
  code: 'common.error_code',
  copied: 'common.copied',
  error: 'common.error_title',
  follow: 'common.follow_prompt',
  how: 'common.how',
  noPrompt: 'common.no_prompt',
  other: 'common.try_another_way',
  retry: 'common.try_again',
  saved: 'common.saved',
  waiting: 'common.waiting_for_device',
} as const satisfies Record<string, MessageKey>

/** The words that the script needs, as JSON it reads; once in a page, outside `<main>`. */
export function CeremonyWords({ t: given }: { t?: Translator | undefined }) {
  const own = useT()
  const href = useHref()
  const t = given ?? own
  const words = Object.fromEntries(Object.entries(SCRIPT_WORDS).map(([name, key]) => [name, wordOf(t, key)]))
  const errors = Object.fromEntries(BROWSER_CODES.map(code => [code, errorWords(t, code)]))
  return <JsonBlock hook="data-lk-words" value={{ ...words, errors, checkUrl: href('/check-device') }} />
}

/** `{code}` stays for the script to fill in. */
const wordOf = (t: Translator, key: MessageKey): string => t(key, {})

/** Tells password managers what is left and what the account is called, on the first page after a sign-in or a change. */
export const SignalMarker = (props: SignalJson) => <JsonBlock hook="data-lk-signal" value={props} />

function JsonBlock({ hook, value }: { hook: `data-${string}`; value: unknown }) {
  return (
    <script type="application/json" {...{ [hook]: '' }}>
      {raw(JSON.stringify(value).replace(/</g, '\\u003c'))}
    </script>
  )
}
