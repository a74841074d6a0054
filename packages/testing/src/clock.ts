/**
 * A clock that moves only when told. Its `now` is a bound function, so it goes wherever a clock is an argument.
 *
 * @example
 * const clock = new TestClock(Date.parse('2030-01-01'))
 * const server = await startLatchkey({ now: clock.now })
 * clock.advance(5 * 60_000) // five minutes later
 */
export class TestClock {
  #time: number

  /** `start` is in milliseconds since 1970; the present unless told. */
  constructor(start: number = Date.now()) {
    this.#time = wholeMilliseconds(start)
  }

  /** The time in milliseconds since 1970. */
  readonly now = (): number => this.#time

  /**
   * Moves by a number of milliseconds; a negative one turns the clock back.
   *
   * @throws RangeError for a number that is not whole.
   */
  advance(milliseconds: number): void {
    this.#time += wholeMilliseconds(milliseconds)
  }

  /**
   * Sets the time, in milliseconds since 1970.
   *
   * @throws RangeError for a number that is not whole.
   */
  set(time: number): void {
    this.#time = wholeMilliseconds(time)
  }
}

function wholeMilliseconds(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number of milliseconds`)
  return value
}
