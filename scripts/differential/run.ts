import type { Case } from './cases.ts'
import { ours, theirs, type Verdict } from './judges.ts'

export interface Judged extends Case {
  readonly our: Verdict
  readonly their: Verdict
}

const AT_ONCE = 8

/** Puts every case to both. Responses are made some at a time, for that is most of the work; the judges get them one by one. */
export async function judgeAll(cases: readonly Case[]): Promise<Judged[]> {
  const judged: Judged[] = []
  for (let at = 0; at < cases.length; at += AT_ONCE) {
    const some = cases.slice(at, at + AT_ONCE)
    const made = await Promise.all(some.map(async one => ({ one, question: await one.make() })))
    for (const { one, question } of made) judged.push({ ...one, our: ours(question), their: await theirs(question) })
  }
  return judged
}
