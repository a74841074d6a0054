import type { Config } from '../config.ts'
import { primaryAddress } from '../domain/facts.ts'
import { maskIdentifier } from '../domain/identifier.ts'
import type { Policy } from '../domain/policy.ts'
import type { AccountFacts, AccountId } from '../domain/types.ts'
import { waysIn } from '../domain/ways-in.ts'
import type { Store } from '../store/store.ts'

/** What decides who can sign in: changed settings of these strand people, and no others do. */
export type WaySettings = Pick<Policy, 'secondStep' | 'emailStep' | 'smsStep' | 'emailSignIn'> & { rpId: string }

/** An account that could sign in, and could not any more. */
export interface Stranded {
  accountId: AccountId
  /** Masked: whoever operates a server need not read addresses. */
  name: string
  /** What it signed in with. */
  with: string[]
}

const PAGE = 200

export const waySettings = ({ policy, rp }: Pick<Config, 'policy' | 'rp'>): WaySettings => ({
  secondStep: policy.secondStep,
  emailStep: policy.emailStep,
  smsStep: policy.smsStep,
  emailSignIn: policy.emailSignIn,
  rpId: rp.id,
})

/** Where `meta` keeps the settings that decided who could sign in, when a server last started. */
const OF_BEFORE = 'ways.settings'

/** Null before the first start. */
export async function settingsOfBefore(store: Store): Promise<WaySettings | null> {
  const known = await store.read.meta.get(OF_BEFORE)
  return known === null ? null : (JSON.parse(known) as WaySettings)
}

export const keepSettings = (store: Store, settings: WaySettings): Promise<void> =>
  store.transaction(tx => tx.meta.set(OF_BEFORE, JSON.stringify(settings)))

/** Passkeys of another RP ID sign nobody in (WebAuthn L3 §7.2 step 15). */
const under = (facts: AccountFacts, rpId: string): AccountFacts => ({ ...facts, passkeys: facts.passkeys.filter(p => p.rpId === rpId) })

const ways = (facts: AccountFacts, policy: Policy, settings: WaySettings) => waysIn(under(facts, settings.rpId), { ...policy, ...settings })

/**
 * Goes over all accounts and gives those that a change of settings would leave without a way in (INV-1, F31). Reads a page at a time.
 *
 * @param policy for whatever else a way in may ask
 */
export async function* stranded(store: Store, policy: Policy, before: WaySettings, after: WaySettings): AsyncGenerator<Stranded> {
  for (let last = '' as AccountId; ; ) {
    const page = await store.read.accounts.page(last, PAGE)
    for (const facts of page) {
      const had = ways(facts, policy, before)
      if (had.length > 0 && ways(facts, policy, after).length === 0)
        yield { accountId: facts.account.id, name: maskedName(facts), with: had.map(way => way.kind) }
    }
    const end = page.at(-1)
    if (!end) return
    last = end.account.id
  }
}

function maskedName(facts: AccountFacts): string {
  const address = primaryAddress(facts, 'email') ?? primaryAddress(facts, 'phone')
  return address ? maskIdentifier(address.kind, address.value) : 'no address'
}

/** Names of the settings in which two differ. */
export const changedSettings = (before: WaySettings, after: WaySettings): string[] =>
  (Object.keys(after) as (keyof WaySettings)[]).filter(name => before[name] !== after[name])
