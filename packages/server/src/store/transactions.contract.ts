import { describe, expect, it } from 'vitest'
import { account, accountWithPasskeys, identifier, type Stores, T0, uid, write } from './rows.fixture.ts'
import type { Tables } from './store.ts'

export function transactionsContract(stores: Stores): void {
  describe('transactions', () => {
    it('returns what the work returns', async () => {
      expect(await write(stores, async () => 42)).toBe(42)
    })

    it('rolls everything back when the work throws, and goes on working', async () => {
      const row = account()
      const failed = write(stores, async tx => {
        await tx.accounts.insert(row)
        await tx.meta.set(row.id, 'x')
        throw new Error('changed my mind')
      })
      await expect(failed).rejects.toThrow('changed my mind')
      expect(await stores.one.read.accounts.facts(row.id)).toBeNull()
      expect(await stores.two.read.meta.get(row.id)).toBeNull()
      await write(stores, tx => tx.accounts.insert(row))
      expect(await stores.two.read.accounts.facts(row.id)).not.toBeNull()
    })

    it('rolls back when a statement fails', async () => {
      const row = account()
      await expect(
        write(stores, async tx => {
          await tx.accounts.insert(row)
          await tx.accounts.insert(row)
        }),
      ).rejects.toThrow()
      expect(await stores.one.read.accounts.facts(row.id)).toBeNull()
    })

    it('shows readers nothing before the commit, on either node, and all of it after', async () => {
      const row = account()
      const seen = await write(stores, async tx => {
        await tx.accounts.insert(row)
        const readers = [stores.one, stores.two].map(store => store.read.accounts.facts(row.id))
        return { own: await tx.accounts.facts(row.id), others: await Promise.all(readers) }
      })
      expect(seen.own).not.toBeNull()
      expect(seen.others).toEqual([null, null])
      expect(await stores.one.read.accounts.facts(row.id)).not.toBeNull()
      expect(await stores.two.read.accounts.facts(row.id)).not.toBeNull()
    })

    it('shows a reader what was committed before it asked, while others read accounts', async () => {
      const { id } = await accountWithPasskeys(stores, 2)
      const [key, reads] = [uid(), Array.from({ length: 30 }, () => stores.one.read.accounts.facts(id))]
      await stores.two.transaction(tx => tx.meta.set(key, 'there'))
      expect(await stores.one.read.meta.get(key)).toBe('there')
      expect(await Promise.all(reads)).toHaveLength(30)
    })

    it('shows an account as of one moment, while the other node writes to it', async () => {
      const { id } = await accountWithPasskeys(stores, 0)
      const before = (await stores.one.read.accounts.facts(id))!.identifiers.length
      const torn: [number, number][] = []
      const seen = new Set<number>()
      let writing = true
      const look = async (): Promise<void> => {
        while (writing) {
          const { account: own, identifiers } = (await stores.one.read.accounts.facts(id))!
          seen.add(own.pauseReasons.length)
          if (own.pauseReasons.length !== identifiers.length - before) torn.push([own.pauseReasons.length, identifiers.length - before])
        }
      }
      const change = async (): Promise<void> => {
        for (let i = 0; i < 60; i++)
          await stores.two.transaction(async tx => {
            await readAndWrite(tx, id, i)
            await tx.identifiers.insert(identifier(id, { value: `${uid()}@example.com` }))
          })
        writing = false
      }
      await Promise.all([change(), look(), look(), look()])
      expect(torn).toEqual([])
      expect(seen.size).toBeGreaterThan(2)
    })

    it('runs many at once without losing one', async () => {
      const key = uid()
      await write(stores, tx => tx.limits.hit(key, 1_000, T0))
      const { id } = await accountWithPasskeys(stores, 0)
      const add = (i: number) => (i % 2 ? stores.two : stores.one).transaction(tx => readAndWrite(tx, id, i))
      await Promise.all(Array.from({ length: 30 }, (_, i) => add(i)))
      expect((await stores.one.read.accounts.facts(id))?.account.pauseReasons).toHaveLength(30)
    })

    it('refuses to write outside a transaction', async () => {
      const { read } = stores.one
      await expect(read.meta.set('a', 'b')).rejects.toThrow('only reads')
      await expect(read.limits.hit('a', 1, 1)).rejects.toThrow('only reads')
      await expect(read.outbox.lease(T0, 1, 1)).rejects.toThrow('only reads')
      await expect(read.challenges.spend('a', T0)).rejects.toThrow('only reads')
    })

    it('refuses text that the other engine could not store, wherever it comes from', async () => {
      for (const text of ['a\0b', 'a\ud800b'])
        await expect(write(stores, tx => tx.meta.set(uid(), text))).rejects.toMatchObject({ code: 'bad_request' })
    })

    it('refuses calls after its end', async () => {
      const leaked = await write(stores, async tx => ({ tx }))
      await expect(leaked.tx.meta.set('late', 'x')).rejects.toThrow('is over')
      expect(await stores.one.read.meta.get('late')).toBeNull()
    })

    it('knows the clock of its database', async () => {
      expect(Math.abs(await stores.one.clockSkew(Date.now()))).toBeLessThan(5_000)
    })

    it('is migrated again without harm, by both nodes at once', async () => {
      const key = uid()
      await write(stores, tx => tx.meta.set(key, 'kept'))
      await Promise.all([stores.one.migrate(), stores.two.migrate(), stores.one.migrate()])
      expect(await stores.two.read.meta.get(key)).toBe('kept')
    })
  })
}

/** Reads the list under the lock and writes it longer: a lost update would show. */
async function readAndWrite(tx: Tables, id: ReturnType<typeof account>['id'], i: number): Promise<void> {
  const facts = await tx.accounts.lock(id)
  await tx.accounts.update(id, { pauseReasons: [...facts!.account.pauseReasons, { reason: `reason ${i}`, until: i }] })
}
