const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** As people say it: a day and more in days only where it has no odd hours. @example duration(259_200_000) // '3 d' */
export function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length && ms % length === 0) ?? ['s', 1_000]
  return `${ms / size} ${unit}`
}
