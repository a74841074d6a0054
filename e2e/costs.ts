import { expect, type TestContext } from 'vitest'
import type { Person } from './world.ts'

export interface Cost {
  clicks: number
  /** Typed codes. */
  codes: number
  /** Prompts of the device. */
  prompts: number
}

/** What a journey may cost at most, menu clicks included. A verification is one typed code or one prompt. */
const BUDGET = {
  'sign up, passkey first': { clicks: 5, codes: 1, prompts: 1 },
  'sign in, passkey in the field': { clicks: 1, codes: 0, prompts: 1 },
  'sign in, button': { clicks: 1, codes: 0, prompts: 1 },
  'sign in, identifier first': { clicks: 2, codes: 0, prompts: 1 },
  'sign in, phone by QR': { clicks: 3, codes: 0, prompts: 1 },
  'sign in, security key': { clicks: 3, codes: 0, prompts: 1 },
  'create a passkey, this device, verified by a code': { clicks: 4, codes: 1, prompts: 1 },
  'create a passkey, security key': { clicks: 4, codes: 0, prompts: 2 },
  'create a passkey, phone by QR': { clicks: 4, codes: 0, prompts: 2 },
  'name it later': { clicks: 2, codes: 0, prompts: 0 },
  delete: { clicks: 4, codes: 0, prompts: 1 },
  'lost device': { clicks: 4, codes: 0, prompts: 0 },
  'approve a withdrawal': { clicks: 1, codes: 0, prompts: 1 },
  // one prompt makes the new passkey, one signs in with it: a recovery never is a sign-in
  'recover with a recovery code': { clicks: 5, codes: 1, prompts: 2 },
} as const satisfies Record<string, Cost>

export interface SpentRow extends Cost {
  journey: string
  'at most': string
}

declare module 'vitest' {
  interface TaskMeta {
    /** For the table at the end of the run. */
    costs?: SpentRow[]
  }
}

/** Holds what a person has spent since the last `reset` against the budget, and keeps it for the table at the end. */
export function account({ task }: TestContext, journey: keyof typeof BUDGET, person: Person): void {
  const cost = person.cost()
  const most = BUDGET[journey]
  task.meta.costs = [...(task.meta.costs ?? []), { journey, ...cost, 'at most': Object.values(most).join(' / ') }]
  for (const kind of ['clicks', 'codes', 'prompts'] as const) expect(cost[kind], `${kind} of “${journey}”`).toBeLessThanOrEqual(most[kind])
}
