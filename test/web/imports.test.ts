import { expect, test } from 'vitest'
import { typeOf } from '../../web/imports.js'

test.each([
  ['a.eml', 'anything', 'message/rfc822'],
  ['a.eml', 'From a\n', 'message/rfc822'],
  ['mail.mbox', 'From a\nSubject: x\n', 'application/mbox'],
  ['Inbox', 'From - Sat Jan 31\n', 'application/mbox'],
  ['mail.txt', 'Subject: x\n\n', 'message/rfc822'],
])('%s that begins with %j is %s', async (name, text, type) => {
  expect(await typeOf(new File([text], name))).toBe(type)
})

test.each([
  ['pic.png', '\x89PNG\r\n'],
  ['notes.txt', 'Dear all,\n'],
  ['empty.txt', ''],
])('%s that begins with %j is no mail', async (name, text) => {
  await expect(typeOf(new File([text], name))).rejects.toThrow('It is no mail, and no mbox.')
})
