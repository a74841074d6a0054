import { createHash } from 'node:crypto'
import { internals } from '@latchkey/server/internals'
import type { TestBrowser } from '@latchkey/testing/latchkey'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { canonicalJson } from '../packages/server/src/flows/approvals/canonical-json.ts'
import { member } from './members.ts'
import { openWorld, type Person, type World } from './world.ts'

type Details = Record<string, string>

/** Every field that an action can name, and members that it only labels. */
const withdraw = {
  title: 'Approve withdrawal',
  verb: 'Approve',
  addressField: 'to',
  amountField: 'amount',
  assetField: 'asset',
  networkField: 'network',
  memoField: 'memo',
  labels: {
    amount: 'Amount',
    asset: 'Asset',
    worth: 'Worth',
    to: 'To',
    network: 'Network',
    memo: 'Memo',
    fee: 'Fee',
    reason: 'Reason & purpose',
  },
  withoutPasskey: { field: 'worth', limit: '500', unit: 'USD' },
}
/** No amount that would be shown large: every member is a row. */
const transfer = { title: 'Approve transfer', addressField: 'to', labels: withdraw.labels }

let world: World
let person: Person
let browser: TestBrowser
beforeAll(async () => {
  world = await openWorld({ actions: { withdraw, transfer } })
  const made = await member(world)
  person = made.person
  browser = made.browser
})
afterAll(() => world?.end())

const letters = [...'aZ0Oo1lI9    <>&"\'`{}$%/\\;:,.–ñßé漢Ж👍']
const text = fc
  .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 24 })
  .map(all => all.join('').trim())
  .filter(value => value !== '' && value !== 'None')
const word = fc.array(fc.constantFrom(...'abcXYZ0123456789:?=.'), { minLength: 1, maxLength: 70 }).map(all => all.join(''))
const decimal = fc
  .tuple(fc.nat({ max: 99_999_999 }), fc.nat({ max: 99_999 }))
  .map(([whole, part]) => (part ? `${whole}.${part}` : `${whole}`))
const random = fc.record(
  { amount: decimal, asset: text, worth: decimal, to: word, network: text, memo: fc.oneof(text, fc.constant('')), fee: text, reason: text },
  { requiredKeys: ['amount', 'asset', 'worth', 'to', 'network'] },
)

/** What a person reads: the terms with their values, the payee letter by letter, the large amount and what it is worth. */
async function read(): Promise<{ rows: Details; address: string; spoken: string; sum: string; worth: string }> {
  return person.page.evaluate(() => {
    const seen = (element: Element | null): string => (element instanceof HTMLElement ? element.innerText.trim() : '')
    const rows = [...document.querySelectorAll('main dl > div')].map(row => [
      seen(row.querySelector('dt')),
      seen(row.querySelector('.lk-address') ?? row.querySelector('dd')),
    ])
    return {
      rows: Object.fromEntries(rows),
      address: seen(document.querySelector('.lk-address')).replace(/\s/g, ''),
      spoken: (document.querySelector('.lk-address')?.previousElementSibling?.textContent ?? '').replace(/ /g, ''),
      sum: seen(document.querySelector('.lk-amount')),
      worth: seen(document.querySelector('.lk-sum .lk-muted')),
    }
  })
}

/** The details as they would be written down from the page alone. */
async function fromPage(action: { labels: Details; amountField?: string }): Promise<Details> {
  const { rows, address, spoken, sum, worth } = await read()
  expect(spoken).toBe(address)
  const names = Object.entries(action.labels)
  const told = names.filter(([, label]) => label in rows).map(([name, label]) => [name, rows[label]!] as const)
  const details: Details = { ...Object.fromEntries(told), to: address }
  if (details.memo === 'None' && action.amountField) details.memo = ''
  if (!action.amountField) return details
  const [, amount = '', asset = ''] = /^(\S+) (.+)$/s.exec(sum) ?? []
  const [, value = ''] = /^≈ (\S+) USD$/.exec(worth) ?? []
  return { ...details, amount: amount.replaceAll(',', ''), asset, worth: value.replaceAll(',', '') }
}

const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Presses the button. @returns the challenge that the device signed, as it left the browser */
async function approve(): Promise<string> {
  const sent = person.page.waitForRequest(request => request.method() === 'POST' && request.url().endsWith('/passkey'))
  await person.press('button', /^Approve/)
  const response = JSON.parse(new URLSearchParams((await sent).postData() ?? '').get('response') ?? '') as {
    response: { clientDataJSON: string }
  }
  await person.sees(/^Approved · /)
  return (JSON.parse(Buffer.from(response.response.clientDataJSON, 'base64url').toString()) as { challenge: string }).challenge
}

it('F44, INV-7, K3: what the page shows, field by field, is what the device signs, for random details of every field', async () => {
  const { ctx } = (await internals.get(world.latchkey))!
  const cookie = [...browser.cookies].map(pair => pair.join('=')).join('; ')
  const seed = Number(process.env.LATCHKEY_FUZZ_SEED ?? Date.now() % 2 ** 31)
  const wrong: unknown[] = []
  for (const [n, details] of fc.sample(random, { numRuns: 6, seed }).entries()) {
    const [name, action] = n % 3 === 2 ? (['transfer', transfer] as const) : (['withdraw', withdraw] as const)
    const asked = await world.latchkey.api.approvals.create(new Request(world.url, { headers: { cookie } }), {
      action: name,
      details,
    })
    await person.go(`/approve/${asked.id}`)
    const shown = await fromPage(action)
    const challenge = await approve()
    const row = (await ctx.store.read.approvals.get(asked.id))!
    // nothing but the page, the owner's account and our origin
    const payload = canonicalJson({ account: row.accountId, action: name, audience: world.url, details: shown })
    const expected = sha256('lk/approval/1', row.nonce, sha256(payload)).toString('base64url')
    const after = await fromPage(action)
    if (challenge !== expected || canonicalJson(after) !== canonicalJson(shown)) wrong.push({ seed, details, shown, after })
    expect(shown).toEqual(details)
  }
  expect(wrong).toEqual([])
  expect(person.violations).toEqual([])
})
