import { afterAll, beforeAll, describe } from 'vitest'
import { purgeContract } from './purge.contract.ts'
import type { Stores } from './rows.fixture.ts'
import { signInContract } from './sign-in.contract.ts'
import type { Store } from './store.ts'
import { accountsContract } from './tables/accounts.contract.ts'
import { authenticatorsContract } from './tables/authenticators.contract.ts'
import { changesContract } from './tables/changes.contract.ts'
import { freezeLinksContract } from './tables/freeze-links.contract.ts'
import { limitsContract } from './tables/limits.contract.ts'
import { messagesContract } from './tables/messages.contract.ts'
import { passkeysContract } from './tables/passkeys.contract.ts'
import { proofsContract } from './tables/proofs.contract.ts'
import { sessionsContract } from './tables/sessions.contract.ts'
import { transactionsContract } from './transactions.contract.ts'

const PARTS = [
  ...[transactionsContract, signInContract, accountsContract, passkeysContract, authenticatorsContract],
  ...[sessionsContract, proofsContract, changesContract, messagesContract, freezeLinksContract, limitsContract, purgeContract],
]

/**
 * What every store must do. It runs on two stores over one database, as two processes would have it.
 *
 * @param open opens one more store on the same, at first empty, database
 */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the store contract`, () => {
    const stores = {} as Stores
    beforeAll(async () => {
      stores.one = await open()
      stores.two = await open()
      await stores.one.migrate()
    })
    afterAll(async () => {
      await Promise.all([stores.one.close(), stores.two.close()])
    })
    for (const part of PARTS) part(stores)
  })
}
