import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAsciiWord, isPrintable, passwordText, typedDigits, typedEmail, typedName, typedPhone, typedRecoveryCode } from './index.ts'

/** Written out, so that the judges are not judged by their own classes. */
const CONTROLS = ['\u0000', '\u001b', '\u007f', '\u0085', '\u009f']
const DIRECTIONS = [0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]
const ZERO_WIDTH = [0x00ad, 0x034f, 0x115f, 0x1160, 0x180e, 0x200b, 0x2060, 0x2061, 0x2064, 0x206a, 0x2800, 0x3164, 0xfeff, 0xffa0, 0x1d173]
const TAGS = [0xe0001, 0xe0020, 0xe0041, 0xe007f]
const BROKEN = ['\ud800', '\udc00', '\ufffe', '\uffff', '\ufffd', '\ufffc', '\ufff9', '\ue000', '\u2028', '\u2029']
const HIDDEN = [...DIRECTIONS, ...ZERO_WIDTH, ...TAGS].map(point => String.fromCodePoint(point))
const FORBIDDEN = [...CONTROLS, ...HIDDEN, ...BROKEN]
const EVERYWHERE = new RegExp(`[${FORBIDDEN.map(one => `\\u{${one.codePointAt(0)?.toString(16)}}`).join('')}]`, 'u')
/** Joiners and variation selectors as well: where no script needs them. */
const SOMEWHERE = ['\u200c', '\u200d', '\ufe0f', '\u{e0100}', '\u180b']

const unit = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
  fc.constantFrom(
    ...FORBIDDEN,
    ...SOMEWHERE,
    ' ',
    '\u00a0',
    '\u3000',
    '\u0301',
    '\u0489',
    '-',
    '\u2212',
    '@',
    '.',
    '。',
    '＠',
    '0',
    '٣',
    '８',
  ),
  fc.constantFrom('a', 'A', 'é', 'İ', 'ß', 'ſ', 'Σ', 'ﬁ', 'ü', 'с', '漢', 'می', 'क्', '👩', '❤'),
)
const anyText = fc.array(unit, { maxLength: 24 }).map(parts => parts.join(''))
const near = (good: string[]) =>
  fc.tuple(fc.constantFrom(...good), fc.nat(30), unit).map(([text, at, more]) => text.slice(0, at) + more + text.slice(at))

const EMAILS = ['eva@bücher.example', 'Mei.Lin+x@Example.com', 'josé@例え.テスト', 'a@xn--bcher-kva.example', 'x@نامه\u200cای.com']
const PHONES = ['+44 (0)20 7946 0958', '0034 612-345-678', '+39 06 1234 567', '٠٠٣٤ ٦١٢ ٣٤٥ ٦٧٨']
const NAMES = ['Primary iPhone 📱', 'کتاب‌ها', 'Zoë’s 👩🏽‍💻', '葛\u{e0100}城', 'Nhật', 'क्ष']
const JUDGES: [string, (text: string) => string | null, string[]][] = [
  ['typedEmail', typedEmail, EMAILS],
  ['typedPhone', typedPhone, PHONES],
  ['typedDigits', typedDigits, ['123456', '１２３ ４５６']],
  ['typedRecoveryCode', typedRecoveryCode, ['abcd-efgh-jkmn-pqro']],
  ['typedName', text => typedName(text, 64), NAMES],
  ['passwordText', passwordText, ['pässwort']],
]

describe('B15 properties', () => {
  test.each(JUDGES)('%s: what it returns, it returns unchanged when it is given to it again; nothing throws', (_name, judge, good) => {
    for (const text of good) expect(judge(text)).not.toBeNull()
    fc.assert(
      fc.property(fc.oneof(anyText, near(good)), text => {
        const once = judge(text)
        expect(once === null ? null : judge(once)).toBe(once)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each(JUDGES.filter(([name]) => name !== 'passwordText'))(
    '%s: nothing of a forbidden class is in what it accepts',
    (_name, judge, good) => {
      fc.assert(
        fc.property(fc.oneof(anyText, near(good)), text => {
          expect(judge(text) ?? '').not.toMatch(EVERYWHERE)
          expect(judge(text) ?? '').not.toMatch(/([\p{Mn}\p{Me}])\1|[\p{Mn}\p{Me}]{5}/u)
        }),
        { numRuns: 2_000 },
      )
    },
  )

  test('an accepted e-mail is one account in every spelling of its kind', () => {
    const letters: ((email: string) => string)[] = [
      email => email.toUpperCase(),
      email => email.normalize('NFD'),
      email => email.replaceAll('.', '\uff0e').replace('@', '\uff20'),
      email => email.replace(/[!-~]/g, letter => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
      email => email.replace(/@.*/, domain => domain.replaceAll('.', '\u3002')),
      email => email.replace(/@.*/, domain => domain.replaceAll('.', '\uff61')),
      email => email.replace(/@(.*)/, (_, domain: string) => `@${new URL(`http://${domain}`).hostname}`),
    ]
    const ends: ((email: string) => string)[] = [
      email => email,
      email => `${email}.`,
      email => `${email}\u3002 `,
      email => ` \u200b${email}\ufeff\n`,
      email => `\u202a${email}\u202c`,
    ]
    const local = fc.string({ unit: fc.constantFrom(...'abcxyz019+_-é漢'), minLength: 1, maxLength: 12 })
    const label = fc.string({ unit: fc.constantFrom(...'abcxyz09üéñ漢テпри'), minLength: 2, maxLength: 8 })
    const email = fc.tuple(local, label, fc.constantFrom('example', 'com', 'テスト', 'рф')).map(([l, d, t]) => `${l}@${d}.${t}`)
    fc.assert(
      fc.property(email, fc.constantFrom(...letters), fc.constantFrom(...ends), (typed, one, two) => {
        const account = typedEmail(typed)
        fc.pre(account !== null)
        expect([typedEmail(one(typed)), typedEmail(two(one(typed)))]).toEqual([account, account])
      }),
      { numRuns: 2_000 },
    )
  })

  test('codes and numbers are one in every spelling', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 6, maxLength: 6 })
    const zeros = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0x1d7ce, 0x1d7f6, 0xff10, 0x1e950]
    const separator = fc.constantFrom(
      '',
      ' ',
      '-',
      '\u2010',
      '\u2212',
      '\u00ad',
      '\u200b',
      '\u00a0',
      '\u2013',
      '\ufe63',
      '\u30fc',
      '\uff70',
      '\u202a',
      '\ufeff',
    )
    fc.assert(
      fc.property(digits, fc.constantFrom(...zeros), separator, separator, (code, zero, one, two) => {
        const other = [...code].map(digit => String.fromCodePoint(zero + Number(digit))).join('')
        expect(typedDigits(one + [...other].join(two))).toBe(code)
        expect(typedPhone(`+1${one}(${other})${two}${code}`)).toBe(`+1${code}${code}`)
      }),
    )
  })
})

test.each([
  ['\u200beva@example.com', 'eva@example.com'],
  ['eva@example.com\u200b', 'eva@example.com'],
  ['\ufeff\u202aeva@example.com\u202c', 'eva@example.com'],
  ['e\u200bva@example.com', null],
  ['eva@exa\u200bmple.com', null],
  ['eva\u0000@example.com', null],
  ['e\u3164va@example.com', null],
  ['eva\u{e0041}@example.com', null],
  [`e${'\u0301'.repeat(200)}@example.com`, null],
  ['\ud800eva@example.com', null],
])('ID-1 %j is %j', (typed, value) => expect(typedEmail(typed)).toBe(value))

test.each([
  ['eva@bücher.example', 'eva@xn--bcher-kva.example'],
  ['eva@xn--bcher-kva.example', 'eva@xn--bcher-kva.example'],
  ['Eva@XN--BCHER-KVA.Example', 'eva@xn--bcher-kva.example'],
  ['eva@BU\u0308CHER。example', 'eva@xn--bcher-kva.example'],
  ['eva@straße.example', 'eva@xn--strae-oqa.example'],
  ['eva@example.com.', 'eva@example.com'],
  ['eva@例え.テスト。', 'eva@xn--r8jz45g.xn--zckzah'],
  ['eva@نامه\u200cای.com', 'eva@xn--mgba3gch31f060k.com'],
  ['ｅｖａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'eva@example.com'],
  ['eva@example.com..', null],
  ['eva@exam\u200cple.com', null],
  ['eva@xn--a.example', null],
  ['eva@1.2', null],
  ['eva@example.1', null],
  ['eva@0x7f.1', null],
  ['eva@localhost', null],
  ['eva@[127.0.0.1]', null],
  ['eva@exa%6dple.com', null],
  ['eva@example.com:25', null],
  ['eva@example.com/x', null],
  ['eva@me@example.com', null],
  ['eva@exam_ple.com', null],
  ['eva@-example.com', null],
  [`${'x'.repeat(65)}@example.com`, null],
  [`eva@${'x'.repeat(64)}.com`, null],
  [`eva@${'x.'.repeat(130)}com`, null],
  ['eva@example.com'.padEnd(2_000), null],
])('ID-2 %j is %j', (typed, value) => expect(typedEmail(typed)).toBe(value))

test.each([
  ['+44 (0)20 7946 0958', '+442079460958'],
  ['+44(0)20 7946 0958', '+442079460958'],
  ['0044 ( 0 ) 20 7946 0958', '+442079460958'],
  ['+44 [0] 20/7946-0958', '+442079460958'],
  ['＋４４（０）２０７９４６０９５８', '+442079460958'],
  ['\u202a+44 20 7946 0958\u202c', '+442079460958'],
  ['+44 20\u20117946\u22120958', '+442079460958'],
  ['+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨', '+442079460958'],
  ['+۴۴ ۲۰ ۷۹۴۶ ۰۹۵۸', '+442079460958'],
  ['(+44) 20 7946 0958', '+442079460958'],
  ['+39 (0)6 1234 5678', '+390612345678'],
  ['+39 (06) 1234 5678', '+390612345678'],
  ['+229 (01) 97 00 00 00', '+2290197000000'],
  ['+44 (020) 7946 0958', '+442079460958'],
  ['+49 [030] 123456', '+4930123456'],
  ['0033 (01) 23-45-67-89', '+33123456789'],
  ['+44 (0 20) 7946 0958', '+442079460958'],
  ['+1 (555) 010-0100', '+15550100100'],
  ['+1 (055) 010-0100', '+10550100100'],
  ['+39 06 1234 5678', '+390612345678'],
  ['+44 20 7946 0958 ext. 12', null],
  ['+44 20 7946 0958 x12', null],
  ['+44 20 7946 0958#12', null],
  ['+44 20 7946 0958;ext=12', null],
  ['+44 20 7946 0958,12', null],
  ['(0)20 7946 0958', null],
  ['020 7946 0958', null],
  ['+0 20 7946 0958', null],
  ['+1 555', null],
  ['+1234567890123456', null],
  ['', null],
])('PH-1 %j is %j', (typed, value) => expect(typedPhone(typed)).toBe(value))

test.each([
  ['123-456', '123456'],
  ['\u200b123456', '123456'],
  ['123\u200b456\ufeff', '123456'],
  ['123\u2013456', '123456'],
  ['１２３ー４５６', '123456'],
  ['１２３　４５６', '123456'],
  ['١٢٣٤٥٦', '123456'],
  ['12345b', null],
  ['123.456', null],
  ['12345Ⅵ', null],
  ['1'.repeat(200), null],
  ['', null],
])('TO-1 %j is %j', (typed, code) => expect(typedDigits(typed)).toBe(code))

test.each([
  ['abcd-efgh-jkmn-pqrs', 'ABCDEFGHJKMNPQRS'],
  [' ABCD EFGH JKMN PQRS ', 'ABCDEFGHJKMNPQRS'],
  ['abcd–efgh—jkmn-pqrs', 'ABCDEFGHJKMNPQRS'],
  ['abcd\u2212efgh\u2212jkmn\u2212pqrs', 'ABCDEFGHJKMNPQRS'],
  ['abcd\u00adefgh\u2010jkmn\u2011pqrs', 'ABCDEFGHJKMNPQRS'],
  ['\u200babcd\u200befgh\u2060jkmnpqrs\ufeff', 'ABCDEFGHJKMNPQRS'],
  ['ＡＢＣＤ－ＥＦＧＨ－ＪＫＭＮ－ＰＱＲＳ', 'ABCDEFGHJKMNPQRS'],
  ['ilo0-ILO1-0000-1111', '1100110100001111'],
  ['ABCD-EFGH-JKMN-PQR', null],
  ['ABCD-EFGH-JKMN-PQRU', null],
  ['ABCD-EFGH-JKMN-PQRS-T', null],
  ['', null],
])('RC-1 %j is read as %j', (typed, code) => expect(typedRecoveryCode(typed)).toBe(code))

describe('NM-2', () => {
  test('a name and a detail hold no forbidden character, wherever it stands', () => {
    const within = (one: string): string[] => [`${one}Ana`, `A${one}na`, `Ana${one}`]
    const all = [...FORBIDDEN, ...SOMEWHERE]
    for (const text of all.flatMap(within)) expect([text, isPrintable(text)]).toEqual([text, false])
    for (const text of all.filter(one => !/^[\t\n\r]$/.test(one)).flatMap(within)) expect([text, typedName(text, 64)]).toEqual([text, null])
  })

  test.each([
    ['', 'nothing'],
    [' \u3000\t', 'only blanks'],
    [`a${'\u0301'.repeat(200)}`, '200 marks'],
    ['a\u0301\u0302\u0303\u0304\u0305\u0306', 'six marks'],
    [`a${'\u0489\u0301'.repeat(3)}`, 'marks that take turns'],
    ['\u0301a', 'a mark without a letter'],
    ['a \u0301b', 'a mark on a space'],
    ['a\u0332\u0332', 'the same mark twice'],
    [`क${'\u094d\u200c'.repeat(20)}क`, 'joiners that hide a pile'],
    ['a\u200d\u200db', 'a pair of joiners'],
    ['ب\u200c\u200cب', 'a pair of joiners between letters that join'],
    ['രാമന്\u200d\u200d', 'two joiners behind a chillu'],
    ['\u0d4d\u200d', 'a joiner behind no letter'],
    ['👩\u200d', 'half a sequence'],
    ['👩\ufe0f\ufe0f', 'two selectors'],
    ['葛\u{e0100}\u{e0101}', 'two variants'],
    ['🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', 'tags'],
    ['x'.repeat(65), 'too long'],
    ['x\u0323'.repeat(40), 'too long in code points'],
  ])('%j is no name: %s', text => expect(typedName(text, 64)).toBeNull())

  test.each([
    ['  Work \u00a0 laptop ', 'Work laptop'],
    ['Zoe\u0308’s Läptop №2', 'Zoë’s Läptop №2'],
    ['خانه‌ها', 'خانه‌ها'],
    ['می‌خواهم', 'می‌خواهم'],
    ['क्‍ष र्‍य', 'क्‍ष र्‍य'],
    ['ශ්‍රී ලංකා', 'ශ්‍රී ලංකා'],
    ['র‍্যাব', 'র‍্যাব'],
    ['രാമന്\u200d നായര്\u200d', 'രാമന്\u200d നായര്\u200d'],
    ['👩🏽‍💻 🏳️‍🌈 👨‍👩‍👧‍👦 ❤️‍🔥 🕵️‍♂️ 1️⃣ 🇪🇸', '👩🏽‍💻 🏳️‍🌈 👨‍👩‍👧‍👦 ❤️‍🔥 🕵️‍♂️ 1️⃣ 🇪🇸'],
    ['葛\u{e0100}城市', '葛\u{e0100}城市'],
    ['ᠮᠣᠩᠭᠣᠯ᠎ᠠ', 'ᠮᠣᠩᠭᠣᠯ᠎ᠠ'],
    ['שָׁלוֹם עֲלֵיכֶם', 'שָׁלוֹם עֲלֵיכֶם'],
    ['مُحَمَّدٌ', 'مُحَمَّدٌ'],
    ['မြွေ ကျွန်ုပ်', 'မြွေ ကျွန်ုပ်'],
    ['ភាសាខ្មែរ', 'ភាសាខ្មែរ'],
    ['น้ำใจ ที่สุด', 'น้ำใจ ที่สุด'],
    ['རྫོང་ཁ', 'རྫོང་ཁ'],
    ['Nguyễn Thị Huệ', 'Nguyễn Thị Huệ'],
    ['𝒳📱'.repeat(32), '𝒳📱'.repeat(32)],
  ])('%j is the name %j', (text, name) => expect(typedName(text, 64)).toBe(name?.normalize('NFC')))
})

test('H14 an address of a payment network is visible ASCII', () => {
  expect(isAsciiWord('bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq')).toBe(true)
  for (const wrong of ['', 'a b', 'аbc', 'a\u200bb', 'a\nb', 'ａ', 'a\u007f']) expect([wrong, isAsciiWord(wrong)]).toEqual([wrong, false])
})

test('B15 the judges are pure: they import each other and nothing else, and know no document', () => {
  for (const name of readdirSync(import.meta.dirname).filter(one => !one.endsWith('.test.ts'))) {
    const source = readFileSync(join(import.meta.dirname, name), 'utf8')
    const imported = [...source.matchAll(/from '([^']+)'/g)].map(match => match[1])
    expect([name, imported.filter(one => !/^\.\/\w+\.ts$/.test(one ?? ''))]).toEqual([name, []])
    expect([name, /\b(?:document|window|process|Buffer|navigator)\b/.test(source)]).toEqual([name, false])
  }
})

test('B15 server and page script judge with these functions: nowhere else is a class of characters or a normal form', () => {
  const root = resolve(import.meta.dirname, '../../../..')
  const files = (folder: string): string[] =>
    readdirSync(folder).flatMap(name => {
      const path = join(folder, name)
      if (statSync(path).isDirectory()) return name === 'node_modules' || name === 'dist' ? [] : files(path)
      return /\.tsx?$/.test(name) && !/\.(test|contract|fixture)\.tsx?$/.test(name) ? [path] : []
    })
  const judges = ['packages/browser/src', 'packages/server/src'].flatMap(folder => files(join(root, folder)))
  const own = judges.filter(path =>
    /\\p\{(?:C|Default_Ig)|\\u\{?(?:00ad|06|20[0-6]|feff|e00)|\.normalize\('NF|isWellFormed/i.test(readFileSync(path, 'utf8')),
  )
  // a path of a request, JSON to be hashed, values that must not end a line of a mail's head or of a log: nobody's typed text
  const others = [
    'packages/server/src/deliver/templates.ts',
    'packages/server/src/flows/approvals/canonical-json.ts',
    'packages/server/src/return-to.ts',
    'packages/server/src/settings.ts',
  ]
  expect(own.map(path => relative(root, path)).filter(path => !path.startsWith('packages/browser/src/text/'))).toEqual(others)
})
