import type { Around, Node, SourceFile } from '../ast.ts'

/** A piece of text that is put in place of another. */
export interface Edit {
  start: number
  end: number
  text: string
}

/** One change. Most are one edit; what has two ends (made here, checked there) is changed at both. */
export interface Change {
  edits: Edit[]
  /** Stands in the id in place of the function's name, where a row of a table says more. */
  name?: string
  /** The offset that a test has to come by to notice; where the edit is, if left out. */
  reach?: number
  /** Tables of the product that it stands for. */
  tables?: string[]
}

/** What makes mutants of a kind: a name, where it looks, and what it would change at a node. */
export interface Rule {
  name: string
  about: string
  /** Paths below the packages; everything judged where left out. */
  where?: RegExp
  at(node: Node, around: Around, file: SourceFile): readonly Change[]
}

export const NONE: readonly Change[] = []

export const put = (node: Pick<Node, 'start' | 'end'>, text: string): Change => ({
  edits: [{ start: node.start, end: node.end, text }],
})

export const source = (file: SourceFile, node: Pick<Node, 'start' | 'end'>): string => file.text.slice(node.start, node.end)

/** Takes one of a list out, with the comma that belongs to it. */
export function without(list: readonly Node[], index: number): Change {
  const node = list[index]!
  const next = list[index + 1]
  const before = list[index - 1]
  if (next) return put({ start: node.start, end: next.start }, '')
  return before ? put({ start: before.end, end: node.end }, '') : put(node, '')
}

/** Puts two neighbours in each other's place. */
export const swap = (file: SourceFile, one: Node, other: Node): Change => ({
  edits: [
    { start: one.start, end: one.end, text: source(file, other) },
    { start: other.start, end: other.end, text: source(file, one) },
  ],
})
