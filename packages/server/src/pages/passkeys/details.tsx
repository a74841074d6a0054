import type { PasskeyJson } from '@latchkey/browser/wire'
import { providerOf } from '../../domain/providers.ts'
import type { Passkey } from '../../domain/types.ts'
import { liveSessions } from '../../flows/account/sessions.ts'
import { passkeyJson, passkeyKind } from '../../flows/account/views.ts'
import { ownPasskey } from '../../flows/passkeys.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { accountPage, translator } from '../shell/page.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { Details } from '../ui/facts.tsx'
import { Back, PageHead, Section } from '../ui/heads.tsx'
import { Card, Stack } from '../ui/layout.tsx'
import { Time } from '../ui/words.tsx'
import { verifyPath } from '../verify/intent.ts'
import { PasskeyBadges } from './card.tsx'
import { LIST } from './paths.ts'

/** How the passkey can, or can't, be had back (K39, K40). */
export function recoveryWords(t: Translator, passkey: Passkey): string {
  const kind = passkeyKind(passkey)
  if (kind === 'security_key') return t('passkeys.recovery_key')
  if (kind === 'device') return t('passkeys.recovery_device')
  const home = providerOf(passkey.aaguid)?.home ?? 'manager'
  return t(`passkeys.recovery_${home}` as MessageKey)
}

/** All that is known about one passkey, with suspend and reactivate. */
export async function detailsPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const { passkey, facts, session } = await ownPasskey(ctx, caller, c.req.param('id') ?? '')
  const sessions = await liveSessions(ctx, session)
  const view = passkeyJson(ctx, passkey, session, sessions)
  const id = encodeURIComponent(passkey.id)
  return accountPage(
    c,
    facts,
    { title: view.name, nav: 'passkeys' },
    <>
      <PageHead back={<Back href={LIST}>{t('passkeys.title')}</Back>} title={view.name} />
      <Card pad>
        <p class="lk-cluster lk-gap-4">
          <PasskeyBadges passkey={view} t={t} />
        </p>
        <div class="lk-gap-16">
          <Details items={detailItems(t, view, ctx.now())} />
        </div>
      </Card>
      <Section id="recovery" title={t('passkeys.recovery_title')}>
        <Stack gap={12}>
          <p>{recoveryWords(t, passkey)}</p>
          <p class="lk-muted">{t('passkeys.recovery_finder')}</p>
        </Stack>
      </Section>
      <p class="lk-cluster">
        <LinkButton icon="pencil" href={`${LIST}/${id}/rename`}>
          {t('passkey.rename')}
        </LinkButton>
        {view.status === 'suspended' ? (
          <LinkButton icon="play" href={verifyPath('passkey.reactivate', passkey.id)}>
            {t('passkey.reactivate')}
          </LinkButton>
        ) : (
          <LinkButton icon="pause" href="/account/lost-device">
            {t('passkeys.suspend')}
          </LinkButton>
        )}
        <LinkButton variant="danger" icon="trash" href={`${LIST}/${id}/delete`} data-lk-dialog="">
          {t('passkey.delete')}
        </LinkButton>
      </p>
    </>,
  )
}

function detailItems(t: Translator, view: PasskeyJson, now: number) {
  const kind = { synced: 'passkey.synced', device: 'passkey.only_this_device', security_key: 'passkey.security_key' } as const
  return [
    { term: t('passkeys.details_kind'), value: t(kind[view.kind]) },
    { term: t('passkeys.details_status'), value: t(view.status === 'suspended' ? 'passkey.suspended' : 'passkeys.details_active') },
    ...(view.provider ? [{ term: t('passkeys.details_provider'), value: view.provider }] : []),
    {
      term: t('passkeys.details_created'),
      value: (
        <>
          <Time at={view.createdAt} /> · {view.createdIn}
        </>
      ),
    },
    {
      term: t('passkeys.details_used'),
      value:
        view.lastUsedAt === null ? (
          t('passkeys.details_never')
        ) : (
          <>
            <Time at={view.lastUsedAt} style="relative" now={now} /> · {view.lastUsedIn}
          </>
        ),
    },
    {
      term: t('passkeys.details_money'),
      value: view.needsFirstUse
        ? t('passkeys.details_money_first_use')
        : view.trustedAt === null
          ? t('passkeys.details_money_yes')
          : t('passkeys.details_money_from', { until: t.datetime(view.trustedAt) }),
    },
    { term: t('passkeys.details_opened'), value: t('passkey.opened_sessions', { n: view.openSessions }) },
  ]
}
