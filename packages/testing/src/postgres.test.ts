import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startPostgres } from './postgres.ts'

test('starts, makes a database, answers, stops and leaves nothing behind', async () => {
  const before = readdirSync(tmpdir())
  const postgres = await startPostgres()
  const client = new pg.Client(await postgres.createDatabase('a "fine" name'))
  await client.connect()
  const { rows } = await client.query('select 1 as one, current_database() as name')
  expect(rows).toEqual([{ one: 1, name: 'a "fine" name' }])
  const { rows: directory } = await client.query('show data_directory')
  await client.end()
  await postgres.stop()
  expect(before).not.toContain(directory[0].data_directory)
  expect(existsSync(directory[0].data_directory)).toBe(false)
  await expect(new pg.Client(postgres.url).connect()).rejects.toThrow()
})
