/** Messages for the tests of reading: made of little text, each with an id of its own. */
import type { Stored } from '../../server/mail/message.js'
import { makeEnvelope, makeStored } from './make.js'

let uid = 0

/** A stored message of these bytes; text becomes a mail as `mail` has it. */
export function stored(raw: Buffer | string, to: string[] = ['ada@example.com'], extra: Partial<Stored> = {}): Stored {
  uid += 1
  const message = makeStored({ raw: typeof raw === 'string' ? mail(raw) : raw, envelope: makeEnvelope({ to }) })
  return { ...message, id: `test${uid}`, uid, ...extra }
}

/** Text as a mail: indented or not, with CRLF. */
export function mail(text: string): Buffer {
  return Buffer.from(text.replace(/^\n/, '').replace(/^ +/gm, '').replace(/\r?\n/g, '\r\n'))
}
