import type { Child } from 'hono/jsx'
import type { Brand } from '../../config.ts'
import type { Translator } from '../../messages/index.ts'

/** Items of the side list. */
export type NavKey = 'security' | 'passkeys' | 'factors' | 'recovery_codes' | 'sessions' | 'activity'

export interface ShellProps {
  /** The task, the same words as the h1. */
  title: string
  brand: Brand
  /** For our own style and script; also in the Content-Security-Policy. */
  nonce: string
  formToken: string
  /** Who is signed in, by the name that person knows. */
  account?: { name: string } | null | undefined
  /** The current item of the side list. */
  nav?: NavKey | undefined
  /** Items that exist here; the others are not shown. */
  sections?: readonly NavKey[] | undefined
  /** Only `<main>`, for the page script to put in place. */
  fragment?: boolean | undefined
  development?: boolean | undefined
  /** The pretend device signs for this browser. */
  pretendDevice?: boolean | undefined
  /** Development only: the file of the pretend device, which the page script loads where this browser has switched it on. */
  pretendScript?: string | undefined
  /** Development only: address of the inbox, where the codes are that this page may ask for. */
  inbox?: string | undefined
  lang: string
  /** Default: one made from `lang`. */
  t?: Translator | undefined
  /** With two or more a language choice appears in the footer. */
  languages?: readonly { code: string; name: string; href: string }[] | undefined
  /** Says in the title that something went wrong: "Error: Sign in – Brand". */
  error?: boolean | undefined
  children?: Child
}

export interface FrameProps extends ShellProps {
  body?: string
  header: 'bare' | 'bare slim' | 'account' | 'sign-in'
}
