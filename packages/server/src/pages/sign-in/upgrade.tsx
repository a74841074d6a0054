import { type AppContext, scopeOf } from '../../http/env.ts'
import type { CreationOptionsJson } from '../../methods/passkey.ts'
import { taskPage, translator } from '../shell/page.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { useHref } from '../ui/context.ts'
import { TaskHead } from '../ui/heads.tsx'
import { AFTER_SIGN_IN } from './paths.ts'

/** Of a form that signs in: the script says in it whether this browser can make a passkey silently. */
export const UpgradeMark = () => <input type="hidden" name="upgrade" value="" data-lk-can-upgrade="" />

/**
 * Answers a sign-in with a password while the browser makes a passkey, for two seconds at most (WebAuthn L3 §5.1.3). No address leads
 * here: only who has just signed in holds the challenge.
 */
export function upgradePage(c: AppContext, options: CreationOptionsJson, returnTo: string | null): Response | Promise<Response> {
  const t = translator(c)
  const { config } = scopeOf(c).ctx
  const next = config.origin + (returnTo ?? config.basePath + AFTER_SIGN_IN)
  return taskPage(
    c,
    { title: t('sign_in.upgrade_title') },
    <>
      <TaskHead icon="shield-check" tone="ok" title={t('sign_in.upgrade_title')} lead={t('sign_in.upgrade_lead')} />
      <Upgrade options={options} next={next} own={returnTo === null} />
      <p class="lk-gap-24">
        <LinkButton variant="primary" size="block" href={next}>
          {t('common.continue')}
        </LinkButton>
      </p>
    </>,
  )
}

function Upgrade({ options, next, own }: { options: CreationOptionsJson; next: string; own: boolean }) {
  const href = useHref()
  return (
    <div
      hidden
      data-lk-upgrade={JSON.stringify(options)}
      data-lk-url={href('/api/passkeys/upgrade')}
      data-lk-next={next}
      data-lk-done={own ? `${next}?done=upgraded&id=` : undefined}
    />
  )
}
