import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameOfSubject, portableName, uniqueNames } from '../../server/http/file-names.js'

test.each([
  // as they are
  ['terms.pdf', 'terms.pdf'],
  ['Geschäft (1).pdf', 'Geschäft (1).pdf'],
  ['\u{1f600}.png', '\u{1f600}.png'],
  ['e\u0301.txt', '\u00e9.txt'],
  // ways out of the folder, and into another drive
  ['../../etc/passwd', '__.._etc_passwd'],
  ['C:\\Windows\\x.exe', 'C__Windows_x.exe'],
  ['/etc/passwd', '_etc_passwd'],
  ['.bashrc', '_bashrc'],
  ['..', 'file'],
  // what no name has, or what Windows reads otherwise
  ['a<b>c:d"e|f?g*h', 'a_b_c_d_e_f_g_h'],
  ['a\0b\r\nc', 'a_b__c'],
  ['con', '_con'],
  ['Aux.txt', '_Aux.txt'],
  ['report.', 'report_'],
  [' x ', 'x'],
  // what looks like another name
  ['cod\u202etxt.exe', 'cod_txt.exe'],
  ['', 'file'],
])('%j becomes %j', (name, portable) => expect(portableName(name)).toBe(portable))

test('a long name is cut, and keeps its ending', () => {
  const name = portableName(`${'\u00e4'.repeat(190)}.html`)
  expect(name).toMatch(/^\u00e4+\.html$/)
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(220)
})

test('names that are the same, or are on some file systems, get numbers', () => {
  const unique = uniqueNames()
  expect(['a.txt', 'A.txt', 'a (2).txt', 'a.txt', 'b', 'b', 'tar.gz', 'tar.gz'].map(unique)).toEqual([
    ...['a.txt', 'A (2).txt', 'a (2) (2).txt', 'a (3).txt', 'b', 'b (2)', 'tar.gz', 'tar (2).gz'],
  ])
})

test.each([
  ['Welcome to  the app', 'Welcome to the app.eml'],
  ['', 'No subject.eml'],
  ['Re: a/b?', 'Re_ a_b_.eml'],
  ['v1.2 is out', 'v1.2 is out.eml'],
])('a message with the subject %j is saved as %j', (subject, name) => expect(nameOfSubject(subject, '.eml')).toBe(name))

test('whatever a mail calls its parts, the names are safe and differ', () => {
  const part = fc.oneof(fc.constantFrom('..', '/', '\\', 'a', 'A', '.txt', ' (2)', '\0', '\u202e', 'con'), fc.string())
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 4 }).map(parts => parts.join(''))), names => {
      const safe = names.map(portableName).map(uniqueNames())
      expect(new Set(safe.map(name => name.toLowerCase())).size).toBe(names.length)
      for (const name of safe) expect(name).toMatch(/^(?!\.)[^/\\:*?"<>|\p{Cc}]+(?<![. ])$/u)
    }),
  )
})
