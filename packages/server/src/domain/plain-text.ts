/**
 * Nobody types U+0000 or a lone surrogate, so a request that has one is refused at the door (`http/door.ts`), whatever the engine would say.
 */
export { isPlainText } from '@latchkey/browser/text'
