import type { WayIn } from '../../domain/ways-in.ts'
import type { AppContext } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { taskPage, translator } from '../shell/page.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { DialogContent } from '../ui/dialog.tsx'
import type { IconName } from '../ui/pictures.tsx'

/** What still works, in words. */
export function stillItems(t: Translator, ways: readonly WayIn[]): { icon: IconName; text: string }[] {
  const passkeys = ways.flatMap(w => (w.kind === 'passkey' ? [w.label] : []))
  const rest = ways.flatMap(w => {
    if (w.kind === 'password') return [t('security.password')]
    if (w.kind === 'password_and')
      return [`${t('security.password')} + ${w.second.map(m => (t.find(`method.${m}`) ?? m).toLowerCase()).join(' / ')}`]
    return w.kind === 'email' ? [t('method.email')] : []
  })
  return [
    ...(passkeys.length > 0 ? [{ icon: 'passkey' as const, text: passkeys.join(', ') }] : []),
    ...rest.map(text => ({ icon: 'lock' as const, text })),
  ]
}

/** Said before anybody confirms, with the step that unblocks it (LK311). */
export function blockedPage(
  c: AppContext,
  words: { title: string; text: string; back: string; go?: { words: string; href: string } },
): Response | Promise<Response> {
  const t = translator(c)
  const go = words.go ?? { words: t('factors.last_go'), href: '/account/passkeys/new' }
  return taskPage(
    c,
    { title: words.title, status: 409 },
    <DialogContent
      id="blocked"
      icon="shield-alert"
      tone="warn"
      title={words.title}
      lead={words.text}
      actions={
        <>
          <LinkButton href={words.back} data-lk-close="">
            {t('common.close')}
          </LinkButton>
          <LinkButton variant="primary" href={go.href}>
            {go.words}
          </LinkButton>
        </>
      }
    >
      <p class="lk-fine lk-muted" translate="no">
        {t('common.error_code', { code: 'LK311' })}
      </p>
    </DialogContent>,
  )
}
