import { endsWithPasskey } from '../../domain/evidence.ts'
import { providerOf } from '../../domain/providers.ts'
import type { AccountFacts, Passkey } from '../../domain/types.ts'
import { waysIn } from '../../domain/ways-in.ts'
import { approvedBy } from '../../flows/account/checkup.ts'
import type { requireSession } from '../../flows/account/session.ts'
import { liveSessions } from '../../flows/account/sessions.ts'
import { passkeyKind, passkeyName } from '../../flows/account/views.ts'
import { ownPasskey } from '../../flows/passkeys.ts'
import { stepUpMethods, stepUpOptions } from '../../flows/prove/step-up.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { taskPage, translator } from '../shell/page.tsx'
import { Button, Link, LinkButton } from '../ui/buttons.tsx'
import { DialogContent } from '../ui/dialog.tsx'
import { Form } from '../ui/form.tsx'
import { Still } from '../ui/guidance.tsx'
import { CeremonyForm } from '../verify/ceremony.tsx'
import { DecisionNote, purposeFields } from '../verify/decision-note.tsx'
import { verifyPath } from '../verify/intent.ts'
import { blockedPage, stillItems } from '../verify/way-in.tsx'
import { LIST } from './paths.ts'

/** What stops, what still works, and the verification in the same dialog. */
export async function deletePage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const own = await ownPasskey(ctx, caller, c.req.param('id') ?? '')
  const name = passkeyName(own.passkey)
  const after: AccountFacts = {
    ...own.facts,
    passkeys: own.facts.passkeys.map(p => (p.id === own.passkey.id ? { ...p, status: 'removed' } : p)),
  }
  const left = waysIn(after, ctx.config.policy)
  if (left.length === 0)
    return blockedPage(c, {
      title: t('passkeys.blocked_title'),
      text: t('passkeys.blocked_text'),
      back: LIST,
      go: { words: t('passkeys.create'), href: `${LIST}/new` },
    })
  const sessions = await liveSessions(ctx, own.session)
  const opened = sessions.filter(s => s.id !== own.session.id && endsWithPasskey(s, own.passkey.id)).length
  const approved = (await approvedBy(ctx, caller)).get(own.passkey.id)
  const provider = providerOf(own.passkey.aaguid)?.name
  return taskPage(
    c,
    { title: t('passkeys.delete_title', { name }) },
    <DialogContent id="delete" title={t('passkeys.delete_title', { name })} lead={t('passkeys.delete_stops')}>
      {opened > 0 && <p class="lk-gap-8">{t('passkeys.delete_sessions', { n: opened })}</p>}
      {approved && <p class="lk-gap-8">{t('passkeys.delete_approved', { n: approved.count, at: approved.lastAt })}</p>}
      <Still items={stillItems(t, left)} />
      {passkeyKind(own.passkey) !== 'security_key' && (
        <p class="lk-small lk-muted lk-gap-16">{provider ? t('passkeys.delete_provider', { provider }) : t('passkeys.delete_manager')}</p>
      )}
      {own.session.credentialId === own.passkey.id && <p class="lk-small lk-muted lk-gap-8">{t('passkeys.delete_own')}</p>}
      <DeleteForms c={c} own={own} />
    </DialogContent>,
  )
}

async function DeleteForms({
  c,
  own,
}: {
  c: AppContext
  own: { passkey: Passkey; facts: AccountFacts; session: ReturnType<typeof requireSession> }
}) {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const purpose = { operation: 'passkey.remove', target: own.passkey.id } as const
  const methods = stepUpMethods(own.facts, ctx, own.session)
  const first = methods[0]
  const fields = purposeFields(purpose)
  const elsewhere = methods.filter(m => m !== 'passkey')
  const otherWay = `${verifyPath(purpose.operation, purpose.target)}&choose=1`
  return (
    <>
      {first && <DecisionNote t={t} a={{ facts: own.facts, session: own.session, purpose }} c={c} method={first} />}
      <div class="lk-dialog__acts">
        <LinkButton href={LIST} data-lk-close="" autofocus>
          {t('passkeys.delete_keep')}
        </LinkButton>
        {first === 'passkey' ? (
          <CeremonyForm
            kind="get"
            action="/account/verify/passkey"
            options={await stepUpOptions(ctx, caller, purpose)}
            optionsUrl="/api/step-up/passkey/options"
            optionsBody={purpose}
            hidden={fields}
            otherWay={otherWay}
          >
            <Button variant="danger" size="block">
              {t('passkeys.delete_go')}
            </Button>
          </CeremonyForm>
        ) : (
          <BeginForm t={t} fields={fields} />
        )}
      </div>
      {first === 'passkey' && elsewhere.length > 0 && (
        <>
          <noscript>
            <BeginForm t={t} fields={fields} />
          </noscript>
          <p class="lk-center lk-gap-8">
            <Link href={otherWay} data-lk-dialog="">
              {t('common.try_another_way')}
            </Link>
          </p>
        </>
      )}
    </>
  )
}

const BeginForm = ({ t, fields }: { t: Translator; fields: Record<string, string> }) => (
  <Form action="/account/verify/begin">
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <Button variant="danger" size="block">
      {t('passkeys.delete_go')}
    </Button>
  </Form>
)
