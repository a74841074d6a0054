/** The one script of our pages. Everything works without it but the prompt itself. */
import { learnPlatform } from '../device.ts'
import { watchCeremonies } from './ceremonies.ts'
import { watchDialogs } from './dialog.ts'
import { watchForms } from './forms.ts'
import { watchConnection } from './offline.ts'
import { watchRename } from './rename.ts'
import { watchSmallThings } from './small.ts'
import { watchSupport } from './support.ts'
import { contentIsNew, watchHistory } from './swap.ts'
import { watchTry } from './try.ts'
import { watchUpgrade } from './upgrade.ts'

/** Development only: the server names the file, this browser has switched it on. It has to be in place before anything asks. */
async function pretendDevice(): Promise<void> {
  const url = document.querySelector<HTMLMetaElement>('meta[name="lk-pretend"]')?.content
  if (!url || new URL(url, location.href).origin !== location.origin || !isSwitchedOn()) return
  await import(/* @vite-ignore */ new URL(url, location.href).href)
}

function isSwitchedOn(): boolean {
  try {
    return localStorage.getItem('lk-pretend-device') !== null
  } catch {
    return false // storage is blocked
  }
}

function start(): void {
  watchSmallThings()
  watchConnection()
  watchSupport()
  watchCeremonies()
  watchRename()
  watchDialogs()
  watchForms()
  watchTry()
  watchUpgrade()
  watchHistory()
  contentIsNew(document)
  document.documentElement.dataset.lkReady = ''
  // a page that came with an error is read from there
  document.querySelector<HTMLElement>('main [data-lk-error] h2')?.focus()
  void learnPlatform()
  sayZone()
}

/** So that the next page writes its times as the clock on the wall has them. */
function sayZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const secure = location.protocol === 'https:' ? '; secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
  if (zone) document.cookie = `lk_z=${zone}; path=/; max-age=31536000; samesite=lax${secure}`
}

// a page out of the back-forward cache is as old as its session
addEventListener('pageshow', event => {
  if (event.persisted) location.reload()
})

void pretendDevice()
  .catch(() => undefined)
  .then(start)
