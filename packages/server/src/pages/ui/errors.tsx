import type { Child } from 'hono/jsx'
import type { ProblemCode, ProblemExtras } from '../../domain/problems.ts'
import { PROBLEMS } from '../../domain/problems.ts'
import type { MessageParams, Translator } from '../../messages/index.ts'
import { cx, type WithChildren } from './base.ts'
import { useT } from './context.ts'
import { Icon, type IconName } from './pictures.tsx'

export interface ErrorBoxProps extends WithChildren {
  title: Child
  text?: Child
  /** Calm by default: a cancelled prompt is information. */
  tone?: 'info' | 'warn' | 'bad' | undefined
  icon?: IconName | undefined
  actions?: Child
  /** `LK101` */
  code?: string | undefined
  /** The last four of the request id. */
  trace?: string | undefined
  id?: string | undefined
}
/** What went wrong, the next best action, and a reference that support can use. */
export function ErrorBox({ title, text, tone = 'info', icon, actions, code, trace, id, children }: ErrorBoxProps) {
  const t = useT()
  return (
    <div class={cx('lk-banner', tone !== 'info' && `lk-banner--${tone}`)} role="alert" id={id} data-lk-error={code}>
      <Icon name={icon ?? (tone === 'bad' ? 'shield-alert' : tone === 'warn' ? 'warning' : 'info')} />
      <div>
        <h2 tabindex={-1}>{title}</h2> {text}
        {children}
        {(actions || code) && (
          <div class="lk-cluster">
            {actions}
            {code && (
              <span class="lk-fine lk-muted lk-nowrap" translate="no">
                {t('common.error_code', { code: reference(code, trace) })}
              </span>
            )}
          </div>
        )}
      </div>
    </div>
  )
}
/** "LK101 · 8F3A" */
export const reference = (code: string, trace?: string): string => (trace ? `${code} · ${trace}` : code)

const CALM: ReadonlySet<ProblemCode> = new Set([
  'form_expired',
  'challenge_expired',
  'step_up_required',
  'unauthenticated',
  'already_done',
  'method_off',
  'approval_decided',
  'money_held',
])

export interface ProblemBoxProps {
  code: ProblemCode
  extras?: ProblemExtras | undefined
  trace?: string | undefined
  actions?: Child
}
/** A refusal of ours in the reader's words. */
export function ProblemBox({ code, extras = {}, trace, actions }: ProblemBoxProps) {
  const t = useT()
  const words = problemWords(t, code, extras)
  return (
    <ErrorBox
      title={words.title}
      text={words.text}
      tone={CALM.has(code) ? 'info' : 'bad'}
      code={PROBLEMS[code].ref}
      trace={trace}
      actions={actions}
    />
  )
}

/** A form that was renewed with what was typed: says why it stands there again. */
export const Refreshed = ({ problem }: { problem: { code: ProblemCode } | null }) =>
  problem?.code === 'form_expired' ? (
    <div class="lk-gap-16" data-lk-problem={problem.code}>
      <ProblemBox code={problem.code} />
    </div>
  ) : null

/** Title, explanation and the words of the next action for a problem; `text` and `action` may be missing. */
export function problemWords(
  t: Translator,
  code: ProblemCode,
  extras: ProblemExtras = {},
): { title: string; text?: string; action?: string } {
  const params: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(extras)) if (typeof value === 'string' || typeof value === 'number') params[name] = value
  const find = (part: string, variant: string): string | undefined => t.find(`problem.${code}.${part}${variant}`, params)
  // a variant names its first reason, or the value it needs: `problem.code_wrong.title+triesLeft`
  const reason = extras.reasons?.[0]
  const variants = [...(reason === undefined ? [] : [`@${reason}`]), ...Object.keys(params).map(name => `+${name}`), '']
  const best = (part: string): string | undefined => {
    for (const variant of variants) {
      const words = find(part, variant)
      if (words !== undefined) return words
    }
    return undefined
  }
  const text = best('text')
  const action = best('action')
  return { title: best('title') ?? PROBLEMS[code].title, ...(text !== undefined && { text }), ...(action !== undefined && { action }) }
}

/** The words of one `LKnnn` code for the page script: title, text, action. */
export function errorWords(t: Translator, code: string, params: MessageParams = {}): { title: string; text?: string; action?: string } {
  const text = t.find(`error.${code}.text`, params)
  const action = t.find(`error.${code}.action`, params)
  return {
    title: t.find(`error.${code}.title`, params) ?? t('error.LK113.title'),
    ...(text !== undefined && { text }),
    ...(action !== undefined && { action }),
  }
}
