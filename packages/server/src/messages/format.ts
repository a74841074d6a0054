/**
 * The ICU MessageFormat subset that our catalogues use: `{name}`, `{n, plural, =0 {none} one {# try} other {# tries}}`,
 * `{x, select, a {…} other {…}}`, `{at, date|time|datetime}`, `{n, number}`. There is no quoting: write ’ for an apostrophe.
 */
type Node = string | { arg: string; kind: 'value' | 'number' | 'date' | 'time' | 'datetime' } | Choice | { hash: true }
interface Choice {
  arg: string
  kind: 'plural' | 'select'
  options: Map<string, Node[]>
}

export interface Formatter {
  plural(n: number): string
  number(n: number): string
  date(at: number): string
  time(at: number): string
  datetime(at: number): string
}

const compiled = new Map<string, Node[]>()

/** @throws SyntaxError naming the message when it is not well-formed. */
export function compile(message: string): Node[] {
  let nodes = compiled.get(message)
  if (nodes === undefined) {
    const reader = new Reader(message)
    nodes = reader.nodes(false)
    if (!reader.atEnd) throw new SyntaxError(`unbalanced "}" in message: ${message}`)
    compiled.set(message, nodes)
  }
  return nodes
}

class Reader {
  private at = 0
  private readonly text: string
  constructor(text: string) {
    this.text = text
  }
  get atEnd(): boolean {
    return this.at >= this.text.length
  }
  nodes(inPlural: boolean): Node[] {
    const out: Node[] = []
    let plain = ''
    const flush = () => {
      if (plain !== '') out.push(plain)
      plain = ''
    }
    for (; !this.atEnd; this.at++) {
      const c = this.text[this.at]
      if (c === '}') break
      if (c === '{') {
        flush()
        this.at++
        out.push(this.argument())
      } else if (c === '#' && inPlural) {
        flush()
        out.push({ hash: true })
      } else plain += c
    }
    flush()
    return out
  }
  /** Reads from behind `{` to the matching `}`, on which it stops. */
  private argument(): Node {
    const arg = this.word()
    if (this.text[this.at] === '}') return { arg, kind: 'value' }
    this.expect(',')
    const kind = this.word()
    if (kind === 'plural' || kind === 'select') {
      this.expect(',')
      const options = new Map<string, Node[]>()
      for (let name = this.word(); name !== ''; name = this.word()) {
        this.expect('{')
        options.set(name, this.nodes(kind === 'plural'))
        this.expect('}')
      }
      if (!options.has('other') || this.text[this.at] !== '}') this.fail(`"${arg}" needs an "other" branch`)
      return { arg, kind, options }
    }
    if (kind !== 'number' && kind !== 'date' && kind !== 'time' && kind !== 'datetime') this.fail(`unknown kind "${kind}"`)
    if (this.text[this.at] !== '}') this.fail('expected "}"')
    return { arg, kind }
  }
  private word(): string {
    this.space()
    const start = this.at
    while (/[\w=-]/.test(this.text[this.at] ?? '')) this.at++
    const word = this.text.slice(start, this.at)
    this.space()
    return word
  }
  private space(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\n') this.at++
  }
  private expect(c: string): void {
    if (this.text[this.at] !== c) this.fail(`expected "${c}"`)
    this.at++
  }
  private fail(why: string): never {
    throw new SyntaxError(`${why} in message: ${this.text}`)
  }
}

/** The message as a list: text pieces, and whatever values were passed for plain `{name}`. A missing value stays visible as `{name}`. */
export function formatParts<V>(
  message: string,
  params: Readonly<Record<string, V | string | number>>,
  formatter: Formatter,
): Array<V | string | number> {
  const out: Array<V | string | number> = []
  const walk = (nodes: Node[], n: number | null) => {
    for (const node of nodes) {
      if (typeof node === 'string') out.push(node)
      else if ('hash' in node) out.push(n === null ? '#' : formatter.number(n))
      else {
        const value = params[node.arg]
        if (value === undefined) out.push(`{${node.arg}}`)
        else if (node.kind === 'value') out.push(typeof value === 'number' ? formatter.number(value) : value)
        else if (node.kind === 'plural') {
          const count = Number(value)
          const option = node.options.get(`=${count}`) ?? node.options.get(formatter.plural(count)) ?? node.options.get('other')
          walk(option ?? [], count)
        } else if (node.kind === 'select') walk(node.options.get(String(value)) ?? node.options.get('other') ?? [], n)
        else out.push(formatter[node.kind](Number(value)))
      }
    }
  }
  walk(compile(message), null)
  return out
}
