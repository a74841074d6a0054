import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

const ieee754 = (hex: string): number => Buffer.from(hex, 'hex').readDoubleBE()

describe('canonical JSON (RFC 8785)', () => {
  it('writes the example of §3.2.2 and §3.2.3', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('sorts members by UTF-16 code units, the example of §3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7)
    expect(canonicalJson(value).match(/:"[^"]+"/g)).toEqual([
      ':"Carriage Return"',
      ':"One"',
      ':"Control"',
      ':"Latin Small Letter O With Diaeresis"',
      ':"Euro Sign"',
      ':"Emoji: Grinning Face"',
      ':"Hebrew Letter Dalet With Dagesh"',
    ])
  })

  // RFC 8785 appendix B: IEEE 754 bits and the text that stands for them
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the number of appendix B: %s', (hex, text) => {
    expect(canonicalJson(ieee754(hex))).toBe(text)
  })

  it('sorts at every depth and leaves arrays in order', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }, 'x'], a: {} })).toBe('{"a":{},"b":[{"c":2,"d":1},"x"]}')
  })

  it('says the same for the same value, whatever the order of its members', () => {
    expect(canonicalJson({ amount: '1', to: 'a' })).toBe(canonicalJson({ to: 'a', amount: '1' }))
  })

  it('goes 32 levels deep and no deeper', () => {
    const nested = (levels: number): unknown => (levels === 0 ? [] : [nested(levels - 1)])
    expect(canonicalJson(nested(32))).toBe(`${'['.repeat(33)}${']'.repeat(33)}`)
    expect(() => canonicalJson(nested(33))).toThrow(TypeError)
  })

  const holed: unknown[] = []
  holed[1] = 1
  const cycle: unknown[] = []
  cycle.push(cycle)
  it.each([
    ['undefined', undefined],
    ['a member that is undefined', { a: undefined }],
    ['a hole in an array', holed],
    ['NaN', Number.NaN],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['a bigint', 1n],
    ['a function', { f: () => 1 }],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['half a character', { s: '\ud800' }],
    ['half a character as a name', { '\udc00': 1 }],
    ['a cycle', cycle],
  ])('refuses %s', (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })
})
