import { type AppContext, scopeOf } from '../http/env.ts'
import type { Translator } from '../messages/index.ts'
import { translator } from '../pages/shell/page.tsx'
import { Section } from '../pages/ui/heads.tsx'
import { Badge, Banner } from '../pages/ui/notes.tsx'
import { List, Row } from '../pages/ui/rows.tsx'
import { Hidden } from '../pages/ui/words.tsx'
import { developmentPage, Head } from './page.tsx'
import { findPromiseTests, type PromiseTest, REPOSITORY } from './promise-tests.ts'
import { PROMISES, type PromiseRow } from './promises.ts'

const GROUPS = ['k', 'o', 'f', 'n'] as const
type Tests = ReadonlyMap<string, readonly PromiseTest[]>

const inGroup = (group: (typeof GROUPS)[number]): PromiseRow[] => PROMISES.filter(({ row }) => row.toLowerCase().startsWith(group))

/** Both articles line by line: the promise, the living screen that keeps it, the test that proves it. */
export async function checklistPage(c: AppContext): Promise<Response> {
  const t = translator(c)
  const tests = await findPromiseTests(REPOSITORY)
  return developmentPage(
    c,
    { title: t('development.checklist_title') },
    <>
      <Head title={t('development.checklist_title')} lead={t('development.checklist_lead')} />
      <Summary t={t} tests={tests} signedIn={scopeOf(c).caller.session?.kind === 'full'} />
      <ul class="lk-toc">
        {GROUPS.map(group => (
          <li>
            <a href={`#${group}`}>{t(`development.checklist_${group}`)}</a>
          </li>
        ))}
      </ul>
      {GROUPS.map(group => (
        <Section id={group} title={t(`development.checklist_${group}`)}>
          <List>
            {inGroup(group).map(promise => (
              <PromiseItem t={t} promise={promise} tests={tests} />
            ))}
          </List>
        </Section>
      ))}
    </>,
  )
}

/** Where the sources are not at hand, as in an installed package, nothing is said about tests. */
function Summary({ t, tests, signedIn }: { t: Translator; tests: Tests; signedIn: boolean }) {
  const due = PROMISES.filter(({ later }) => !later)
  const proven = due.filter(({ row }) => tests.has(row)).length
  return (
    <>
      {tests.size > 0 && (
        <Banner tone={proven === due.length ? 'ok' : 'warn'} title={t('development.checklist_proven', { n: proven, all: due.length })} />
      )}
      {!signedIn && <p class="lk-small lk-muted">{t('development.checklist_sign_in')}</p>}
    </>
  )
}

function PromiseItem({ t, promise, tests }: { t: Translator; promise: PromiseRow; tests: Tests }) {
  const { row, promise: words, where, later } = promise
  const found = tests.get(row) ?? []
  const open = tests.size > 0 && found.length === 0
  return (
    <Row
      top
      letter={row}
      tone={found.length > 0 ? 'ok' : undefined}
      title={
        <>
          <Hidden>{row} </Hidden>
          {words}
        </>
      }
      badges={
        later ? (
          <Badge tone="line">{t('development.checklist_later')}</Badge>
        ) : (
          open && <Badge tone="warn">{t('development.checklist_untested')}</Badge>
        )
      }
      note={<Proof t={t} promise={promise} tests={found} />}
      href={where ?? undefined}
    />
  )
}

function Proof({ t, promise, tests }: { t: Translator; promise: PromiseRow; tests: readonly PromiseTest[] }) {
  const [first, ...others] = tests
  const test = first && t('development.checklist_test', { test: first.title })
  const more = others.length > 0 ? `, ${t('development.checklist_more', { n: others.length })}` : ''
  return (
    <>
      {promise.words && t('development.checklist_says', { words: t(promise.words) })}
      {promise.words && test && <br />}
      {test && test + more}
    </>
  )
}
