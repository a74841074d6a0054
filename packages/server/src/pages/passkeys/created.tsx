import { providerOf } from '../../domain/providers.ts'
import type { Passkey } from '../../domain/types.ts'
import { passkeyJson, passkeyKind, passkeyName } from '../../flows/account/views.ts'
import { ownPasskey } from '../../flows/passkeys.ts'
import { type AppContext, scopeOf } from '../../http/env.ts'
import type { Translator } from '../../messages/index.ts'
import { taskPage, translator } from '../shell/page.tsx'
import { Button, LinkButton } from '../ui/buttons.tsx'
import { Field } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { TaskHead } from '../ui/heads.tsx'
import { Actions, Card } from '../ui/layout.tsx'
import { Banner } from '../ui/notes.tsx'
import { Art } from '../ui/pictures.tsx'
import { PasskeyBadges, ProviderIcon } from './card.tsx'
import { Signal } from './flash.tsx'
import { LIST, renamePath } from './paths.ts'

const kindWords = (t: Translator, passkey: Passkey): string => {
  const kind = passkeyKind(passkey)
  if (kind === 'security_key') return t('passkeys.kind_key')
  if (kind === 'device') return t('passkeys.kind_device')
  const provider = providerOf(passkey.aaguid)?.name
  return provider ? t('passkeys.kind_synced', { provider }) : t('passkeys.kind_synced_unknown')
}

/** Created, named by itself, renamed in place. */
export async function createdPage(c: AppContext): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const t = translator(c)
  const { passkey, session, facts } = await ownPasskey(ctx, caller, c.req.param('id') ?? '')
  const view = passkeyJson(ctx, passkey, session)
  const first = c.req.query('first') === '1'
  return taskPage(
    c,
    { title: t('passkeys.created_title') },
    <>
      <Art name="created" framed />
      <TaskHead centred title={t('passkeys.created_title')} lead={t(first ? 'passkeys.created_first' : 'passkeys.created_lead')} />
      <div class="lk-gap-32">
        <Card flat foot={<NameForm t={t} passkey={passkey} />}>
          <div class="lk-row">
            <ProviderIcon passkey={view} />
            <div class="lk-row__text">
              <p class="lk-row__title">
                {view.provider ?? view.name} <PasskeyBadges passkey={{ ...view, thisDevice: false, trustedAt: null }} t={t} />
              </p>
              <p class="lk-row__note">
                {view.trustedAt === null ? t('passkeys.created_now') : t('passkeys.created_from', { until: t.datetime(view.trustedAt) })}
              </p>
            </div>
          </div>
        </Card>
      </div>
      {!view.discoverable && (
        <Banner tone="warn" icon="info">
          {t('passkeys.created_not_discoverable')}
        </Banner>
      )}
      <p class="lk-small lk-muted lk-gap-16">{kindWords(t, passkey)}</p>
      <Actions gap={24}>
        <LinkButton variant="primary" size="block" href="/account/security">
          {t('common.done')}
        </LinkButton>
        <LinkButton variant="text" size="block" href={`${LIST}/new`}>
          {t('passkeys.create_another')}
        </LinkButton>
      </Actions>
      <Signal c={c} facts={facts} />
    </>,
  )
}

/** Saves when the field is left; without a script there is a button. */
const NameForm = ({ t, passkey }: { t: Translator; passkey: Passkey }) => (
  <Form action={renamePath(passkey.id)} data-lk-save-on-blur="">
    <Field
      name="label"
      label={t('passkeys.name')}
      value={passkeyName(passkey)}
      hint={t('passkeys.name_hint')}
      maxlength={128}
      autocomplete="off"
      required
    />
    <noscript>
      <Button size="row">{t('common.save')}</Button>
    </noscript>
  </Form>
)
