import { describe, expect, test } from 'vitest'
import { parseConfig } from './config.ts'
import { parseReturnTo } from './return-to.ts'

const config = parseConfig({ publicUrl: 'http://localhost:4400' })
const long = `/${'a'.repeat(2_047)}`

describe('INV-18 a place to go back to', () => {
  test.each([
    ['/', '/'],
    ['/shop?cart=1#top', '/shop?cart=1#top'],
    ['/a/../b', '/b'],
    [long, long],
  ])('%s', (text, place) => expect(parseReturnTo(config, text)).toBe(place))

  test.each([
    ['nothing', ''],
    ['none', null],
    ['a path that hangs on another', 'account'],
    ['an address, though of our own origin', 'http://localhost:4400/account'],
    ['another host', '//evil.example/x'],
    ['another host once it is resolved', '/.//evil.example'],
    ['a backslash', '/a\\b'],
    ['a control character', '/a\tb'],
    ['one character too many', `${long}a`],
  ])('is not %s', (_, text) => expect(parseReturnTo(config, text)).toBeNull())
})
