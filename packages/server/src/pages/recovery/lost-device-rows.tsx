import { endsWithPasskey } from '../../domain/evidence.ts'
import { shownPasskeys } from '../../domain/facts.ts'
import { clientName, providerOf } from '../../domain/providers.ts'
import type { AccountFacts, Passkey, Session } from '../../domain/types.ts'
import { passkeyJson, passkeyName } from '../../flows/account/views.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { PasskeyBadges, ProviderIcon } from '../passkeys/card.tsx'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { Form } from '../ui/form.tsx'
import { Steps } from '../ui/guidance.tsx'
import { Section } from '../ui/heads.tsx'
import { Badge, Banner } from '../ui/notes.tsx'
import { verifyPath } from '../verify/intent.ts'

/** What is most likely lost first: neither suspended already, nor in this person's hand. */
export const rank = (passkey: Passkey, session: Session): number => (passkey.status === 'suspended' ? 2 : isOwn(passkey, session) ? 1 : 0)
export const isOwn = (passkey: Passkey, session: Session): boolean => session.evidence.some(e => e.credentialId === passkey.id)

interface PasskeyRowProps {
  c: AppContext
  t: Translator
  passkey: Passkey
  session: Session
  sessions: readonly Session[]
}

export function LostPasskeyRow({ c, t, passkey, session, sessions }: PasskeyRowProps) {
  const { ctx } = scopeOf(c)
  const view = passkeyJson(ctx, passkey, null, sessions)
  const opened = sessions.filter(s => endsWithPasskey(s, passkey.id)).map(s => clientName(s.userAgent))
  return (
    <li class="lk-row lk-row--top lk-row--wrap" id={`lost-${passkey.id}`}>
      <ProviderIcon passkey={view} />
      <div class="lk-row__text">
        <h3 class="lk-row__title">
          {view.name} <PasskeyBadges passkey={view} t={t} />
          {isOwn(passkey, session) && <Badge tone="info">{t('lost.yours')}</Badge>}
        </h3>
        <p class="lk-row__note">
          {opened.length > 0 ? t('lost.open', { clients: [...new Set(opened)].join(', ') }) : t('lost.not_open')}
          {view.kind === 'synced' && view.status === 'active' && (
            <>
              <br />
              {view.provider ? t('lost.synced', { provider: view.provider }) : t('lost.synced_unknown')}
            </>
          )}
        </p>
      </div>
      <span class="lk-row__end">
        {view.status === 'suspended' ? <Acts t={t} passkey={passkey} /> : <SuspendForm t={t} passkey={passkey} />}
      </span>
    </li>
  )
}

const SuspendForm = ({ t, passkey }: { t: Translator; passkey: Passkey }) => (
  <Form action="/account/lost-device/suspend">
    <input type="hidden" name="id" value={passkey.id} />
    <Button size="row" icon="pause" label={t('lost.suspend_named', { name: passkeyName(passkey) })}>
      {t('lost.suspend')}
    </Button>
  </Form>
)

/** A suspended passkey comes back, or goes for good. */
const Acts = ({ t, passkey }: { t: Translator; passkey: Passkey }) => {
  const name = passkeyName(passkey)
  const path = `/account/passkeys/${encodeURIComponent(passkey.id)}/delete`
  return (
    <span class="lk-cluster">
      <LinkButton
        size="row"
        icon="play"
        href={verifyPath('passkey.reactivate', passkey.id)}
        label={t('passkey.reactivate_named', { name })}
        data-lk-dialog=""
      >
        {t('passkey.reactivate')}
      </LinkButton>
      <LinkButton variant="danger" size="row" icon="trash" href={path} label={t('passkey.delete_named', { name })} data-lk-dialog="">
        {t('passkey.delete')}
      </LinkButton>
    </span>
  )
}

/** After the click: what happened, and what is left to do. */
export function Suspended({ c, t, facts }: { c: AppContext; t: Translator; facts: AccountFacts }) {
  if (c.req.query('ended') === 'one') {
    return (
      <Banner tone="ok" role="status">
        {t('sessions.ended_one')}
      </Banner>
    )
  }
  const passkey = shownPasskeys(facts).find(p => p.id === c.req.query('suspended') && p.status === 'suspended')
  if (!passkey) return null
  const provider = passkey.backupEligible ? providerOf(passkey.aaguid)?.name : undefined
  return (
    <>
      <Banner tone="ok" role="status" title={`${t('lost.suspended', { name: passkeyName(passkey) })}.`}>
        {t('lost.suspended_text')}
      </Banner>
      <Section id="next" title={t('lost.next')}>
        <Steps
          items={[
            <NextLink href="/account/passkeys/new" words={t('lost.next_create')} />,
            provider ? t('lost.next_provider', { provider }) : t('lost.next_remove'),
            <NextLink href="/account/sessions" words={t('lost.next_review')} />,
          ]}
        />
        <p class="lk-small lk-muted lk-gap-16">{t('lost.next_delete')}</p>
      </Section>
    </>
  )
}

const NextLink = ({ href, words }: { href: string; words: string }) => (
  <LinkButton variant="text" size="row" href={href}>
    {words}
  </LinkButton>
)
