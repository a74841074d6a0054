/** The parts of a mail; the text part and the HTML part show the same ones. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'details'; rows: [name: string, value: string][] }
  | { kind: 'action'; text: string; lead: string; rest: string; label: string; url: string }

export interface MailPage {
  brand: string
  /** Of the button, `#rrggbb`; ours where the brand has none. */
  fill?: string | undefined
  onFill?: string | undefined
  lang: string
  title: string
  blocks: Block[]
  foot: string
}

/** The plain text part: what a reader without HTML sees is complete, addresses included. */
export function textMail(page: MailPage): string {
  const parts = page.blocks.map(textOf)
  return `${[page.title, ...parts, `-- \n${page.brand}\n${page.foot}`].join('\n\n')}\n`
}

function textOf(block: Block): string {
  if (block.kind === 'details') return block.rows.map(([name, value]) => `${name}: ${value}`).join('\n')
  return block.text
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, letter => ENTITIES[letter] ?? letter)

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
/** The light colours of `latchkey.css`: mail clients drop style sheets and variables, and turn colours themselves in dark mode. */
const STYLE = {
  body: `margin:0;padding:0;background:#f6f7f9;color:#0f1b2d;${FONT};font-size:16px;line-height:24px`,
  frame: 'max-width:600px;margin:0 auto;padding:32px 16px 48px',
  brand: 'margin:0;font-weight:600',
  card: 'margin:20px 0;padding:32px 24px;border:1px solid #d5dbe3;border-radius:16px;background:#ffffff',
  title: 'margin:0;font-size:20px;line-height:28px;font-weight:600',
  text: 'margin:16px 0 0',
  code: 'margin:24px 0 0;font-size:32px;line-height:40px;font-weight:600;letter-spacing:4px',
  details: 'width:100%;margin:24px 0 0;border-collapse:collapse',
  name: 'padding:8px 16px 8px 0;border-top:1px solid #d5dbe3;color:#4a5769;text-align:start;vertical-align:top;font-weight:400;white-space:nowrap',
  value: 'padding:8px 0;border-top:1px solid #d5dbe3;text-align:start;vertical-align:top;overflow-wrap:anywhere',
  action: 'margin:16px 0 0;padding:16px;border-radius:12px;background:#eef1f5',
  button: 'display:inline-block;margin:12px 0 0;padding:10px 20px;border-radius:8px;font-weight:600;text-decoration:none',
  foot: 'margin:0;color:#4a5769;font-size:14px;line-height:20px',
}

/** The HTML part: one column, inlined styles, no image, no script, nothing loaded from anywhere. */
export function htmlMail(page: MailPage): string {
  const title = escaped(page.title)
  const blocks = page.blocks.map(block => htmlOf(block, page)).join('\n')
  return `<!doctype html>
<html lang="${escaped(page.lang)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light"><title>${title}</title></head>
<body style="${STYLE.body}">
<div style="${STYLE.frame}">
<p style="${STYLE.brand}">${escaped(page.brand)}</p>
<div style="${STYLE.card}">
<h1 style="${STYLE.title}">${title}</h1>
${blocks}
</div>
<p style="${STYLE.foot}">${escaped(page.foot)}</p>
</div>
</body>
</html>
`
}

function htmlOf(block: Block, { fill = '#0b5cad', onFill = '#ffffff' }: MailPage): string {
  switch (block.kind) {
    case 'text':
      return `<p style="${STYLE.text}">${escaped(block.text)}</p>`
    case 'code':
      return `<p style="${STYLE.code}" dir="ltr" translate="no">${escaped(block.text)}</p>`
    case 'details':
      return `<table role="presentation" style="${STYLE.details}">${block.rows.map(htmlRow).join('')}</table>`
    case 'action':
      return `<div style="${STYLE.action}"><strong>${escaped(block.lead)}</strong> ${escaped(block.rest)}<br><a href="${escaped(block.url)}" style="background:${escaped(fill)};color:${escaped(onFill)};${STYLE.button}">${escaped(block.label)}</a></div>`
  }
}

const htmlRow = ([name, value]: [string, string]): string =>
  `<tr><th scope="row" style="${STYLE.name}">${escaped(name)}</th><td style="${STYLE.value}">${escaped(value)}</td></tr>`
