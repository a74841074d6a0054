import type { Child } from 'hono/jsx'
import { grouped } from '../../domain/decimal.ts'
import type { MoneyHeld } from '../../flows/approvals/money.ts'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { Form } from '../ui/form.tsx'
import { Banner } from '../ui/notes.tsx'
import { CeremonyForm, WHERE } from '../verify/ceremony.tsx'
import { verifyPath } from '../verify/intent.ts'
import { BackButton, Held, HeldBox, RejectForm } from './held.tsx'
import { Refusal } from './refusal.tsx'
import { type ApprovalScreen, approvePath, verbOf } from './screen.ts'

/** The buttons, or the words that stand in their place. */
export function Decide({ screen, refusal, refused }: { screen: ApprovalScreen; refusal: Child; refused: boolean }) {
  const { way } = screen
  return (
    <>
      {refusal}
      {way.kind === 'passkey' && <PasskeyBar {...screen} options={way.options} refused={refused} />}
      {way.kind === 'two_steps' && <StepsBar {...screen} method={way.method} />}
      {way.kind === 'sign_in_first' && <SignInFirst {...screen} />}
      {way.kind === 'none' && (way.held ? <Held screen={screen} held={way.held} /> : <Refusal screen={screen} problem={way.problem} />)}
    </>
  )
}

/** "Approve 0.50 BTC": what is agreed to stands in the button. */
const goWords = (screen: ApprovalScreen): string =>
  screen.amount === null ? verbOf(screen) : screen.t('approve.go', { verb: verbOf(screen), amount: screen.amount })

/** The same with both ends of the address, for those who hear the button and not the page around it. */
function goLabel(screen: ApprovalScreen): string | undefined {
  const address = screen.action.addressField && screen.payload?.details[screen.action.addressField]
  if (!address || screen.amount === null) return undefined
  return screen.t('approve.go_to', { verb: verbOf(screen), amount: screen.amount, address: `${address.slice(0, 4)}…${address.slice(-4)}` })
}

/** Who came with a passkey that is too new is told which one approves; the others just approve. */
function PasskeyBar(screen: ApprovalScreen & { options: object; refused: boolean }) {
  const { row, t, options, trusted } = screen
  const path = approvePath(row.id)
  const held = screen.young && (screen.young.here || screen.refused) ? youngHeld(screen.young.until, ['passkey', 'later']) : null
  const [only] = trusted.length === 1 ? trusted : []
  const ceremony = { kind: 'get', action: `${path}/passkey`, options, optionsUrl: `${path}/options` } as const
  return (
    <>
      {held && <HeldBox screen={screen} held={held} />}
      <CeremonyForm class={held ? 'lk-ways lk-stack lk-stack--8' : 'lk-slip__bar'} {...ceremony}>
        {held && <h2>{t('approve.held_ways')}</h2>}
        <Button variant="primary" label={goLabel(screen)}>
          {held && only ? t('approve.go_with', { verb: verbOf(screen), name: only }) : goWords(screen)}
        </Button>
        {held && (
          <Button icon="qr" {...WHERE.phone}>
            {t('approve.with_phone')}
          </Button>
        )}
        <Button formaction={`${path}/reject`}>{t('approve.reject')}</Button>
        {held && <p class="lk-small lk-muted">{t('approve.held_or_later', { until: held.until ?? 0 })}</p>}
      </CeremonyForm>
      <div class="lk-gap-16" data-lk-unsupported="" hidden>
        <Banner tone="warn">{t('approve.unsupported')}</Banner>
        <Without {...screen} />
      </div>
      <noscript>
        <Banner class="lk-gap-16">{t('approve.no_script')}</Banner>
        <Without {...screen} />
      </noscript>
    </>
  )
}

const youngHeld = (until: number, ways: MoneyHeld['ways']): MoneyHeld => ({
  code: 'money_held',
  until,
  holds: [{ reason: 'passkey_young', until }],
  ways,
})

/** Where no prompt can open: "no", and the way back. */
const Without = (screen: ApprovalScreen) => (
  <div class="lk-ways lk-stack lk-stack--8">
    <RejectForm {...screen} />
    <BackButton {...screen} />
  </div>
)

function StepsBar(screen: ApprovalScreen & { method: string }) {
  const { row, t, method, action, way, young: passkey } = screen
  const allowed = action.withoutPasskey
  return (
    <>
      {passkey && <HeldBox screen={screen} held={youngHeld(passkey.until, ['two_steps', 'later'])} />}
      {allowed && way.kind === 'two_steps' && way.youngUntil === null && (
        <Banner class="lk-gap-16">{t('approve.steps', { limit: `${grouped(allowed.limit)} ${allowed.unit}` })}</Banner>
      )}
      <Form class={passkey ? 'lk-ways lk-stack lk-stack--8' : 'lk-slip__bar'} action={`${approvePath(row.id)}/reject`}>
        {passkey && <h2>{t('approve.held_ways')}</h2>}
        <LinkButton variant="primary" href={verifyPath('approval.approve', row.id, method)}>
          {t.find(`approve.with_${method}`)}
        </LinkButton>
        <Button>{t('approve.reject')}</Button>
      </Form>
    </>
  )
}

/** The password is the missing step of this session: signing in with it leads back to this page. */
function SignInFirst(screen: ApprovalScreen) {
  const { t, young: passkey, row, ctx } = screen
  return (
    <>
      {passkey && <HeldBox screen={screen} held={youngHeld(passkey.until, ['two_steps', 'later'])} />}
      <div class="lk-ways lk-stack lk-stack--8">
        <h2>{t('approve.held_ways')}</h2>
        <Form action="/sign-out">
          <input type="hidden" name="return_to" value={ctx.config.basePath + approvePath(row.id)} />
          <Button variant="primary" size="block" icon="lock">
            {t('approve.sign_out')}
          </Button>
        </Form>
        <p class="lk-small lk-muted">{t('approve.sign_in_first')}</p>
        <RejectForm {...screen} />
        <BackButton {...screen} />
      </div>
    </>
  )
}
