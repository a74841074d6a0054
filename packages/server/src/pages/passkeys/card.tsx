import type { PasskeyJson } from '@latchkey/browser/wire'
import { providerOf } from '../../domain/providers.ts'
import type { Translator } from '../../messages/index.ts'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { useHref } from '../ui/context.ts'
import { Form } from '../ui/form.tsx'
import { Stack } from '../ui/layout.tsx'
import { Badge } from '../ui/notes.tsx'
import { Tile } from '../ui/pictures.tsx'
import { Row } from '../ui/rows.tsx'
import { Time } from '../ui/words.tsx'

/** The letter of whoever keeps the passkey; a plain picture where that is unknown. */
export function ProviderIcon({ passkey, large }: { passkey: Pick<PasskeyJson, 'aaguid' | 'kind'>; large?: boolean | undefined }) {
  const provider = providerOf(passkey.aaguid)
  if (passkey.kind === 'security_key' || provider?.kind === 'security_key') return <Tile icon="usb-key" large={large} />
  return provider ? <Tile letter={provider.letter} large={large} /> : <Tile icon="passkey" large={large} />
}

/** What a passkey is and how it stands, in words. */
export function PasskeyBadges({ passkey, t }: { passkey: PasskeyJson; t: Translator }) {
  return (
    <>
      {passkey.kind === 'synced' && (
        <Badge tone="ok" icon="cloud">
          {t('passkey.synced')}
        </Badge>
      )}
      {passkey.kind === 'device' && <Badge tone="line">{t('passkey.only_this_device')}</Badge>}
      {passkey.kind === 'security_key' && <Badge tone="line">{t('passkey.security_key')}</Badge>}
      {passkey.thisDevice && <Badge tone="info">{t('passkey.this_device')}</Badge>}
      {passkey.status === 'suspended' && (
        <Badge tone="bad" icon="pause">
          {t('passkey.suspended')}
        </Badge>
      )}
      {passkey.needsFirstUse && (
        <Badge tone="warn" icon="info">
          {t('passkey.needs_first_use')}
        </Badge>
      )}
      {!passkey.discoverable && (
        <Badge tone="warn" icon="info">
          {t('passkey.not_discoverable')}
        </Badge>
      )}
      {passkey.counter && (
        <Badge tone="warn" icon="warning">
          {t('passkey.counter')}
        </Badge>
      )}
      {passkey.staleDays !== null && (
        <Badge tone="warn" icon="clock">
          {t('passkey.stale', { days: passkey.staleDays })}
        </Badge>
      )}
      {passkey.trustedAt !== null && (
        <Badge tone="info" icon="clock">
          {t('passkey.young', { at: passkey.trustedAt })}
        </Badge>
      )}
    </>
  )
}

export interface PasskeyCardProps {
  passkey: PasskeyJson
  t: Translator
  now: number
  /** The level of its name on this page: 3 under a group heading, 2 without one. */
  heading?: 2 | 3 | undefined
}

/** One passkey with Rename, Details and Delete. Suspending stands under "I lost a device" and in the details. */
export function PasskeyCard({ passkey, t, now, heading = 3 }: PasskeyCardProps) {
  const path = `/account/passkeys/${encodeURIComponent(passkey.id)}`
  const suspended = passkey.status === 'suspended'
  const { name } = passkey
  return (
    <article
      class={suspended ? 'lk-card lk-passkey lk-passkey--off' : 'lk-card lk-passkey'}
      id={`passkey-${passkey.id}`}
      data-lk-passkey={passkey.id}
      data-lk-renamed={t('passkeys.renamed', { name })}
    >
      <ProviderIcon passkey={passkey} />
      <div class="lk-passkey__name">
        {heading === 3 ? <h3 tabindex={-1}>{name}</h3> : <h2 tabindex={-1}>{name}</h2>}
        {passkey.provider !== null && passkey.provider !== name && (
          <p class="lk-row__note">{t('passkey.created_with', { provider: passkey.provider })}</p>
        )}
      </div>
      <div class="lk-passkey__body">
        <p class="lk-cluster">
          <PasskeyBadges passkey={passkey} t={t} />
        </p>
        <p class="lk-row__note">
          <PasskeyDates passkey={passkey} t={t} now={now} />
        </p>
        {passkey.openSessions > 0 && (
          <p class="lk-row__note">
            <SessionsLink count={passkey.openSessions} t={t} />
          </p>
        )}
        {passkey.staleDays !== null && !suspended && (
          <Form class="lk-ask" action={`${path}/keep`}>
            <span>{t('passkey.still_yours')}</span>
            <Button size="row" label={t('passkey.keep_named', { name })}>
              {t('passkey.keep')}
            </Button>
          </Form>
        )}
      </div>
      <div class="lk-passkey__acts">
        <LinkButton
          variant="text"
          size="row"
          icon="pencil"
          href={`${path}/rename`}
          label={t('passkey.rename_named', { name })}
          data-lk-rename={passkey.id}
        >
          {t('passkey.rename')}
        </LinkButton>
        {suspended ? (
          <LinkButton
            variant="text"
            size="row"
            icon="play"
            href={`/account/verify?operation=passkey.reactivate&target=${encodeURIComponent(passkey.id)}`}
            label={t('passkey.reactivate_named', { name })}
            data-lk-dialog=""
          >
            {t('passkey.reactivate')}
          </LinkButton>
        ) : (
          <LinkButton variant="text" size="row" icon="info" href={path} label={t('passkey.details_named', { name })}>
            {t('passkey.details')}
          </LinkButton>
        )}
        <LinkButton
          variant="danger"
          size="row"
          icon="trash"
          href={`${path}/delete`}
          label={t('passkey.delete_named', { name })}
          data-lk-dialog=""
        >
          {t('passkey.delete')}
        </LinkButton>
      </div>
    </article>
  )
}

/** "Created 12 Mar 2026 in Safari on iPhone", and when it was last used or suspended. */
function PasskeyDates({ passkey, t, now }: { passkey: PasskeyJson; t: Translator; now: number }) {
  const created = <Time at={passkey.createdAt} style="date" />
  return (
    <>
      {passkey.createdIn === ''
        ? t.parts('passkey.created_on', { date: created })
        : t.parts('passkey.created_on_in', { date: created, client: passkey.createdIn })}
      <br />
      {passkey.suspendedAt !== null
        ? t.parts('passkey.suspended_at', { when: <Time at={passkey.suspendedAt} style="relative" now={now} /> })
        : passkey.lastUsedAt === null
          ? t('passkey.never_used')
          : t.parts(passkey.lastUsedIn ? 'passkey.last_used_in' : 'passkey.last_used', {
              when: <Time at={passkey.lastUsedAt} style="relative" now={now} />,
              client: passkey.lastUsedIn ?? '',
            })}
    </>
  )
}

function SessionsLink({ count, t }: { count: number; t: Translator }) {
  return <a href={useHref()('/account/sessions')}>{t('passkey.opened_sessions', { n: count })}</a>
}

/** Cards under each other; group headings only where both kinds exist. Newest use first. */
export function PasskeyList({ passkeys, t, now }: { passkeys: readonly PasskeyJson[]; t: Translator; now: number }) {
  const newestFirst = [...passkeys].sort((a, b) => (b.lastUsedAt ?? b.createdAt) - (a.lastUsedAt ?? a.createdAt))
  const keys = newestFirst.filter(p => p.kind === 'security_key')
  const others = newestFirst.filter(p => p.kind !== 'security_key')
  const cards = (items: readonly PasskeyJson[], heading: 2 | 3) => (
    <ul class="lk-stack">
      {items.map(passkey => (
        <li>
          <PasskeyCard passkey={passkey} t={t} now={now} heading={heading} />
        </li>
      ))}
    </ul>
  )
  if (keys.length === 0 || others.length === 0) return cards(newestFirst, 2)
  return (
    <Stack gap={32}>
      <section aria-labelledby="on-devices">
        <h2 class="lk-group" id="on-devices">
          {t('passkey.group_devices')}
        </h2>
        {cards(others, 3)}
      </section>
      <section aria-labelledby="on-keys">
        <h2 class="lk-group" id="on-keys">
          {t('passkey.group_keys')}
        </h2>
        {cards(keys, 3)}
      </section>
    </Stack>
  )
}

/** A passkey as one row, where there is no room for a card. */
export function PasskeyRow({ passkey, t, now, href }: { passkey: PasskeyJson; t: Translator; now: number; href?: string | undefined }) {
  const provider = providerOf(passkey.aaguid)
  const key = passkey.kind === 'security_key' || provider?.kind === 'security_key'
  const used =
    passkey.lastUsedAt === null
      ? t('passkey.never_used')
      : t.parts('passkey.last_used', { when: <Time at={passkey.lastUsedAt} style="relative" now={now} /> })
  return (
    <Row
      href={href}
      icon={key ? 'usb-key' : provider ? undefined : 'passkey'}
      letter={key ? undefined : provider?.letter}
      title={passkey.name}
      badges={<PasskeyBadges passkey={passkey} t={t} />}
      note={used}
    />
  )
}
