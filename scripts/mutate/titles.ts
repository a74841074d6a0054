/** A test, or a suite around it, as Vitest hands it to a hook. */
interface Named {
  name: string
  suite?: Named | undefined
}

/** The name by which Vitest finds a test: its suites and itself, with spaces between them. */
export const fullName = ({ name, suite }: Named): string => (suite?.name ? `${fullName(suite)} ${name}` : name)

/** What finds just these tests by their full names. */
export const patternOf = (names: readonly string[]): string =>
  `^(?:${names.map(name => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`
