/** One rule of docs/design/policy.md, with the attack that made it necessary. */
export interface Rule {
  /** Section and number, `3.1`; sources name sections only. */
  id: string
  /** One sentence, of what the code does. */
  rule: string
  /** What happens without it. */
  attack: string
  /** What it holds up, or which hole it closed: ids of invariants.md and threats.md. */
  holds?: readonly string[]
  /** Written down, and not built yet. */
  planned?: true
}
