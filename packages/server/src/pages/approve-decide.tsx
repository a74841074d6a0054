import type { Child } from 'hono/jsx'
import { grouped } from '../domain/decimal.ts'
import { Refusal } from './approve-refusal.tsx'
import { approvePath, type Shown, verbOf } from './approve-shown.ts'
import { CeremonyForm } from './ceremony.tsx'
import { verifyPath } from './intent.ts'
import { Button, LinkButton } from './ui/buttons.tsx'
import { Form } from './ui/form.tsx'
import { Banner } from './ui/notes.tsx'

/** The buttons, or the words that stand in their place. */
export function Decide({ shown, refusal, stands }: { shown: Shown; refusal: Child; stands: boolean }) {
  const { way } = shown
  return (
    <>
      {!stands && refusal}
      {way.kind !== 'passkey' && <Young {...shown} />}
      {way.kind === 'passkey' && <PasskeyBar {...shown} options={way.options} />}
      {way.kind === 'two_steps' && <StepsBar {...shown} method={way.method} />}
      {way.kind === 'sign_in_first' && <SignInFirst {...shown} />}
      {way.kind === 'none' && <Refusal shown={shown} problem={way.problem} />}
    </>
  )
}

/** "Approve 0.50 BTC": what is agreed to stands in the button. */
const goWords = (shown: Shown): string =>
  shown.amount === null ? verbOf(shown) : shown.t('approve.go', { verb: verbOf(shown), amount: shown.amount })

/** The same with both ends of the address, for those who hear the button and not the page around it. */
function goLabel(shown: Shown): string | undefined {
  const address = shown.action.addressField && shown.payload?.details[shown.action.addressField]
  if (!address || shown.amount === null) return undefined
  return shown.t('approve.go_to', { verb: verbOf(shown), amount: shown.amount, address: `${address.slice(0, 4)}…${address.slice(-4)}` })
}

function PasskeyBar(shown: Shown & { options: object }) {
  const { row, t, options } = shown
  const path = approvePath(row.id)
  return (
    <>
      <CeremonyForm class="lk-slip__bar" kind="get" action={`${path}/passkey`} options={options} optionsUrl={`${path}/options`}>
        <Button variant="primary" label={goLabel(shown)}>
          {goWords(shown)}
        </Button>
        <Button formaction={`${path}/reject`}>{t('approve.reject')}</Button>
      </CeremonyForm>
      <div data-lk-unsupported="" hidden>
        <Banner tone="warn">{t('approve.unsupported')}</Banner>
        <RejectForm {...shown} />
      </div>
      <noscript>
        <Banner>{t('approve.no_script')}</Banner>
        <RejectForm {...shown} />
      </noscript>
    </>
  )
}

const RejectForm = ({ row, t }: Shown) => (
  <Form class="lk-gap-16" action={`${approvePath(row.id)}/reject`}>
    <Button size="block">{t('approve.reject')}</Button>
  </Form>
)

function Young({ way, t }: Shown) {
  const until = way.kind === 'passkey' ? null : way.youngUntil
  if (until === null) return null
  return (
    <Banner icon="clock" class="lk-gap-16">
      {t('approve.young', { until })} {way.kind === 'two_steps' && t.find(`approve.young_${way.method}`)}
    </Banner>
  )
}

function StepsBar(shown: Shown & { method: string }) {
  const { row, t, method, action, way } = shown
  const allowed = action.withoutPasskey
  const path = approvePath(row.id)
  return (
    <>
      {allowed && way.kind === 'two_steps' && way.youngUntil === null && (
        <Banner class="lk-gap-16">{t('approve.steps', { limit: `${grouped(allowed.limit)} ${allowed.unit}` })}</Banner>
      )}
      <Form class="lk-slip__bar" action={`${path}/reject`}>
        <LinkButton variant="primary" href={verifyPath('approval.approve', row.id, method)}>
          {t.find(`approve.with_${method}`)}
        </LinkButton>
        <Button>{t('approve.reject')}</Button>
      </Form>
    </>
  )
}

function SignInFirst(shown: Shown) {
  const { t } = shown
  return (
    <>
      <p class="lk-gap-16">{t('approve.sign_in_first')}</p>
      <Form class="lk-gap-16" action="/sign-out">
        <Button variant="primary" size="block">
          {t('approve.sign_out')}
        </Button>
      </Form>
      <RejectForm {...shown} />
    </>
  )
}
