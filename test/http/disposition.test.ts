import { expect, test } from 'vitest'
import { contentDisposition } from '../../server/http/disposition.js'

test.each([
  // plain
  ['terms.pdf', 'attachment; filename="terms.pdf"'],
  ['a b (1).txt', 'attachment; filename="a b (1).txt"'],
  // other scripts, and what quotes and escapes
  ['Geschäft.pdf', 'attachment; filename="Gesch_ft.pdf"; filename*=UTF-8\'\'Gesch%C3%A4ft.pdf'],
  ['😀.png', 'attachment; filename="_.png"; filename*=UTF-8\'\'%F0%9F%98%80.png'],
  ['a"b.txt', 'attachment; filename="a_b.txt"; filename*=UTF-8\'\'a%22b.txt'],
  ['100%.txt', 'attachment; filename="100_.txt"; filename*=UTF-8\'\'100%25.txt'],
  ["it's(1)*é.txt", "attachment; filename=\"it's(1)*_.txt\"; filename*=UTF-8''it%27s%281%29%2A%C3%A9.txt"],
  // what would leave its folder, break the header, or look like another name
  ['../../etc/passwd', 'attachment; filename=".._.._etc_passwd"'],
  ['C:\\x.exe', 'attachment; filename="C__x.exe"'],
  ['c:boot.ini', 'attachment; filename="c_boot.ini"'],
  ['\u200bC:x.exe', 'attachment; filename="_C:x.exe"'],
  ['a\r\nSet-Cookie: x', 'attachment; filename="a__Set-Cookie: x"'],
  ['a\0b', 'attachment; filename="a_b"'],
  ['cod\u202etxt.exe', 'attachment; filename="cod_txt.exe"'],
  ['in\u200bvoice.pdf', 'attachment; filename="in_voice.pdf"'],
  ['\ud800.txt', 'attachment; filename="_.txt"'],
  // no name at all
  ['', 'attachment; filename="file"'],
  ['..', 'attachment; filename="file"'],
])('%j is %s', (filename, value) => expect(contentDisposition('attachment', filename)).toBe(value))

test('a long name is cut', () => {
  expect(contentDisposition('inline', 'x'.repeat(10_000))).toBe(`inline; filename="${'x'.repeat(200)}"`)
})
