/** The parts of a mail; the text part and the HTML part show the same ones. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'details'; rows: [name: string, value: string][] }
  | { kind: 'action'; text: string; lead: string; rest: string; label: string; url: string; fine?: string | undefined }

export interface MailPage {
  brand: string
  /** Of the button, `#rrggbb`; ours where the brand has none. */
  fill?: string | undefined
  onFill?: string | undefined
  lang: string
  title: string
  blocks: Block[]
  /** The owner's own phrase: what it is called, and it; above all else. */
  phrase?: readonly [name: string, phrase: string] | undefined
  /** What a message without it is. */
  warning?: string | undefined
  foot: string
}

/** The plain text part: what a reader without HTML sees is complete, addresses included. */
export function textMail(page: MailPage): string {
  const parts = page.blocks.map(textOf)
  const head = page.phrase ? [page.phrase.join(' ')] : []
  const foot = [page.warning, page.foot].filter(line => line !== undefined).join('\n')
  return `${[...head, page.title, ...parts, `-- \n${page.brand}\n${foot}`].join('\n\n')}\n`
}

function textOf(block: Block): string {
  if (block.kind === 'details') return block.rows.map(([name, value]) => `${name}: ${value}`).join('\n')
  return block.text
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, letter => ENTITIES[letter] ?? letter)

const FONT = "system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
/** The light colours of `latchkey.css`, inline: mail clients drop variables, and many drop style sheets. */
const STYLE = {
  body: `margin:0;padding:0;background:#f6f7f9;color:#0f1b2d;font:400 16px/1.5 ${FONT}`,
  frame: 'max-width:600px;margin:0 auto;padding:24px 16px 40px',
  preview: 'display:none;max-height:0;overflow:hidden;opacity:0',
  brand: 'margin:0;color:#0f1b2d;font-size:17px;line-height:28px;font-weight:600',
  card: 'margin:16px 0;padding:28px 24px;border:1px solid #d5dbe3;border-radius:16px;background:#ffffff',
  phrase: 'margin:0 0 20px;padding:10px 14px;border-radius:8px;background:#e6f4ec;color:#0f1b2d;font-size:14px;line-height:20px',
  quiet: 'color:#4a5769',
  title: 'margin:0;color:#0f1b2d;font-size:22px;line-height:30px;font-weight:600',
  text: 'margin:12px 0 0;color:#0f1b2d',
  code: 'margin:24px 0 0;color:#0f1b2d;font-size:32px;line-height:40px;font-weight:600;letter-spacing:4px',
  details: 'margin:20px 0 0',
  row: 'margin:0;padding:10px 0;border-top:1px solid #d5dbe3;color:#0f1b2d;font-weight:500',
  name: 'display:inline-block;min-width:112px;padding-right:16px;color:#4a5769;font-size:14px;font-weight:400',
  value: 'display:inline-block;max-width:370px;vertical-align:top;overflow-wrap:anywhere',
  action: 'margin:24px 0 0;padding:20px;border-radius:12px;background:#eef1f5;color:#0f1b2d',
  button:
    'display:inline-block;margin:16px 0 0;padding:13px 22px;border-radius:8px;font-size:16px;line-height:20px;font-weight:600;text-decoration:none',
  fine: 'margin:12px 0 0;color:#4a5769;font-size:13px;line-height:20px',
}

/** What clients that read it change: the dark, and a phone. */
const SHEET = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){.m-body{background:#0b1220!important}.m-card{background:#131c2c!important;border-color:#2c3a4f!important}.m-box{background:#1a2536!important}.m-ok{background:#10291f!important}.m-t{color:#eaf0f7!important}.m-mute{color:#a9b6c7!important}.m-row{border-color:#2c3a4f!important}}
@media (max-width:460px){.m-name{display:block!important}.m-card{padding:24px 18px!important}.m-go{display:block!important;text-align:center!important}}`

/** The HTML part: one column, no image, no script, nothing loaded from anywhere. */
export function htmlMail(page: MailPage): string {
  const title = escaped(page.title)
  const preview = page.blocks.find(block => block.kind === 'text')?.text ?? ''
  return `<!doctype html>
<html lang="${escaped(page.lang)}" dir="ltr">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><meta name="format-detection" content="telephone=no, date=no, address=no"><title>${title}</title>
<style>${SHEET}</style></head>
<body class="m-body" style="${STYLE.body}">
<div style="${STYLE.frame}">
<div aria-hidden="true" style="${STYLE.preview}">${escaped(preview)}</div>
<p class="m-t" style="${STYLE.brand}">${escaped(page.brand)}</p>
<div class="m-card" style="${STYLE.card}">
${htmlPhrase(page)}<h1 class="m-t" style="${STYLE.title}">${title}</h1>
${page.blocks.map(block => htmlOf(block, page)).join('\n')}
</div>
${page.warning ? `<p class="m-mute" style="${STYLE.fine}">${escaped(page.warning)}</p>\n` : ''}<p class="m-mute" style="${STYLE.fine}">${escaped(page.foot)}</p>
</div>
</body>
</html>
`
}

const htmlPhrase = ({ phrase }: MailPage): string =>
  phrase
    ? `<p class="m-ok m-t" style="${STYLE.phrase}"><span class="m-mute" style="${STYLE.quiet}">${escaped(phrase[0])}</span> <strong>${escaped(phrase[1])}</strong></p>\n`
    : ''

function htmlOf(block: Block, page: MailPage): string {
  switch (block.kind) {
    case 'text':
      return `<p class="m-t" style="${STYLE.text}">${escaped(block.text)}</p>`
    case 'code':
      return `<p class="m-t" style="${STYLE.code}" dir="ltr" translate="no">${escaped(block.text)}</p>`
    case 'details':
      return `<div style="${STYLE.details}">${block.rows.map(htmlRow).join('')}</div>`
    case 'action':
      return htmlAction(block, page)
  }
}

const htmlRow = ([name, value]: [string, string]): string =>
  `<p class="m-row m-t" style="${STYLE.row}"><span class="m-mute m-name" style="${STYLE.name}">${escaped(name)}</span> <span style="${STYLE.value}">${escaped(value)}</span></p>`

function htmlAction(
  { lead, rest, label, url, fine }: Extract<Block, { kind: 'action' }>,
  { fill = '#0b5cad', onFill = '#ffffff' }: MailPage,
): string {
  const small = fine ? `<p class="m-mute" style="${STYLE.fine}">${escaped(fine)}</p>` : ''
  return `<div class="m-box m-t" style="${STYLE.action}"><strong>${escaped(lead)}</strong> ${escaped(rest)}<br><a class="m-go" href="${escaped(url)}" style="background:${escaped(fill)};color:${escaped(onFill)};${STYLE.button}">${escaped(label)}</a>${small}</div>`
}
