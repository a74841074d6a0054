import type { Child } from 'hono/jsx'

export type Tone = 'ok' | 'warn' | 'bad' | 'info'

/** Hooks for the page script and for readers, passed through to the element. */
export type Hooks = { [name: `data-${string}`]: string | undefined } & { [name: `aria-${string}`]: string | undefined }
export interface WithChildren {
  children?: Child
}

/** Joins class names; what is falsy is left out. */
export const cx = (...names: Array<string | false | null | undefined>): string => names.filter(Boolean).join(' ')
