import type { MessageKey, Translator } from '../../messages/index.ts'
import { Icon, type IconName } from '../ui/pictures.tsx'

const DOES: readonly MessageKey[] = ['freeze.does_sessions', 'freeze.does_money', 'freeze.does_clocks']
const DOES_NOT: readonly MessageKey[] = ['freeze.not_delete', 'freeze.not_sent', 'freeze.not_locked']

/** What a freeze does and what it doesn't, beside each other where there is room. */
export const WhatItDoes = ({ t }: { t: Translator }) => (
  <div class="lk-box lk-gap-32">
    <div class="lk-can">
      <section class="lk-can__does" aria-labelledby="does">
        <h2 id="does">{t('freeze.does')}</h2>
        <Points t={t} icon="check" keys={DOES} />
      </section>
      <section aria-labelledby="does-not">
        <h2 id="does-not">{t('freeze.does_not')}</h2>
        <Points t={t} icon="close" keys={DOES_NOT} />
      </section>
    </div>
  </div>
)

const Points = ({ t, icon, keys }: { t: Translator; icon: IconName; keys: readonly MessageKey[] }) => (
  <ul>
    {keys.map(key => (
      <li>
        <Icon name={icon} />
        <span>{t(key)}</span>
      </li>
    ))}
  </ul>
)
