import { browserRules } from './browser.ts'
import { conditionRules } from './conditions.ts'
import { httpRules } from './http.ts'
import { orderRules } from './order.ts'
import { policyRules } from './policy.ts'
import { randomRules } from './random.ts'
import type { Rule } from './rule.ts'
import { sqlRules } from './sql.ts'
import { statementRules } from './statements.ts'
import { timeRules } from './time.ts'
import { wordRules } from './words.ts'

/** Everything that makes mutants. */
export const RULES: readonly Rule[] = [
  ...policyRules,
  ...conditionRules,
  ...statementRules,
  ...sqlRules,
  ...timeRules,
  ...httpRules,
  ...orderRules,
  ...randomRules,
  ...browserRules,
  ...wordRules,
]
