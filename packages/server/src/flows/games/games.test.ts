import { describe, expect, test } from 'vitest'
import { end } from '../../methods/context.fixture.ts'
import { HOUR } from '../people.fixture.ts'
import { broken, lookBefore, untold } from './invariants.fixture.ts'
import { ANSWERS, ATTACKS, play } from './moves.fixture.ts'
import { type Game, INTRUDERS, makeWorld, newGame, randomFrom } from './world.fixture.ts'

/** `LATCHKEY_GAMES=20000 LATCHKEY_GAMES_SEED=…` plays more, or the same again; `npm run nightly` plays 20,000. */
const GAMES = Number(process.env.LATCHKEY_GAMES ?? 300)
const SEED = Number(process.env.LATCHKEY_GAMES_SEED ?? Math.floor(Math.random() * 2 ** 31))
/** Rounds of one game: a shorter one is the beginning of the longer one of the same seed, which is played where games are asked for. */
const MOVES = process.env.LATCHKEY_GAMES ? 8 : 6
/** All that is guarded has a wait of 72 hours. */
const UNTIL = 71 * HOUR

const names = Object.keys(INTRUDERS)
const PRESETS = ['product', 'exchange'] as const

/** One game from its seed alone. @returns what broke, with the moves that led there */
async function playOne(seed: number): Promise<string | null> {
  const random = randomFrom(seed)
  const ctx = await makeWorld(PRESETS[seed % 2]!)
  const game = await newGame(ctx, names[Math.floor(seed / 2) % names.length]!, random)
  const before = await lookBefore(game)
  for (let n = 0; n < MOVES && ctx.now() - game.startedAt < UNTIL; n++) {
    const found = await round(game, before)
    if (found.length > 0) return `seed ${seed}: ${found.join('; ')}\n${game.log.join('\n')}`
    if (random.chance(0.4)) ctx.clock.advance(random.below(Math.min(6 * HOUR, UNTIL - (ctx.now() - game.startedAt))))
  }
  const silent = await untold(game)
  await end(ctx)
  return silent.length > 0 ? `seed ${seed}: ${silent.join('; ')}\n${game.log.join('\n')}` : null
}

async function round(game: Game, before: Awaited<ReturnType<typeof lookBefore>>): Promise<string[]> {
  const found = await broken(game, before, await play(game, game.intruder, ATTACKS))
  if (found.length > 0 || !game.random.chance(0.35)) return found
  return broken(game, before, await play(game, game.owner, ANSWERS))
}

describe('games', () => {
  test(`INV-1, INV-10, INV-11, INV-14, INV-17, INV-23 hold in ${GAMES} games of five intruders (seed ${SEED})`, {
    timeout: 36_000_000,
  }, async () => {
    console.info(`games: seed ${SEED} (LATCHKEY_GAMES_SEED=${SEED} repeats them)`)
    const lost: string[] = []
    for (let i = 0; i < GAMES && lost.length < 3; i++) {
      const what = await playOne(SEED + i)
      if (what) lost.push(what)
    }
    expect(lost.join('\n\n')).toBe('')
  })

  test('the games can be lost: an intruder who holds what the owner holds does what the owner may', async () => {
    let [played, taken] = [0, 0]
    for (let seed = 0; played < 6 && seed < 200; seed++) {
      const game = await newGame(await makeWorld('exchange'), 'password + mailbox', randomFrom(seed))
      const before = await lookBefore(game)
      if (before.mayTakeOver) {
        played++
        for (let n = 0; n < 2 * MOVES; n++) await play(game, game.intruder, ATTACKS)
        const guarded = await broken(game, { ...before, mayTakeOver: false }, '')
        taken += guarded.length > 0 ? 1 : 0
      }
      await end(game.ctx)
    }
    expect(taken).toBeGreaterThan(1)
  })
})
