/** The parts of an e-mail that a person sees. */
export interface ReadableMail {
  subject: string
  text: string
  html: string
}

interface Part {
  headers: Map<string, string>
  body: string
}

/**
 * Reads an e-mail as a mail program shows it: multipart bodies, quoted-printable and base64, encoded words in the subject
 * (RFC 2045 to 2047). Attachments are ignored.
 *
 * @param raw the message as bytes, headers first.
 * @example readMail(Buffer.from('Subject: hello\r\n\r\nA code: 123456'))
 */
export function readMail(raw: Uint8Array): ReadableMail {
  const whole = split(Buffer.from(raw).toString('latin1')) // one character per byte, until a charset is known
  const parts = leaves(whole).filter(part => !/^attachment/i.test(part.headers.get('content-disposition') ?? ''))
  const body = (type: RegExp): string => {
    const part = parts.find(({ headers }) => type.test(headers.get('content-type') ?? 'text/plain'))
    return part ? decodeBody(part) : ''
  }
  return { subject: decodeWords(whole.headers.get('subject') ?? ''), text: body(/^text\/plain/i), html: body(/^text\/html/i) }
}

function split(message: string): Part {
  const end = /\r?\n\r?\n/.exec(message)
  const head = message.slice(0, end?.index ?? message.length).replace(/\r?\n[ \t]+/g, ' ')
  const headers = new Map<string, string>()
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { headers, body: end ? message.slice(end.index + end[0].length) : '' }
}

function leaves(part: Part): Part[] {
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(part.headers.get('content-type') ?? '')?.[1]
  if (!boundary) return [part]
  const sections = `\r\n${part.body}`.split(`\r\n--${boundary}`).slice(1, -1)
  return sections.flatMap(section => leaves(split(section.replace(/^[ \t]*\r?\n/, ''))))
}

function decodeBody({ headers, body }: Part): string {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase()
  const charset = /charset="?([^";\s]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8'
  return toText(encoding === 'quoted-printable' ? fromQuotedPrintable(body) : body, encoding === 'base64', charset)
}

function fromQuotedPrintable(text: string): string {
  return text.replace(/=[ \t]*\r?\n/g, '').replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function decodeWords(header: string): string {
  return header
    .replace(/(\?=)\s+(?==\?)/g, '$1') // white space between two encoded words is not part of the text (RFC 2047 §6.2)
    .replace(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi, (_, charset: string, how: string, text: string) =>
      how.toLowerCase() === 'b' ? toText(text, true, charset) : toText(fromQuotedPrintable(text.replaceAll('_', ' ')), false, charset),
    )
}

function toText(latin1: string, isBase64: boolean, charset: string): string {
  const bytes = Buffer.from(latin1, isBase64 ? 'base64' : 'latin1')
  return new TextDecoder(charset).decode(bytes).replaceAll('\r\n', '\n')
}
