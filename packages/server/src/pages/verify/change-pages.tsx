import type { Child } from 'hono/jsx'
import type { ChangingOperation } from '../../domain/policy.ts'
import type { AccountFacts } from '../../domain/types.ts'
import { waysIn } from '../../domain/ways-in.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { moneyHeld, movesMoney } from '../../flows/approvals/money.ts'
import type { ChangeOutcome } from '../../flows/change/change.ts'
import { isLastWayIn } from '../../flows/factors.ts'
import { stepUpMethods } from '../../flows/prove/step-up.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import { taskPage, translator } from '../shell/page.tsx'
import { LinkButton } from '../ui/buttons.tsx'
import { DialogContent } from '../ui/dialog.tsx'
import { Still } from '../ui/guidance.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Actions } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { DecisionNote } from './decision-note.tsx'
import { verifyPath } from './intent.ts'
import { blockedPage, stillItems } from './way-in.tsx'

/** Pages that every change of a factor ends or begins with: what it came to, what a removal takes, why it is not possible. */

export const FACTORS = '/account/factors'

/** The account of the signed-in caller. */
export async function ownFacts(c: AppContext): Promise<AccountFacts> {
  const { ctx, caller } = scopeOf(c)
  return settleAndLoad(ctx, requireSession(caller).accountId)
}

/** What a confirmed change came to: done, perhaps with money paused; or it waits, until when, and what would do it now. */
export async function resultPage(
  c: AppContext,
  outcome: ChangeOutcome,
  words: { title: string; lead: Child; back?: string },
): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const waits = outcome.status === 'waits'
  const title = waits ? t('factors.result_waits') : words.title
  const held = movesMoney(ctx) ? moneyHeld(ctx, await ownFacts(c)) : null
  return taskPage(
    c,
    { title },
    <>
      <TaskHead
        icon={waits ? 'clock' : 'check'}
        tone={waits ? 'warn' : 'ok'}
        title={title}
        lead={waits ? t('factors.result_waits_lead', { until: outcome.until }) : words.lead}
      />
      {waits && <p class="lk-gap-8">{t('factors.result_waits_now')}</p>}
      {!waits && held?.until && (
        <Banner tone="warn" icon="clock" class="lk-gap-16">
          {t('factors.pause', { until: held.until })}
        </Banner>
      )}
      <Actions>
        <LinkButton variant="primary" size="block" href={words.back ?? FACTORS}>
          {t('common.done')}
        </LinkButton>
      </Actions>
    </>,
  )
}

export interface RemovePage {
  operation: ChangingOperation
  /** The account as it would be, for the list of what still signs in. */
  after: AccountFacts
  title: string
  lead: Child
  go: string
  back: string
  /** What to do first where it is the last way in. */
  lastText: string
}

/** For what is no passkey: what stops, what still works, then the verification does it. The last way in is not even offered (K38). */
export async function removePage(c: AppContext, facts: AccountFacts, page: RemovePage): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const session = requireSession(caller)
  if (isLastWayIn(ctx, facts, page.operation))
    return blockedPage(c, { title: t('factors.last_title'), text: page.lastText, back: page.back })
  const first = stepUpMethods(facts, ctx, session)[0]
  const purpose = { operation: page.operation, target: null }
  return taskPage(
    c,
    { title: page.title },
    <DialogContent
      id="remove"
      title={page.title}
      lead={page.lead}
      actions={
        <>
          <LinkButton href={page.back} autofocus data-lk-close="">
            {t('factors.keep')}
          </LinkButton>
          <LinkButton variant="danger" href={verifyPath(page.operation)} data-lk-dialog="">
            {page.go}
          </LinkButton>
        </>
      }
    >
      <Still items={stillItems(t, waysIn(page.after, ctx.config.policy))} />
      {first && <DecisionNote t={t} a={{ facts, session, purpose }} c={c} method={first} />}
    </DialogContent>,
  )
}
