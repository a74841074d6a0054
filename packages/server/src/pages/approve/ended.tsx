import { LinkButton } from '../ui/buttons.tsx'
import { type Shown, verbOf } from './shown.ts'

/** How it ended, or "Did you request this?" after a rejection. */
export function Ended(shown: Shown) {
  const { row, back } = shown
  if (row.status === 'rejected') return <Question {...shown} />
  return back === null ? null : (
    <p class="lk-gap-24">
      <LinkButton variant="primary" size="block" href={back}>
        {viewWords(shown)}
      </LinkButton>
    </p>
  )
}

/** "View withdrawal" of "Approve withdrawal". */
function viewWords(shown: Shown): string {
  const { action, t } = shown
  const verb = `${verbOf(shown)} `
  const what = action.title.startsWith(verb) ? action.title.slice(verb.length) : ''
  return what ? t('approve.view', { what }) : t('approve.view_plain')
}

function Question({ t, back }: Shown) {
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
