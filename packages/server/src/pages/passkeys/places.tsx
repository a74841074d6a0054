import { clientName } from '../../domain/providers.ts'
import type { AccountFacts, Session } from '../../domain/types.ts'
import type { Translator } from '../../messages/index.ts'
import { Option } from '../ui/choices.tsx'
import { Stack } from '../ui/layout.tsx'
import { Badge } from '../ui/notes.tsx'
import { WHERE } from '../verify/ceremony.tsx'

/** Where a new passkey may be saved: the submit buttons of a `CeremonyForm` that creates one, the recommended place first. */
export function Places({ t, heldHere = false }: { t: Translator; heldHere?: boolean }) {
  const device = (
    <Option
      icon="fingerprint"
      tone={heldHere ? undefined : 'info'}
      title={t('passkeys.where_device')}
      note={t(heldHere ? 'passkeys.where_device_has' : 'passkeys.where_device_note')}
      badge={!heldHere && <Recommended t={t} />}
      data-lk-where="device"
      {...WHERE.device}
    />
  )
  return (
    <Stack gap={12}>
      {!heldHere && device}
      <Option
        icon="qr"
        tone={heldHere ? 'info' : undefined}
        title={t('passkeys.where_phone')}
        note={t('passkeys.where_phone_note')}
        badge={heldHere && <Recommended t={t} />}
        data-lk-where="phone"
        {...WHERE.phone}
      />
      <Option icon="usb-key" title={t('passkeys.where_key')} note={t('passkeys.where_key_note')} data-lk-where="key" {...WHERE.key} />
      {heldHere && device}
    </Stack>
  )
}

const Recommended = ({ t }: { t: Translator }) => <Badge tone="ok">{t('passkeys.recommended')}</Badge>

/**
 * Whether this device holds a passkey of the account already: the session rests on one of a device, which is synced, or was made in a
 * browser like this one (else it was another device's, by QR). Another one there is mostly refused by the browser, and would be lost with the first.
 */
export const holdsOne = (facts: AccountFacts, session: Session, userAgent: string): boolean =>
  session.evidence.some(({ credentialId }) => {
    const passkey = facts.passkeys.find(p => p.id === credentialId && p.status === 'active')
    return passkey?.attachment === 'platform' && (passkey.backupEligible || passkey.createdIn === clientName(userAgent))
  })
