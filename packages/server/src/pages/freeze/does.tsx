import type { MessageKey, Translator } from '../../messages/index.ts'
import { Icon, type IconName } from '../ui/pictures.tsx'

interface Column {
  title: string
  items: readonly string[]
}

/** What something does and what it doesn't, beside each other where there is room. */
export const Does = ({ yes, no }: { yes: Column; no: Column }) => (
  <div class="lk-box lk-gap-32">
    <div class="lk-can">
      <section class="lk-can__does" aria-labelledby="does">
        <h2 id="does">{yes.title}</h2>
        <Points icon="check" items={yes.items} />
      </section>
      <section aria-labelledby="does-not">
        <h2 id="does-not">{no.title}</h2>
        <Points icon="close" items={no.items} />
      </section>
    </div>
  </div>
)

const Points = ({ icon, items }: { icon: IconName; items: readonly string[] }) => (
  <ul>
    {items.map(item => (
      <li>
        <Icon name={icon} />
        <span>{item}</span>
      </li>
    ))}
  </ul>
)

const DOES: readonly MessageKey[] = ['freeze.does_sessions', 'freeze.does_money', 'freeze.does_clocks']
const DOES_NOT: readonly MessageKey[] = ['freeze.not_delete', 'freeze.not_sent', 'freeze.not_locked']

/** What a freeze does. */
export const WhatItDoes = ({ t }: { t: Translator }) => (
  <Does
    yes={{ title: t('freeze.does'), items: DOES.map(key => t(key)) }}
    no={{ title: t('freeze.does_not'), items: DOES_NOT.map(key => t(key)) }}
  />
)
