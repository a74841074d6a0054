import type { Child } from 'hono/jsx'
import { grouped } from '../../domain/decimal.ts'
import type { Hold, MoneyHeld, MoneyWay } from '../../flows/approvals/money.ts'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { Form } from '../ui/form.tsx'
import { Icon, type IconName } from '../ui/pictures.tsx'
import { verifyPath } from '../verify/intent.ts'
import { INTENTS } from '../verify/intents.ts'
import { type ApprovalScreen, approvePath, homeOf } from './screen.ts'

/** Why money can't move, until when, what helps: the whole answer where nothing can be signed. */
export function Held({ screen, held }: { screen: ApprovalScreen; held: MoneyHeld }) {
  const { t } = screen
  const paused = held.holds.length > 0 && held.holds.every(({ reason }) => !APART.has(reason))
  return (
    <>
      <HeldBox screen={screen} held={held} />
      <div class="lk-ways lk-stack lk-stack--8">
        <h2>{t(paused ? 'approve.held_no_sooner' : 'approve.held_ways')}</h2>
        {paused && <p class="lk-small lk-muted">{t('approve.held_nobody')}</p>}
        <Ways screen={screen} held={held} />
        <RejectForm {...screen} />
        <BackButton {...screen} />
        {paused && (
          <LinkButton variant="text" href="/account/lost-device">
            {t('approve.not_me')}
          </LinkButton>
        )}
        {held.holds.some(({ reason }) => reason === 'address_waits') && (
          <LinkButton variant="text" href="/account/security#waits">
            {t('approve.not_me_address')}
          </LinkButton>
        )}
      </div>
    </>
  )
}

/** Holds with words of their own; every other one is a pause. */
const APART: ReadonlySet<string> = new Set(['account.freeze', 'account.lock', 'address_waits', 'passkey_young'])

interface HeldWords {
  icon: IconName
  info?: true
  title: string
  text: Child
}

export function HeldBox({ screen, held }: { screen: ApprovalScreen; held: MoneyHeld }) {
  const { t } = screen
  const { icon, info, title, text } = wordsOf(screen, held)
  return (
    <section class={info ? 'lk-held lk-held--info lk-gap-16' : 'lk-held lk-gap-16'} aria-labelledby="held" data-lk-problem={held.code}>
      <div class="lk-held__head">
        <Icon name={icon} size="s" />
        <div>
          <h2 class="lk-h3" id="held" tabindex={-1}>
            {title}
          </h2>
          <p class="lk-small">{text}</p>
        </div>
      </div>
      {held.holds.length > 1 && (
        <ul>
          {held.holds.map(hold => (
            <li>
              <span>{holdName(screen, hold)}</span>
              <span class="lk-muted lk-nowrap">{hold.until !== null && t('approve.held_until', { until: hold.until })}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function wordsOf(screen: ApprovalScreen, held: MoneyHeld): HeldWords {
  const { t } = screen
  if (held.code === 'refused_by_policy')
    return { icon: 'shield-check', info: true, title: t('approve.held_proof'), text: t('approve.held_proof_text') }
  if (held.code === 'approval_too_weak')
    return { icon: 'info', info: true, title: t('approve.held_weak'), text: t('approve.held_weak_text') }
  if (held.code === 'approval_over_limit') return { icon: 'info', info: true, title: t('approve.held_over'), text: limitWords(screen) }
  const [first] = held.holds
  const until = held.until ?? 0
  if (first?.reason === 'account.freeze')
    return { icon: 'pause', info: true, title: t('approve.held_frozen'), text: t('approve.held_frozen_text') }
  if (first?.reason === 'account.lock')
    return { icon: 'lock', info: true, title: t('approve.held_lock', { until }), text: t('approve.held_lock_text') }
  if (first?.reason === 'address_waits')
    return { icon: 'clock', title: t('approve.held_address', { until }), text: t('approve.held_address_text') }
  if (first?.reason === 'passkey_young') return { icon: 'clock', title: youngTitle(screen, held), text: youngText(screen, held) }
  return { icon: 'clock', title: t('approve.held_pause', { until }), text: t('approve.held_pause_text') }
}

const youngTitle = ({ t }: ApprovalScreen, { until }: MoneyHeld): string =>
  until === null ? t('approve.held_unused') : t('approve.held_young', { until })

function youngText(screen: ApprovalScreen, { ways }: MoneyHeld): string {
  const { t, young, ctx } = screen
  const text = young ? t('approve.held_young_text', { name: young.name, when: t.relative(young.createdAt, ctx.now()) }) : ''
  return ways.includes('smaller_amount') ? `${text} ${limitWords(screen)}` : text
}

/** "With two steps: up to 500 USD at a time. This is 31,204.10 USD." */
function limitWords({ t, action, payload }: ApprovalScreen): string {
  const allowed = action.withoutPasskey
  if (!allowed) return ''
  const value = payload?.details[allowed.field] ?? ''
  return t('approve.held_over_text', { limit: `${grouped(allowed.limit)} ${allowed.unit}`, value: `${grouped(value)} ${allowed.unit}` })
}

function holdName({ t, young }: ApprovalScreen, { reason }: Hold): string {
  if (reason === 'passkey_young') return young?.name ?? t('approve.held_weak')
  return t.find(`approve.hold.${reason}`) ?? t.find(`operation.${reason}`) ?? t('approve.hold.pause')
}

interface Way {
  href: string
  words: string
  icon?: IconName
  note?: string
}

/** Each way as a control; the first of them is the primary one. What has no page of its own is a sentence. */
function Ways({ screen, held }: { screen: ApprovalScreen; held: MoneyHeld }) {
  const ways = held.ways.flatMap(way => wayOf(screen, held, way) ?? [])
  const later = held.ways.includes('later') && held.until !== null
  return (
    <>
      {ways.map(({ href, words, icon, note }, index) => (
        <>
          <LinkButton variant={index === 0 ? 'primary' : undefined} icon={icon} href={href}>
            {words}
          </LinkButton>
          {note && <p class="lk-small lk-muted">{note}</p>}
        </>
      ))}
      {later && (
        <p class="lk-small lk-muted">
          {screen.t(ways.length > 0 ? 'approve.held_or_later' : 'approve.held_later', { until: held.until ?? 0 })}
        </p>
      )}
    </>
  )
}

function wayOf({ t, back }: ApprovalScreen, { until }: MoneyHeld, way: MoneyWay): Way | null {
  switch (way) {
    case 'passkey.add':
      return {
        href: '/account/passkeys/new',
        words: t('approve.create_passkey'),
        icon: 'plus',
        note: until === null ? '' : t('approve.create_passkey_note', { until }),
      }
    case 'passkey.reactivate':
      return { href: '/account/passkeys', words: t('approve.reactivate_passkey'), icon: 'passkey' }
    case 'recover':
      return { href: '/account/lost-device', words: t('approve.lost_passkeys') }
    case 'account.unfreeze':
      return INTENTS['account.unfreeze'] ? { href: verifyPath('account.unfreeze'), words: t('approve.unfreeze'), icon: 'lock' } : null
    case 'smaller_amount':
      return back === null ? null : { href: back, words: t('approve.smaller_amount') }
    case 'other_address':
      return back === null ? null : { href: back, words: t('approve.other_address'), icon: 'send' }
    default:
      return null
  }
}

export const RejectForm = ({ row, t }: ApprovalScreen) => (
  <Form action={`${approvePath(row.id)}/reject`}>
    <Button size="block">{t('approve.reject')}</Button>
  </Form>
)

/** Where the person came from; always there, so that no refusal is a wall. */
export const BackButton = (screen: ApprovalScreen) => (
  <LinkButton variant="text" size="block" href={homeOf(screen).href}>
    {homeOf(screen).words}
  </LinkButton>
)
