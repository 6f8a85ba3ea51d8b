import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import type { Encoded } from '../../server/mail/decode.js'
import {
  decodeBytes,
  decodeCharset,
  decodeCharsetPieces,
  decodePieces,
  decodeText,
  isKnownCharset,
} from '../../server/mail/decode.js'

const node = (raw: Buffer, encoding: string | null): Encoded => ({ offset: 0, size: raw.length, encoding })

function decoded(text: string | Buffer, encoding: string | null): string {
  const raw = Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1')
  return decodeBytes(raw, node(raw, encoding)).toString('latin1')
}

describe('base64', () => {
  it.each([
    ['YWJj', 'abc'],
    ['YWJj\r\nZGVm\r\n', 'abcdef'],
    ['YQ==', 'a'],
    ['YWI=', 'ab'],
    // Without padding, with junk, glued together.
    ['YQ', 'a'],
    ['YWI', 'ab'],
    ['Y', ''],
    ['Y*W-J_j!', 'abc'],
    ['YQ==Yg==YWJj', 'ababc'],
    ['====', ''],
  ])('%j', (text, bytes) => {
    expect(decoded(text, 'base64')).toBe(bytes)
  })
})

describe('quoted-printable', () => {
  it.each([
    ['Gr=C3=BC', 'Gr\xc3\xbc'],
    ['=3d=3D', '=='],
    // Soft breaks, with white space before the line end, at the end of all.
    ['a=\r\nb=\nc', 'abc'],
    ['a= \t\r\nb', 'ab'],
    ['a=', 'a'],
    // White space at the end of a line was added on the way; within it was not.
    ['a  \r\nb\t\nc d  ', 'a\r\nb\nc d'],
    // Line ends stay what they are.
    ['a\r\n\nb\r', 'a\r\n\nb\r'],
    // What is no escape stays as it is.
    ['=ZZ =4', '=ZZ =4'],
    ['\xfc=FC', '\xfc\xfc'],
  ])('%j', (text, bytes) => {
    expect(decoded(text, 'quoted-printable')).toBe(bytes)
  })
})

it('undoes uuencode', () => {
  expect(decoded('begin 644 a.txt\r\n#86)C\r\n#9&5F\r\n`\r\nend\r\n', 'x-uuencode')).toBe('abcdef')
})

it.each([null, '7bit', '8bit', 'binary', 'x-nobody'])('leaves %s alone', encoding => {
  expect(decoded('a\0\r\n\n\xff', encoding)).toBe('a\0\r\n\n\xff')
})

describe('pieces', () => {
  const encodings = {
    base64: (bytes: Buffer) => bytes.toString('base64').replace(/.{76}/g, '$&\r\n'),
    'quoted-printable': (bytes: Buffer) =>
      [...bytes]
        .map(byte => `=${byte.toString(16).padStart(2, '0').toUpperCase()}`)
        .join('')
        .replace(/.{75}/g, '$&=\r\n'),
    binary: (bytes: Buffer) => bytes.toString('latin1'),
  }

  it.each(Object.entries(encodings))('make up the whole, whatever the length: %s', (encoding, encode) => {
    const bytes = Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff))
    const raw = Buffer.from(encode(bytes), 'latin1')
    const pieces = [...decodePieces(raw, node(raw, encoding))]
    expect(pieces.length).toBeGreaterThan(1)
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
    expect(decodeBytes(raw, node(raw, encoding), 1000).equals(bytes.subarray(0, 1000))).toBe(true)
  })

  it.each(Object.entries(encodings))('give back what was encoded: %s', (encoding, encode) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), array => {
        const raw = Buffer.from(encode(Buffer.from(array)), 'latin1')
        expect([...decodeBytes(raw, node(raw, encoding))]).toEqual([...array])
      }),
    )
  })

  it('of quoted-printable without line ends are cut where nothing is torn', () => {
    const raw = Buffer.from('=C3=BC =20 a'.repeat(60_000))
    const whole = decodeBytes(raw, node(raw, 'quoted-printable')).toString()
    expect(whole).toBe('ü   a'.repeat(60_000))
  })
})

describe('charsets', () => {
  it.each([
    ['utf-8', 'Grüße 👋'],
    ['UTF8', 'Grüße'],
    ['iso-8859-1', 'Grüße'],
    ['ISO-8859-15', '5 €'],
    ['latin1', 'Grüße'],
    ['windows-1251', 'Привет'],
    ['cp1250', 'kůň'],
    ['koi8-r', 'Привет'],
    ['gb2312', '中文'],
    ['gb18030', '中文𠀀'],
    ['big5', '繁體'],
    ['shift_jis', '日本語'],
    ['euc-jp', '日本語'],
    ['euc-kr', '한국어'],
    ['ks_c_5601-1987', '한국어'],
    ['utf-16le', 'Größe'],
    ['utf-7', 'Größe + 1'],
  ])('%s', (charset, text) => {
    expect(isKnownCharset(charset)).toBe(true)
    expect(decodeCharset(iconv.encode(text, charset === 'ks_c_5601-1987' ? 'euc-kr' : charset), charset)).toBe(text)
  })

  it('ISO-2022-JP', () => {
    expect(decodeCharset(Buffer.from('\x1b$BF|K\\\x1b(B ok', 'latin1'), 'iso-2022-jp')).toBe('日本 ok')
  })

  it.each([null, '', 'us-ascii', 'x-nobody', 'base64', 'hex'])(
    '%s is UTF-8 where it can be, else windows-1252',
    charset => {
      expect(decodeCharset(Buffer.from('Grüße'), charset)).toBe('Grüße')
      expect(decodeCharset(Buffer.from('Gr\xfc\xdfe \x93', 'latin1'), charset)).toBe('Grüße “')
    },
  )

  it('drops a byte order mark, and keeps line ends and NUL', () => {
    expect(decodeCharset(Buffer.from('\ufeffa\r\n\0'), 'utf-8')).toBe('a\r\n\0')
  })

  // 20 MB of UTF-7 held everybody up for six seconds: every charset is decoded in pieces, lines or none.
  it.each([
    'utf-8',
    null,
    'utf-7',
    'utf-16',
    'utf-16le',
    'utf-32',
    'gb18030',
    'big5',
    'shift_jis',
    'euc-jp',
    'euc-kr',
    'iso-2022-jp',
    'koi8-r',
    'windows-1252',
  ])('%s comes in short pieces, and is the same', charset => {
    const text = `${'aé漢字👋 +1 '.repeat(20)}\n`
    for (const source of [text, text.replace('\n', '')]) {
      const isJapanese = charset === 'iso-2022-jp'
      if (isJapanese && source !== text) continue
      const part = isJapanese
        ? Buffer.from('\x1b$BF|K\\\x1b(B ok\n', 'latin1')
        : iconv.encode(source, charset ?? 'utf8')
      const bytes = Buffer.concat(Array.from({ length: Math.ceil(700_000 / part.length) }, () => part))
      const pieces = [...decodeCharsetPieces(bytes, charset)]
      expect(pieces.join('') === decodeCharset(bytes, charset)).toBe(true)
      const pieceBytes = charset === null || charset === 'utf-8' ? 256 * 1024 : 32 * 1024
      expect(pieces.length).toBeGreaterThanOrEqual(bytes.length / pieceBytes)
    }
  })

  it('does not end in half a character where it is cut', () => {
    const raw = Buffer.from('ü'.repeat(100))
    expect(decodeText(raw, { ...node(raw, '8bit'), charset: 'utf-8' }, 5)).toBe('üü')
    expect(decodeText(raw, { ...node(raw, '8bit'), charset: null }, 5)).toBe('üü')
  })

  it('decodes any bytes in any charset without throwing', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.oneof(
          fc.constantFrom('utf-8', 'utf-7', 'gbk', 'iso-2022-jp', 'utf-16', 'utf-32', 'euc-jp', 'big5'),
          fc.string(),
        ),
        fc.constantFrom('base64', 'quoted-printable', 'x-uuencode', '7bit', null),
        (bytes, charset, encoding) => {
          const raw = Buffer.from(bytes)
          expect(typeof decodeText(raw, { ...node(raw, encoding), charset })).toBe('string')
        },
      ),
    )
  })
})
