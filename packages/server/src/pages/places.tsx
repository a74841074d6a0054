import type { Translator } from '../messages/index.ts'
import { WHERE } from './ceremony.tsx'
import { Option } from './ui/choices.tsx'
import { Stack } from './ui/layout.tsx'
import { Badge } from './ui/notes.tsx'

/** Where a new passkey may be saved (S11): the submit buttons of a `CeremonyForm` that creates one. */
export const Places = ({ t }: { t: Translator }) => (
  <Stack gap={12}>
    <Option
      icon="fingerprint"
      tone="info"
      title={t('passkeys.where_device')}
      note={t('passkeys.where_device_note')}
      badge={<Badge tone="ok">{t('passkeys.recommended')}</Badge>}
      data-lk-where="device"
      {...WHERE.device}
    />
    <Option icon="qr" title={t('passkeys.where_phone')} note={t('passkeys.where_phone_note')} data-lk-where="phone" {...WHERE.phone} />
    <Option icon="usb-key" title={t('passkeys.where_key')} note={t('passkeys.where_key_note')} data-lk-where="key" {...WHERE.key} />
  </Stack>
)
