import type { AccountFacts, PendingChange } from '../domain/types.ts'
import type { Translator } from '../messages/index.ts'

export function WaitsPanel(_props: { t: Translator; changes: readonly PendingChange[]; now: number }) {
  return null
}

export function PauseBanner(_props: { t: Translator; facts: AccountFacts; now: number }) {
  return null
}
