import type { Child } from 'hono/jsx'
import { primaryAddress } from '../../domain/facts.ts'
import { maskIdentifier } from '../../domain/identifier.ts'
import { METHODS, type MethodName, type SecretMethod } from '../../domain/methods.ts'
import type { AccountFacts } from '../../domain/types.ts'
import type { Translator } from '../../messages/index.ts'
import type { IconName } from '../ui/pictures.tsx'
import { List, Row } from '../ui/rows.tsx'
import { Identifier } from '../ui/words.tsx'

const hintParams = (facts: AccountFacts, method: MethodName): { to: Child } => {
  const kind = METHODS[method].sendsTo
  const address = kind && primaryAddress(facts, kind)
  return { to: address ? <Identifier value={maskIdentifier(address.kind, address.value)} /> : '' }
}

/** Rows for typed and prompted methods: those that send a code post, the others lead. */
export function MethodRows({
  t,
  facts,
  methods,
  sendTo,
  pageOf,
  hidden = {},
}: {
  t: Translator
  facts: AccountFacts
  methods: readonly MethodName[]
  sendTo: string
  pageOf: (method: MethodName) => string
  hidden?: Record<string, string>
}) {
  return (
    <List>
      {methods.map(method => {
        const row = METHODS[method]
        const words = {
          title: t(row.label),
          note: t.parts<Child>(row.hint, hintParams(facts, method)) as Child,
        }
        return row.sendsTo ? (
          <SendRow icon={row.icon} {...words} sendTo={sendTo} hidden={{ ...hidden, method }} />
        ) : (
          <Row
            icon={row.icon}
            title={words.title}
            note={words.note}
            href={pageOf(method)}
            data-lk-needs-passkey={method === 'passkey' ? '' : undefined}
          />
        )
      })}
    </List>
  )
}

const SendRow = ({
  icon,
  title,
  note,
  sendTo,
  hidden,
}: {
  icon: IconName
  title: string
  note: Child
  sendTo: string
  hidden: Record<string, string>
}) => {
  const { method = '', ...rest } = hidden
  const query = new URLSearchParams(rest).toString()
  return <Row icon={icon} title={title} note={note} action={query ? `${sendTo}?${query}` : sendTo} name="method" value={method} />
}

/** One sentence about where the code comes from. */
export const codeLead = (t: Translator, facts: AccountFacts, method: SecretMethod): Child =>
  t.parts<Child>(METHODS[method].lead, hintParams(facts, method)) as Child
