import type { Child } from 'hono/jsx'
import { primaryAddress } from '../domain/facts.ts'
import { maskIdentifier } from '../domain/identifier.ts'
import type { AccountFacts, MethodName } from '../domain/types.ts'
import type { MessageKey, Translator } from '../messages/index.ts'
import { METHODS } from '../methods/index.ts'
import type { IconName } from './ui/pictures.tsx'
import { List, Row } from './ui/rows.tsx'
import { Identifier } from './ui/words.tsx'

const hintParams = (facts: AccountFacts, method: MethodName): { to: Child } => {
  const kind = method === 'sms' ? 'phone' : 'email'
  const address = primaryAddress(facts, kind)
  return { to: address ? <Identifier value={maskIdentifier(kind, address.value)} /> : '' }
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
          title: t.find(row.label) ?? method,
          note: t.parts<Child>(row.hint as MessageKey, hintParams(facts, method)) as Child,
        }
        return row.sends ? (
          <SendRow icon={row.icon as IconName} {...words} sendTo={sendTo} hidden={{ ...hidden, method }} />
        ) : (
          <Row
            icon={row.icon as IconName}
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

const LEADS: Record<Exclude<MethodName, 'passkey'>, MessageKey> = {
  totp: 'sign_in.code_app',
  recovery_code: 'sign_in.code_recovery',
  sms: 'sign_in.code_sent',
  email: 'sign_in.code_sent',
  password: 'verify.passkey',
}

/** One sentence about where the code comes from. */
export const codeLead = (t: Translator, facts: AccountFacts, method: Exclude<MethodName, 'passkey'>): Child =>
  t.parts<Child>(LEADS[method], hintParams(facts, method)) as Child
