/**
 * Whether a text can be stored everywhere: no U+0000, which PostgreSQL refuses, and no lone surrogate, which UTF-8 can't carry. Nobody
 * types either of them, so a request that has one is refused at the door (`http/door.ts`), whatever the engine would say.
 */
export const isPlainText = (text: string): boolean => !text.includes('\0') && !/\p{Cs}/u.test(text)
