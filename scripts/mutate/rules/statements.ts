import { bare, dotted, type Node } from '../ast.ts'
import { type Change, NONE, put, type Rule } from './rule.ts'

/** Calls that stand alone as a statement, by what they are for. A call is judged by the first row that fits its name. */
const CALLS: readonly { name: string; about: string; callee: RegExp }[] = [
  { name: 'guard', about: 'a guard is not asked', callee: /(^|\.)(guard|check|require|ensure|assert|enter|verify|refuse)[A-Z]?\w*$/ },
  { name: 'count', about: 'an attempt is not counted', callee: /(^|\.)(count[A-Z]\w*|hit|block|fail)$/ },
  { name: 'event', about: 'an event is not written', callee: /(^|\.)(record\w*|happened|tell[A-Z]\w*)$/ },
  { name: 'notice', about: 'nobody is told', callee: /(^|\.)(notify\w*|tell|outbox\.insert|send[A-Z]\w*|wakeOutbox|inbox\.insert)$/ },
  { name: 'lock', about: 'the account is not locked', callee: /(^|\.)(lock\w*|await[A-Z]\w*|settle\w*)$/ },
  {
    name: 'spend',
    about: 'what was used may be used again',
    callee: /(^|\.)(spend|take\w*|consume\w*|use[A-Z]\w*|decide\w*|reset\w*|giveBack\w*|reopen\w*)$/,
  },
  {
    name: 'end',
    about: 'what should end lives on',
    callee:
      /(^|\.)(end\w*|void\w*|withdraw\w*|supersede|remove\w*|delete\w*|cancel\w*|clear\w*|forget\w*|rotate\w*|supersede\w*|suspend\w*|signOut)$/,
  },
  { name: 'effect', about: 'a step of a flow is left out', callee: /./ },
]

const FLOWS = /\/server\/src\/(domain|flows|methods|http|limits|rotation|webauthn|deliver|store|pages)\//

const ruleOf = (name: string): string => CALLS.find(row => row.callee.test(name))?.name ?? ''

/** Language and log: taking such a call out takes no rule out. */
const NO_RULE =
  /^(ctx\.)?(log|console)\.|\.(push|sort|reverse|set|add|insert|put|run|exec|publish|transaction)$|^(resolve|reject|next|undefined|write|hold|run)$|\.apply$|^(setTimeout|setImmediate|clearTimeout)$/

function callOf(node: Node): string | null {
  if (node.type !== 'ExpressionStatement') return null
  const call = bare(node.expression)
  return call.type === 'CallExpression' ? dotted(call.callee) : null
}

/** In pages and in the store only what is plainly a guard, an end or a spending counts: the rest is what they are for. */
const isEffect = (path: string): boolean => /\/server\/src\/(flows|methods|limits)\//.test(path)

const leftOut = (rule: string, node: Node, path: string): readonly Change[] => {
  const name = callOf(node)
  if (name === null || ruleOf(name) !== rule || (rule === 'effect' && NO_RULE.test(name))) return NONE
  return rule === 'effect' && !isEffect(path) ? NONE : [put(node, '{}')]
}

/** `for (const message of notices(…)) await tx.outbox.insert(message)`, and `notices(…)` or an event as a value. */
const TOLD = /^notices$/

const spendsAs = (name: string): boolean => /\.(spend|consume|recordUse|decide|markApplied|useTotpStep|useRecoveryCode)$/.test(name)

export const statementRules: readonly Rule[] = [
  ...CALLS.map(
    ({ name, about }): Rule => ({
      name,
      about,
      where: FLOWS,
      at: (node, _around, file) => leftOut(name, node, file.path),
    }),
  ),
  {
    name: 'notices',
    about: 'a notice is made for nobody',
    where: /\/server\/src\//,
    at: node => (node.type === 'CallExpression' && TOLD.test(dotted(node.callee)) ? [put(node, '[]')] : NONE),
  },
  {
    name: 'spent',
    about: 'a conditional statement is not run, and passes as done',
    where: /\/server\/src\/(flows|methods|limits)\//,
    at: (node, around) => {
      const asked = node.type === 'AwaitExpression' && bare(node).type === 'CallExpression' && spendsAs(dotted(bare(node).callee))
      return asked && around.at(-1)?.type !== 'ExpressionStatement' ? [put(node, 'true')] : NONE
    },
  },
  {
    name: 'locked',
    about: 'an account is read without its lock',
    where: /\/server\/src\/flows\//,
    at: node =>
      node.type === 'CallExpression' && /\.accounts\.lock$/.test(dotted(node.callee)) ? [put(node.callee.property, 'facts')] : NONE,
  },
]
