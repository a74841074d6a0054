import { useContext } from 'hono/jsx'
import type { Hooks, WithChildren } from './base.ts'
import { FormTokenContext, useHref } from './context.ts'

/** The token that guards a form; taken from the shell unless given. */
export function FormToken({ value }: { value?: string | undefined }) {
  const token = useContext(FormTokenContext)
  return <input type="hidden" name="form_token" value={value ?? token} />
}

export type FormProps = WithChildren &
  Hooks & {
    action: string
    id?: string | undefined
    class?: string | undefined
    method?: 'post' | 'get' | undefined
    novalidate?: boolean | undefined
  }
/** A plain form with its token; works without a script. */
export function Form({ action, method = 'post', children, ...rest }: FormProps) {
  const href = useHref()
  return (
    <form {...rest} method={method} action={href(action)}>
      {method === 'post' && <FormToken />}
      {children}
    </form>
  )
}
