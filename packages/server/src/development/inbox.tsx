import { codeIn } from '../deliver/index.ts'
import { cutLetters } from '../domain/letters.ts'
import { Problem } from '../domain/problems.ts'
import { type AppContext, scopeOf } from '../http/env.ts'
import { readForm } from '../http/guards.ts'
import type { Translator } from '../messages/index.ts'
import { goTo, translator } from '../pages/shell/page.tsx'
import { Button, Link, LinkButton } from '../pages/ui/buttons.tsx'
import { Form } from '../pages/ui/form.tsx'
import { Empty } from '../pages/ui/guidance.tsx'
import { Cluster } from '../pages/ui/layout.tsx'
import { Banner } from '../pages/ui/notes.tsx'
import { Row } from '../pages/ui/rows.tsx'
import { Time } from '../pages/ui/words.tsx'
import type { InboxMessage } from '../store/store.ts'
import { Copy, developmentPage, Head, Shortened } from './page.tsx'

const INBOX = '/development/inbox'
const MOST = 200

/** The list, and beside it the message that `?id=` names, or the newest one. */
export async function inboxPage(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  const t = translator(c)
  const messages = await ctx.store.read.inbox.list(MOST)
  const opened = messages.find(message => message.id === c.req.query('id')) ?? messages[0]
  const { hourMs } = ctx.config.policy
  return developmentPage(
    c,
    { title: t('development.inbox_title'), wide: true },
    <>
      <Head title={t('development.inbox_title')} lead={t('development.inbox_lead')} action={<Tools t={t} any={messages.length > 0} />} />
      <Banner tone="warn" icon="clock" title={t('development.times')}>
        {t.parts('development.times_text', {
          day: <Shortened hours={24} hourMs={hourMs} />,
          days: <Shortened hours={72} hourMs={hourMs} />,
        })}
      </Banner>
      {opened ? (
        <div class="lk-split">
          <Messages t={t} messages={messages} opened={opened} />
          <Message t={t} message={opened} host={ctx.config.host} origin={ctx.config.origin} />
        </div>
      ) : (
        <Empty art="inbox" title={t('development.inbox_empty')} text={t('development.inbox_empty_text')} />
      )}
    </>,
  )
}

const Tools = ({ t, any }: { t: Translator; any: boolean }) => (
  <Cluster>
    <LinkButton variant="text" icon="retry" href={INBOX}>
      {t('development.inbox_refresh')}
    </LinkButton>
    {any && (
      <Form action={`${INBOX}/empty`}>
        <Button>{t('development.inbox_clear')}</Button>
      </Form>
    )}
  </Cluster>
)

const Messages = ({ t, messages, opened }: { t: Translator; messages: InboxMessage[]; opened: InboxMessage }) => (
  <section class="lk-card" aria-labelledby="messages">
    <h2 class="lk-hide" id="messages">
      {t('development.inbox_list')}
    </h2>
    <ul class="lk-list">
      {messages.map(message => (
        <Row
          icon={message.channel === 'sms' ? 'message' : 'mail'}
          title={titleOf(message)}
          note={<bdi translate="no">{message.to}</bdi>}
          end={<Time at={message.sentAt} style="time" />}
          href={`${INBOX}?id=${encodeURIComponent(message.id)}`}
          aria-current={message.id === opened.id ? 'true' : undefined}
        />
      ))}
    </ul>
  </section>
)

const TITLE_LENGTH = 48

/** A text message has no subject: its beginning stands for it. */
function titleOf({ subject, text }: InboxMessage): string {
  const words = subject || (text.split('\n')[0] ?? '')
  return words.length > TITLE_LENGTH ? `${cutLetters(words, TITLE_LENGTH)}…` : words
}

function Message({ t, message, host, origin }: { t: Translator; message: InboxMessage; host: string; origin: string }) {
  const code = codeIn(message)
  const channel = t(message.channel === 'sms' ? 'development.inbox_sms' : 'development.inbox_mail')
  return (
    <article class="lk-card lk-card--pad" aria-labelledby="message">
      <h2 id="message">{message.subject || t('development.inbox_sms_title')}</h2>
      <p class="lk-small lk-muted lk-gap-4">
        {t.parts('development.inbox_to', { to: <bdi translate="no">{message.to}</bdi>, at: <Time at={message.sentAt} />, channel })}
      </p>
      {code && (
        <div class="lk-still lk-gap-24">
          <p class="lk-amount lk-mono" translate="no" data-lk-message-code={code}>{`${code.slice(0, 3)} ${code.slice(3)}`}</p>
          <p class="lk-small">{t.parts('notice.code.only_here', { host: <strong>{host}</strong> })}</p>
        </div>
      )}
      <div class="lk-prose lk-gap-24">
        <Text text={message.text} origin={origin} />
      </div>
      <Cluster class="lk-gap-24">
        {code && <Copy text={code} what={t('development.last_code')} words={t('development.inbox_copy')} />}
        {message.html !== null && <Link href={`${INBOX}/${encodeURIComponent(message.id)}/mail`}>{t('development.inbox_open')}</Link>}
      </Cluster>
    </article>
  )
}

/** The text part in paragraphs; only addresses of this server become links. */
function Text({ text, origin }: { text: string; origin: string }) {
  const paragraphs = text.trim().split(/\n{2,}/)
  return (
    <>
      {paragraphs.map(paragraph => (
        <p>
          {paragraph.split('\n').map((line, n) => (
            <>
              {n > 0 && <br />}
              <Line line={line} origin={origin} />
            </>
          ))}
        </p>
      ))}
    </>
  )
}

const Line = ({ line, origin }: { line: string; origin: string }) => (
  <>{line.split(/(https?:\/\/[^\s<>"]+)/).map(part => (part.startsWith(`${origin}/`) ? <a href={part}>{part}</a> : part))}</>
)

/** Removes every message. */
export async function postEmpty(c: AppContext): Promise<Response> {
  const { ctx } = scopeOf(c)
  await readForm(c)
  await ctx.store.transaction(tx => tx.inbox.clear())
  return goTo(c, INBOX)
}

/** A mail is somebody's HTML: nothing in it runs or loads, whatever it contains. */
const MAIL_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"

/** The HTML part as a mail program would show it. */
export async function mailPage(c: AppContext): Promise<Response> {
  const messages = await scopeOf(c).ctx.store.read.inbox.list(MOST)
  const html = messages.find(message => message.id === c.req.param('id'))?.html
  if (!html) throw new Problem('not_found')
  return c.html(html, 200, { 'content-security-policy': MAIL_CSP })
}
