import { describe, expect, test } from 'vitest'
import { ipPrefix, ipPrefixes } from './ip-prefix.ts'

describe('V-5 all spellings of one address share one bucket (F48)', () => {
  test.each([
    ['192.0.2.7', '::ffff:192.0.2.7'],
    ['192.0.2.7', '::FFFF:c000:207'],
    ['192.0.2.7', '0:0:0:0:0:ffff:192.0.2.7'],
    ['192.0.2.7', '[::ffff:192.0.2.7]'],
    ['192.0.2.7', ' 192.0.2.7 '],
    ['2001:db8:0:1::5', '2001:DB8:0:1::5'],
    ['2001:db8:0:1::5', '2001:0db8:0000:0001:0000:0000:0000:0005'],
    ['2001:db8:0:1::5', '2001:db8::1:0:0:0:5'],
    ['2001:db8:0:1::5', '[2001:db8:0:1::5]'],
    ['2001:db8:0:1::5', '2001:db8:0:1::5%eth0'],
    ['2001:db8:0:1::5', '2001:db8:0:1:ffff:eeee:dddd:cccc'],
    ['::1', '0:0:0:0:0:0:0:1'],
  ])('%s and %s', (one, other) => expect(ipPrefix(other)).toBe(ipPrefix(one)))

  test('every host of a /64 shares one bucket, whatever its spelling', () => {
    const groups = (n: number): string => n.toString(16)
    for (let i = 0; i < 500; i++) {
      const host = [i, i * 7, i * 131, i * 977].map(n => groups(n & 0xffff)).join(':')
      expect(ipPrefix(`2001:db8:aa:bb:${host}`)).toBe('2001:db8:aa:bb::/64')
    }
  })

  test('other addresses have other buckets', () => {
    const all = ['192.0.2.7', '192.0.2.8', '2001:db8:0:1::', '2001:db8:0:2::', '::1', '1.2.3.4'].map(ipPrefix)
    expect(new Set(all).size).toBe(all.length)
  })

  test.each([
    ['2001:db8::ffff:192.0.2.7', '2001:db8:0:0::/64'],
    ['::192.0.2.7', '0:0:0:0::/64'],
    ['::fffe:192.0.2.7', '0:0:0:0::/64'],
  ])('%s only looks like an IPv4 address', (text, bucket) => expect(ipPrefix(text)).toBe(bucket))

  test('a /48 around IPv6 only', () => {
    expect(ipPrefixes('2001:db8:aa:bb::1')).toEqual({ narrow: '2001:db8:aa:bb::/64', wide: '2001:db8:aa::/48' })
    expect(ipPrefixes('::ffff:192.0.2.7')).toEqual({ narrow: '192.0.2.7', wide: null })
  })

  test.each(['', 'localhost', '192.0.2', '192.0.2.07', '0x7f.1', '3232235521', '1.2.3.4.5', ':::', '::g', '2001:db8::1::2', '/../', 'a:b'])(
    'what is no address (%j) is no fresh budget either',
    text => expect(ipPrefix(text)).toBe('unreadable'),
  )
})
