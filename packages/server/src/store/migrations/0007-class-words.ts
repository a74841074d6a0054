import type { Migration } from './migration.ts'

/** What the letters of earlier releases are called. */
const WORDS = { T: 'trusted', P: 'two_steps', Q: 'lesser' }

const renamed = (table: string, column: string): string[] =>
  Object.entries(WORDS).map(([letter, word]) => `update ${table} set ${column} = '${word}' where ${column} = '${letter}'`)

/** In the body of an event, which is JSON without spaces; in one reading, as there may be many. `_` is any one character. */
const inEvents = (): string => {
  const members = ['via', 'class'].flatMap(member =>
    Object.entries(WORDS).map(([letter, word]) => [`"${member}":"${letter}"`, `"${member}":"${word}"`]),
  )
  const body = members.reduce((text, [before, after]) => `replace(${text}, '${before}', '${after}')`, 'body')
  return `update event set body = ${body} where body like '%"via":"_"%' or body like '%"class":"_"%'`
}

/** The class of a proof is a word wherever it is stored, as in the code: nobody has to look up what a letter means. */
export const classWords: Migration = {
  name: '0007-class-words',
  statements: () => [
    ...renamed('credential', 'created_via'),
    ...renamed('credential', 'ended_via'),
    ...renamed('step_up_grant', 'proof_class'),
    ...renamed('pending_change', 'class'),
    "update credential set created_via = 'recovery_two_steps' where created_via = 'recovery_p'",
    "update credential set created_via = 'recovery_lesser' where created_via = 'recovery_q'",
    inEvents(),
  ],
}
