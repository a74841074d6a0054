/** What pages share, provided by the shell: addresses of files and routes, the form token, the language. */
import { createContext, useContext } from 'hono/jsx'
import { createTranslator, type Translator } from '../../messages/index.ts'

/** Address of a file of `assets/`: `assets('icons.svg')`. */
export const AssetContext = createContext<(name: string) => string>(name => `/assets/${name}`)
/** Puts the base path before a path of ours (`/account/passkeys`). Every part that takes an `href` or `action` uses it. */
export const HrefContext = createContext<(path: string) => string>(path => path)
export const FormTokenContext = createContext<string>('')
export const TranslatorContext = createContext<Translator>(createTranslator('en'))

export const useT = (): Translator => useContext(TranslatorContext)
/** Our own paths get the base path, other addresses stay as they are. */
export function useHref(): (href: string) => string {
  const href = useContext(HrefContext)
  return path => (path.startsWith('/') && !path.startsWith('//') ? href(path) : path)
}
