import type { Child } from 'hono/jsx'
import { policyMs } from '../../domain/policy.ts'
import { movesMoney } from '../../flows/approvals/money.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { translator } from '../shell/page.tsx'
import { Ticks } from '../ui/guidance.tsx'
import { Section } from '../ui/heads.tsx'
import { Card } from '../ui/layout.tsx'
import { Art, Icon, type IconName } from '../ui/pictures.tsx'
import { Time } from '../ui/words.tsx'

/** "Since 22 Nov 2026, 14:09 (UTC)." */
export const Since = ({ t, at }: { t: Translator; at: number }) => <>{t.parts<Child>('frozen.since', { at: <Time at={at} /> })}</>

/** The state, large: what a frightened person reads first. */
export const Hero = ({ t, at }: { t: Translator; at: number }) => (
  <div class="lk-hero lk-hero--centre" role="status">
    <Art name="frozen" />
    <h1 tabindex={-1}>
      {t('frozen.title')}.<br />
      {t('frozen.hero')}
    </h1>
    <p class="lk-lead">
      <Since t={t} at={at} /> {t('frozen.calm')}
    </p>
  </div>
)

/** Of a host that moves money, and of every one. */
const SAFE = ['money', 'settings', 'time', 'yours'] as const

export function Safe({ c }: { c: AppContext }) {
  const t = translator(c)
  const items = SAFE.filter(item => item !== 'money' || movesMoney(scopeOf(c).ctx))
  return (
    <section class="lk-card lk-card--pad" aria-labelledby="safe">
      <h2 id="safe" class="lk-hide">
        {t('frozen.safe')}
      </h2>
      <Ticks items={items.map(item => ({ word: t(`frozen.safe_${item}`), text: t(`frozen.safe_${item}_text`) }))} />
    </section>
  )
}

const SITUATIONS = [
  { key: 'device', icon: 'laptop' },
  { key: 'mailbox', icon: 'mail' },
  { key: 'sent', icon: 'send' },
  { key: 'unknown', icon: 'info' },
] as const satisfies readonly { key: string; icon: IconName }[]

/** What to do, by what happened; the first one is open. */
export function WhatNow({ c }: { c: AppContext }) {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const shown = SITUATIONS.filter(({ key }) => key !== 'sent' || movesMoney(ctx))
  const step = (key: string, n: number): string => t(`frozen.${key}_${n}` as MessageKey, { brand: ctx.config.brand.name })
  return (
    <Section id="now" title={t('frozen.now')}>
      <div class="lk-card">
        <ul class="lk-list">
          {shown.map(({ key, icon }, index) => (
            <li>
              <details class="lk-fold" name="now" open={index === 0}>
                <summary>
                  <Icon name={icon} size="s" />
                  <span>{t(`frozen.${key}`)}</span>
                  <Icon name="chevron" />
                </summary>
                <div class="lk-fold__in">
                  <ol class="lk-steps">
                    {[1, 2, 3].map(n => (
                      <li>{step(key, n)}</li>
                    ))}
                  </ol>
                </div>
              </details>
            </li>
          ))}
        </ul>
      </div>
    </Section>
  )
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Hours, and in development, where they are shortened, minutes. */
const afterWords = (t: Translator, ms: number): string =>
  ms < HOUR_MS ? t('frozen.back_after_minutes', { n: Math.ceil(ms / MINUTE_MS) }) : t('frozen.back_after', { n: Math.ceil(ms / HOUR_MS) })

/** The ways back with their hours (policy.md §4); `now` is the button of the first, `foot` leads to the others. */
export function WaysBack({ c, now, foot }: { c: AppContext; now: Child; foot: Child }) {
  const { policy } = scopeOf(c).ctx.config
  const t = translator(c)
  const after = (hours: number): string => afterWords(t, policyMs(hours, policy))
  return (
    <Section id="back" title={t('frozen.back')}>
      <Card
        splitFoot
        foot={
          <>
            <p class="lk-small lk-muted">{t('frozen.back_note')}</p>
            {foot}
          </>
        }
      >
        <div class="lk-list">
          <Way t={t} when={<span class="lk-ok">{t('frozen.back_now')}</span>} way="trusted">
            {now}
          </Way>
          <Way t={t} when={after(24)} way="steps" />
          <Way t={t} when={after(72)} way="less" />
        </div>
      </Card>
    </Section>
  )
}

const Way = ({ t, when, way, children }: { t: Translator; when: Child; way: 'trusted' | 'steps' | 'less'; children?: Child }) => (
  <div class="lk-when">
    <p>{when}</p>
    <h3>{t(`frozen.back_${way}`)}</h3>
    <p class="lk-small lk-muted">{t(`frozen.back_${way}_text`)}</p>
    {children}
  </div>
)
