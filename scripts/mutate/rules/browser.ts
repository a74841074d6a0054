import { dotted, type Node } from '../ast.ts'
import { eachLeftOut, isChain } from './conditions.ts'
import { NONE, put, type Rule, source } from './rule.ts'

const BROWSER = /\/browser\/src\//
/** What the page script must not believe: where an answer came from, which key it is, how far a prompt has come. */
const CHECKED =
  /origin|location|url|rpId|\bid\b|key|state|status|isConnected|isTrusted|persisted|aborted|busy|isOnline|onLine|prompts|type\b/i

const leaves = (node: Node): boolean => {
  const last = node.type === 'BlockStatement' ? node.body.at(-1) : node
  return /^(Return|Throw|Continue)Statement$/.test(last?.type ?? '')
}

const EFFECT =
  /^(renew|signalUnknown|stopCeremony|stopAutofill|leaveFor|restart\w*|hideError|showError|fail|part\.remove|location\.\w+|control\.abort)$/

export const browserRules: readonly Rule[] = [
  {
    name: 'script-guard',
    about: 'the page script does not look at an origin, a key or a state',
    where: BROWSER,
    at: (node, _around, file) =>
      node.type === 'IfStatement' && leaves(node.consequent) && CHECKED.test(source(file, node.test)) ? [put(node.test, 'false')] : NONE,
  },
  {
    name: 'script-operand',
    about: 'one part of a check of the page script is left out',
    where: BROWSER,
    at: (node, around, file) =>
      isChain(node) && around.at(-1)?.type === 'IfStatement' && CHECKED.test(source(file, node)) ? eachLeftOut(node) : NONE,
  },
  {
    name: 'script-step',
    about: 'the page script does not do what a refusal, a state or an end asks for',
    where: BROWSER,
    at(node) {
      if (node.type !== 'ExpressionStatement') return NONE
      let call = node.expression
      while (call && !/^(CallExpression)$/.test(call.type)) call = call.argument ?? null
      return call && EFFECT.test(firstName(call)) ? [put(node, '{}')] : NONE
    },
  },
]

/** `renew(form).catch(…)` is a call of `renew`. */
function firstName(call: Node): string {
  const object = call.callee.type === 'MemberExpression' ? call.callee.object : null
  return object?.type === 'CallExpression' ? firstName(object) : dotted(call.callee)
}
