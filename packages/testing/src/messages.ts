/** Messages that arrived, oldest first, and a way to wait for the next. What inbox and gateway have in common. */
export class Messages<T> {
  readonly all: T[] = []
  readonly #waiting = new Set<(message: T) => void>()

  /** Keeps a message and wakes whoever waits for it. */
  add(message: T): void {
    this.all.push(message)
    for (const look of this.#waiting) look(message)
  }

  /** Forgets every message, so that the next wait means a new one. */
  clear(): void {
    this.all.length = 0
  }

  /**
   * The newest message that fits, or else the first that arrives and does.
   *
   * @param what in words, for the error.
   * @throws Error when none came in `timeoutMs` milliseconds; it says what came instead.
   */
  async waitFor(fits: (message: T) => boolean, timeoutMs: number, what: string): Promise<T> {
    const here = this.all.findLast(fits)
    if (here) return here

    return await new Promise((resolve, reject) => {
      const look = (message: T): void => {
        if (fits(message)) finish(() => resolve(message))
      }
      const timer = setTimeout(() => {
        const seen = this.all.map(message => JSON.stringify(message)?.slice(0, 200)).join('\n') || 'nothing'
        finish(() => reject(new Error(`no ${what} within ${timeoutMs} ms; here is: ${seen}`)))
      }, timeoutMs)
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        settle()
      }
      this.#waiting.add(look)
    })
  }
}

/** The last six-digit code in a text, written as 123456, or as "123 456" or "123-456"; undefined when there is none. */
export function sixDigits(text: string): string | undefined {
  const whole = text.match(/(?<![\d#+])\d{6}(?!\d)/g) ?? text.match(/(?<![\d#+])\d{3}[ \u00a0-]\d{3}(?![ \u00a0-]?\d)/g)
  return whole?.at(-1)?.replace(/\D/g, '')
}
