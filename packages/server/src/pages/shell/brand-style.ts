import type { BrandColors } from '../../config.ts'

const HEX_COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i

/** The custom properties of a brand as a style sheet, light and dark; what is no `#rgb` or `#rrggbb` colour is left out. */
export function brandStyle(colors: BrandColors | undefined): string {
  if (!colors) return ''
  const rule = (properties: Record<string, string | undefined>) =>
    Object.entries(properties)
      .filter(([, value]) => value !== undefined && HEX_COLOR.test(value))
      .map(([name, value]) => `--lk-${name}:${value}`)
      .join(';')
  const {
    accent,
    fill,
    fillHover = fill && darker(fill),
    onAccent,
    accentDark,
    fillDark,
    fillHoverDark = fillDark && darker(fillDark),
  } = colors
  const light = rule({ accent, focus: accent, fill, 'fill-hover': fillHover, 'on-accent': onAccent })
  const dark = rule({ accent: accentDark, focus: accentDark, fill: fillDark, 'fill-hover': fillHoverDark })
  return [
    // a light accent is too dark for dark pages: those keep the built-in ones unless the brand says its own
    light && `@media (prefers-color-scheme:light){:root{${light}}}:root[data-theme=light]{${light}}`,
    dark && `@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}:root[data-theme=dark]{${dark}}`,
  ]
    .filter(Boolean)
    .join('')
}

function darker(color: string): string | undefined {
  if (!HEX_COLOR.test(color)) return undefined
  const digits = color.slice(1)
  const pairs = digits.length === 3 ? [...digits].map(d => d + d) : (digits.match(/../g) ?? [])
  return `#${pairs
    .map(pair =>
      Math.round(Number.parseInt(pair, 16) * 0.82)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}
