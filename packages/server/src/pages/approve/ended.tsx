import { LinkButton } from '../ui/buttons.tsx'
import { type ApprovalScreen, verbOf } from './screen.ts'

/** How it ended, or "Did you request this?" after a rejection. */
export function Ended(screen: ApprovalScreen) {
  const { row, back } = screen
  if (row.status === 'rejected') return <Question {...screen} />
  return back === null ? null : (
    <p class="lk-gap-24">
      <LinkButton variant="primary" size="block" href={back}>
        {viewWords(screen)}
      </LinkButton>
    </p>
  )
}

/** "View withdrawal" of "Approve withdrawal". */
function viewWords(screen: ApprovalScreen): string {
  const { action, t } = screen
  const verb = `${verbOf(screen)} `
  const what = action.title.startsWith(verb) ? action.title.slice(verb.length) : ''
  return what ? t('approve.view', { what }) : t('approve.view_plain')
}

function Question({ t, back }: ApprovalScreen) {
  return (
    <section class="lk-gap-24" aria-labelledby="question">
      <h2 id="question">{t('approve.question')}</h2>
      <div class="lk-actions lk-gap-16">
        <LinkButton size="block" href={back ?? '/account/security'}>
          {t('approve.question_yes')}
        </LinkButton>
        <LinkButton size="block" icon="shield-alert" href="/account/lost-device">
          {t('approve.question_no')}
        </LinkButton>
      </div>
    </section>
  )
}
