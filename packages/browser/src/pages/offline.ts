/** "You're offline", once: in the strip on top, or in the box of the form that needed the connection. */
import { onContent } from './swap.ts'

const BOX = '[data-lk-error="LK402"]'

function show(): void {
  const told = document.querySelector(BOX) !== null
  for (const bar of document.querySelectorAll<HTMLElement>('[data-lk-offline]')) bar.hidden = navigator.onLine || told
}

export function watchConnection(): void {
  addEventListener('offline', show)
  addEventListener('online', () => {
    for (const box of document.querySelectorAll(`[data-lk-from-script]${BOX}`)) box.remove()
    show()
  })
  onContent(show)
  // boxes come and go
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true })
}
