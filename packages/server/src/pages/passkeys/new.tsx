import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { addPasskey, guardAdding, passkeyCreationOptions } from '../../flows/passkeys.ts'
import { hasGrant } from '../../flows/prove/step-up.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { readForm } from '../../http/guards.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Link } from '../ui/buttons.tsx'
import { More } from '../ui/guidance.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { Icon, type IconName } from '../ui/pictures.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { parseResponse } from '../verify/ceremony-answer.ts'
import { verifyPath } from '../verify/intent.ts'
import { Unsupported } from '../verify/unsupported.tsx'
import { LIST } from './paths.ts'
import { holdsOne, Places } from './places.tsx'

const ADD = { operation: 'passkey.add', target: null } as const
/** The verification came first; then the card that says where to save it, and one click opens the prompt (K24). */
export async function newPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller)
  const facts = await settleAndLoad(ctx, session.accountId)
  guardAdding(ctx, facts)
  if (!(await hasGrant(ctx, session, ADD))) return goTo(c, verifyPath('passkey.add'))
  return taskPage(
    c,
    { title: t('passkeys.new_title') },
    <>
      <TaskHead title={t('passkeys.new_title')} lead={t('passkeys.new_lead')} />
      <CeremonyForm
        class="lk-gap-24"
        kind="create"
        action={LIST}
        options={await passkeyCreationOptions(ctx, caller)}
        optionsUrl="/api/passkeys/options"
        otherWay="/account/passkeys"
      >
        <Places t={t} heldHere={holdsOne(facts, session, caller.client.userAgent)} />
      </CeremonyForm>
      <Unsupported t={t} />
      <Banner tone="warn" class="lk-gap-24">
        {t('passkeys.warn_shared')} {t('passkeys.warn_public')}
      </Banner>
      <Before t={t} />
      <PanelFoot>
        <Link href={LIST}>{t('common.cancel')}</Link>
        <Link href="/check-device">{t('passkeys.what_do_i_need')}</Link>
      </PanelFoot>
    </>,
  )
}

const BEFORE: readonly { icon: IconName; words: MessageKey }[] = [
  { icon: 'lock', words: 'passkeys.before_lock' },
  { icon: 'bluetooth', words: 'passkeys.before_bluetooth' },
  { icon: 'cloud', words: 'passkeys.before_icloud' },
  { icon: 'retry', words: 'passkeys.before_update' },
  { icon: 'eye', words: 'passkeys.before_private' },
  { icon: 'fingerprint', words: 'passkeys.before_biometrics' },
  { icon: 'shield-check', words: 'passkeys.before_backup' },
]

/** Preconditions and what to know, where the passkey is made (K5, K11-K16, O8, O9). */
const Before = ({ t }: { t: Translator }) => (
  <More summary={t('passkeys.before')} id="before">
    <ul class="lk-points">
      {BEFORE.map(({ icon, words }) => (
        <li>
          <Icon name={icon} size="s" />
          <span>
            {t(words)}
            {words === 'passkeys.before_icloud' && (
              <>
                {' '}
                <Link inline href="/help#icloud">
                  {t('passkeys.before_icloud_how')}
                </Link>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  </More>
)

export async function postNew(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const form = await readForm(c)
  const { passkey, first } = await addPasskey(ctx, caller, parseResponse(form.response))
  return goTo(c, `${LIST}/${encodeURIComponent(passkey.id)}/created${first ? '?first=1' : ''}`)
}
