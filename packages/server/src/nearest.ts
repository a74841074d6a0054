/**
 * The known name that a person most likely meant.
 *
 * @example nearest('publicURL', ['basePath', 'publicUrl']) // 'publicUrl'
 */
export function nearest(name: string, known: readonly string[]): string {
  const scored = known.map(one => ({ one, steps: distance(name.toLowerCase(), one.toLowerCase()) }))
  return scored.reduce((best, next) => (next.steps < best.steps ? next : best), scored[0] ?? { one: '', steps: 0 }).one
}

/** Levenshtein's: letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
