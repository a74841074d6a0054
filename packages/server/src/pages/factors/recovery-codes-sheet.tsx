import type { Child } from 'hono/jsx'
import { displayName, primaryAddress } from '../../domain/facts.ts'
import { maskIdentifier } from '../../domain/identifier.ts'
import type { AccountFacts } from '../../domain/types.ts'
import type { MadeCodes } from '../../flows/recovery-codes.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { parseReturnTo } from '../../http/return-to.ts'
import type { Translator } from '../../messages/index.ts'
import { goTo, taskPage, translator } from '../shell/page.tsx'
import { Button, Link } from '../ui/buttons.tsx'
import { Check } from '../ui/choices.tsx'
import { Codes } from '../ui/facts.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { PanelFoot } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { Icon } from '../ui/pictures.tsx'
import { Identifier } from '../ui/words.tsx'

export const CODES = '/account/recovery-codes'

/** Where the person goes from here: on with a sign-up that asked for codes, back where they came from, or to the security page. */
export interface Onward {
  first: boolean
  returnTo: string | null
}

export const onwardOf = (c: AppContext, from: { first?: string | undefined; return_to?: string | undefined }): Onward => ({
  first: from.first === '1',
  returnTo: parseReturnTo(scopeOf(c).ctx.config, from.return_to),
})
export const queryOnward = (c: AppContext): Onward => onwardOf(c, { first: c.req.query('first'), return_to: c.req.query('return_to') })

export function leave(c: AppContext, { first, returnTo }: Onward): Response {
  if (first) return goTo(c, `/sign-up/done${returnTo ? `?return_to=${encodeURIComponent(returnTo)}` : ''}`)
  return returnTo ? c.redirect(returnTo, 303) : goTo(c, '/account/security')
}
const laterPath = (onward: Onward): string => `${CODES}?later=1&${queryOf(onward)}`

export const queryOf = ({ first, returnTo }: Onward): string =>
  new URLSearchParams({ ...(first && { first: '1' }), ...(returnTo && { return_to: returnTo }) }).toString()

export const Hidden = ({ onward: { first, returnTo } }: { onward: Onward }) => (
  <>
    {first && <input type="hidden" name="first" value="1" />}
    {returnTo && <input type="hidden" name="return_to" value={returnTo} />}
  </>
)

/** Everywhere but in `strict`, which demands them (policy.md §8). */
export function Later({ c, onward }: { c: AppContext; onward: Onward }) {
  if (scopeOf(c).ctx.config.policy.recoveryCodes === 'demanded') return null
  return (
    <PanelFoot>
      <Link href={laterPath(onward)}>{translator(c)('recovery_codes.later')}</Link>
    </PanelFoot>
  )
}

/** The codes, shown this once. */
export function sheetPage(c: AppContext, facts: AccountFacts, made: MadeCodes, onward: Onward): Response | Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const words = { brand: ctx.config.brand.name, account: maskedName(facts), at: ctx.now() }
  return taskPage(
    c,
    { title: t('recovery_codes.sheet_title'), layout: 'wide' },
    <>
      <TaskHead title={t('recovery_codes.sheet_title')} lead={t('recovery_codes.sheet_lead')} />
      {made.outcome.status === 'waits' && (
        <Banner tone="warn" icon="clock" class="lk-gap-16">
          {t('recovery_codes.sheet_waits', { until: made.outcome.until })}
        </Banner>
      )}
      <Codes
        codes={made.codes}
        paperNote={
          <>
            {t.parts<Child>('recovery_codes.sheet_paper', { ...words, account: <Identifier value={words.account} /> })} ·{' '}
            {t('recovery_codes.sheet_paper_cash')}
          </>
        }
      />
      <Keep t={t} codes={made.codes} file={fileText(t, words, made.codes)} />
      <Form class="lk-gap-24 lk-noprint" action={`${CODES}/saved`}>
        <Hidden onward={onward} />
        <input type="hidden" name="set" value={made.setId ?? ''} />
        <Check name="saved" required>
          {t('recovery_codes.sheet_check')}
        </Check>
        <Button variant="primary" size="block" class="lk-gap-12">
          {t('common.continue')}
        </Button>
      </Form>
      <PanelFoot fine>
        <p>{t('recovery_codes.sheet_cash')}</p>
      </PanelFoot>
      <div class="lk-noprint">
        <Later c={c} onward={onward} />
      </div>
    </>,
  )
}

function maskedName(facts: AccountFacts): string {
  const address = primaryAddress(facts, 'email') ?? primaryAddress(facts, 'phone')
  return address ? maskIdentifier(address.kind, address.value) : displayName(facts)
}

const fileText = (t: Translator, words: { brand: string; account: string; at: number }, codes: readonly string[]): string =>
  [t('recovery_codes.file_title', words), '', ...codes, '', t('recovery_codes.sheet_paper_cash'), ''].join('\r\n')

/** A file that the page itself carries: the server can't make it again, and nothing is asked for. */
const Keep = ({ t, codes, file }: { t: Translator; codes: readonly string[]; file: string }) => (
  <div class="lk-three lk-gap-16 lk-noprint">
    <a class="lk-btn" href={`data:text/plain;charset=utf-8,${encodeURIComponent(file)}`} download="recovery-codes.txt">
      <Icon name="download" />
      {t('common.download')}
    </a>
    <Button type="button" icon="print" data-lk-print="" class="lk-needs-script">
      {t('common.print')}
    </Button>
    <Button type="button" icon="copy" data-lk-copy={codes.join('\n')} class="lk-needs-script">
      {t('common.copy')}
    </Button>
  </div>
)
