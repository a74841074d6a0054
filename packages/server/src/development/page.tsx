import { type Child, createContext, useContext } from 'hono/jsx'
import { settleAndLoad } from '../flows/account/account.ts'
import { type AppContext, scopeOf } from '../http/env.ts'
import { openPage } from '../pages/shell/page.tsx'
import { Button } from '../pages/ui/buttons.tsx'
import { useHref, useT } from '../pages/ui/context.ts'
import { PageHead } from '../pages/ui/heads.tsx'
import { Icon } from '../pages/ui/pictures.tsx'

/** A page of the development server, in one column, with the profile menu of whoever is signed in. */
export async function developmentPage(c: AppContext, input: { title: string; wide?: boolean }, content: Child): Promise<Response> {
  const { ctx, caller } = scopeOf(c)
  const facts = caller.session?.kind === 'full' ? await settleAndLoad(ctx, caller.session.accountId) : null
  const home = ctx.config.developmentPages !== null
  return openPage(c, facts, input, <DevelopmentContext.Provider value={{ home }}>{content}</DevelopmentContext.Provider>)
}

/** Whether there is a start page to go back to: a program that mounts us has its own. */
const DevelopmentContext = createContext({ home: true })

/** The head of each page but the first. The way back shows on every width: these pages have no side list. */
export function Head({ title, lead, action }: { title: Child; lead: Child; action?: Child }) {
  const href = useHref()
  const { home } = useContext(DevelopmentContext)
  return (
    <div>
      {home && (
        <a class="lk-link" href={href('/')}>
          <Icon name="chevron" size="s" flip />
          {useT()('development.start')}
        </a>
      )}
      <PageHead title={title} lead={lead} action={action} />
    </div>
  )
}

/** Copies a text; appears when the script runs. `words` are those of a button of its own, else it is a small one named after `what`. */
export const Copy = ({ text, what, words }: { text: string; what: string; words?: string }) => {
  const t = useT()
  const label = words ? undefined : t('development.copy_named', { what })
  return (
    <Button type="button" size={words ? undefined : 'row'} icon="copy" class="lk-needs-script" label={label} data-lk-copy={text}>
      {words ?? t('common.copy')}
    </Button>
  )
}

const MINUTE = 60_000

/** How long so many hours of the policy take here, in words. */
export function Shortened({ hours, hourMs }: { hours: number; hourMs: number }) {
  const t = useT()
  const ms = hours * hourMs
  return (
    <>
      {ms < MINUTE
        ? t('development.shortened_seconds', { n: Math.round(ms / 1000) })
        : t('development.shortened_minutes', { n: Math.round(ms / MINUTE) })}
    </>
  )
}
