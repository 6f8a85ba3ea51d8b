/**
 * The header fields that RFC 5322 3.6 asks for, and what servers and clients make of those that are missing, said twice
 * or malformed.
 */
import { addresses } from '../headers.js'
import type { Field, Mail, Report, Subject } from './check.js'
import { plural, shown } from './check.js'

/** RFC 5322 3.6: these may stand in a message once. */
const ONCE = new Set(
  'date from sender reply-to to cc bcc message-id in-reply-to references subject mime-version content-type'.split(' '),
)
/** Fields of addresses. */
const MAILBOXES = ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Bcc']
/** Wrong addresses of one field that are reported. */
const MAX_WRONG = 20

/** Characters of a subject that lists on phones and on desktops show, by rule of thumb. */
const LONG_SUBJECT = 78
const VERY_LONG_SUBJECT = 255

const DAY_MS = 24 * 60 * 60 * 1000
/** Queues keep a mail up to five days (RFC 5321 4.5.4.1). */
const OLD_MS = 7 * DAY_MS

/** `<id-left@id-right>` (RFC 5322 3.6.4), as loosely as clients take it. */
const MESSAGE_ID = /^<[^\s<>@]+@[^\s<>@]+>$/
/** An addr-spec as servers take it (RFC 5321 4.1.2, RFC 6531), quoted local parts and address literals included. */
const ADDRESS =
  /^(?:"(?:[^"\\]|\\.)*"|[^\s"(),:;<>@[\\\]]+)@(?:\[[^\s\]]+\]|[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}])?)$/u
/** RFC 5322 3.3, obsolete zones included. */
const DATE =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun)\s*,\s*)?\d{1,2}\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?\s+(?:[+-]\d{4}|[a-z]{1,5})\s*(?:\([^)]*\))?$/i
const ENCODED_WORD = /=\?[\w-]+(?:\*[\w-]+)?\?[bq]\?/i

export const headers: Subject = (mail, report) => {
  const byKey = new Map<string, Field[]>()
  for (const field of mail.fields) byKey.set(field.key, [...(byKey.get(field.key) ?? []).slice(0, MAX_WRONG), field])
  const first = (name: string) => byKey.get(name)?.[0]

  for (const [key, [, second]] of byKey) {
    if (!second || !ONCE.has(key)) continue
    report({
      id: 'header-repeated',
      level: 'error',
      title: `${second.name} stands in the header more than once`,
      explanation:
        'It may stand there once (RFC 5322 3.6). Gmail refuses such mail, and other servers and clients choose different ones. Set the field in one place only.',
      place: second.place,
    })
  }
  checkFrom(mail, first, report)
  checkAddresses(mail, byKey, report)
  checkBcc(first('bcc'), report)
  checkDate(mail, first('date'), report)
  checkMessageId(first('message-id'), report)
  checkSubject(first('subject'), report)
  checkEncodedWords(mail, report)
  const type = first('content-type')
  if (type && !byKey.has('mime-version')) {
    report({
      id: 'mime-version-missing',
      level: 'warning',
      title: 'MIME-Version is missing',
      explanation:
        'Without it a strict client may show the source of the body as text (RFC 2045 4). Add “MIME-Version: 1.0”, or let a library build the message.',
      place: type.place,
    })
  }
  return {}
}

type First = (name: string) => Field | undefined

function checkFrom(mail: Mail, first: First, report: Report): void {
  const from = first('from')
  if (!from) {
    report({
      id: 'from-missing',
      level: 'error',
      title: 'From is missing',
      explanation: 'Nobody can see who wrote the mail, and most servers refuse it (RFC 5322 3.6). Set From.',
    })
    return
  }
  const senders = addresses(mail.headers, 'From')
  if (senders.length > 1 && !first('sender')) {
    report({
      id: 'from-several',
      level: 'warning',
      title: `From names ${senders.length.toLocaleString('en')} senders`,
      explanation:
        'Then a Sender field has to say which one sent it (RFC 5322 3.6.2); many servers refuse or distrust several senders (DMARC looks at one domain). Name one sender.',
      place: from.place,
    })
  }
  if (!first('to') && !first('cc')) {
    report({
      id: 'to-missing',
      level: 'info',
      title: 'There is neither To nor Cc',
      explanation: 'Clients then show “undisclosed recipients”, and spam filters count it. Name the recipient in To.',
    })
  }
}

function checkAddresses(mail: Mail, byKey: ReadonlyMap<string, Field[]>, report: Report): void {
  for (const name of MAILBOXES) {
    const field = byKey.get(name.toLowerCase())?.[0]
    if (!field) continue
    const found = addresses(mail.headers, name)
    const wrong = found.filter(({ address }) => !ADDRESS.test(address) || address.includes('..')).slice(0, MAX_WRONG)
    if (found.length === 0 && !field.value.includes(':')) wrong.push({ name: field.value, address: '' })
    for (const { name: label, address } of wrong) {
      report({
        id: 'address-malformed',
        level: 'error',
        title: `${name} holds no valid address: ${shown(address || label || 'nothing')}`,
        explanation:
          'Servers refuse the mail, or replies to it go astray. Write an address as name@example.com, or “Name” <name@example.com>.',
        place: field.place,
      })
    }
  }
}

function checkBcc(bcc: Field | undefined, report: Report): void {
  if (!bcc || bcc.value === '') return
  report({
    id: 'bcc-leak',
    level: 'error',
    title: 'A Bcc header is in the message',
    explanation:
      'Every recipient can read who got a blind copy. Name blind recipients in the envelope only (RCPT TO): most libraries do so and drop the header.',
    place: bcc.place,
  })
}

function checkDate({ receivedAtMs }: Mail, date: Field | undefined, report: Report): void {
  if (!date) {
    report({
      id: 'date-missing',
      level: 'warning',
      title: 'Date is missing',
      explanation:
        'It has to be there (RFC 5322 3.6). Some servers add it, some filters count it as spam, and clients sort the mail wrongly. Set Date.',
    })
    return
  }
  const time = Date.parse(date.value)
  if (!DATE.test(date.value) || Number.isNaN(time)) {
    report({
      id: 'date-malformed',
      level: 'error',
      title: `Date cannot be read: ${shown(date.value)}`,
      explanation:
        'Clients sort the mail wrongly or show no date. Write it as RFC 5322 3.3 says, in English: “Sat, 31 Jan 2026 12:00:00 +0000”.',
      place: date.place,
    })
  } else if (receivedAtMs !== null && (time > receivedAtMs + DAY_MS || time < receivedAtMs - OLD_MS)) {
    const days = plural(Math.round(Math.abs(time - receivedAtMs) / DAY_MS), 'day')
    report({
      id: 'date-odd',
      level: 'warning',
      title: `Date is ${days} ${time > receivedAtMs ? 'after' : 'before'} the mail came`,
      explanation:
        'Clients sort by it, so the mail is overlooked, and filters count it as spam. Set Date to now when the mail is sent; look at the clock of the machine.',
      place: date.place,
    })
  }
}

function checkMessageId(id: Field | undefined, report: Report): void {
  if (!id) {
    report({
      id: 'message-id-missing',
      level: 'warning',
      title: 'Message-ID is missing',
      explanation:
        'Gmail refuses or distrusts mail without one, replies form no thread, and support cannot trace the mail. Set one that is unique, with your domain: “<unique@example.com>”.',
    })
  } else if (!MESSAGE_ID.test(id.value)) {
    report({
      id: 'message-id-malformed',
      level: 'error',
      title: `Message-ID has not the form <unique@domain>: ${shown(id.value)}`,
      explanation:
        'Gmail refuses some such mail, and replies form no thread (RFC 5322 3.6.4). One @, no blanks, within angle brackets.',
      place: id.place,
    })
  }
}

function checkSubject(subject: Field | undefined, report: Report): void {
  if (!subject || subject.value === '') {
    report({
      id: 'subject-missing',
      level: 'warning',
      title: subject ? 'Subject is empty' : 'Subject is missing',
      explanation:
        'Lists show “(no subject)”, and filters count it as spam. Say in a few words what the mail is about.',
      ...(subject && { place: subject.place }),
    })
    return
  }
  const { length } = [...subject.value.slice(0, 10 * VERY_LONG_SUBJECT)]
  if (length <= LONG_SUBJECT) return
  report({
    id: 'subject-long',
    level: length > VERY_LONG_SUBJECT ? 'warning' : 'info',
    title: `The subject has ${plural(length, 'character')}`,
    explanation: `Lists show about 40 on a phone and ${LONG_SUBJECT} on a desktop; some clients cut a subject at ${VERY_LONG_SUBJECT}. Put what matters first.`,
    place: subject.place,
  })
}

function checkEncodedWords({ fields }: Mail, report: Report): void {
  for (const { name, key, value, place } of fields) {
    if (!/^(?:subject|from|to|cc|reply-to|sender)$/.test(key) || !ENCODED_WORD.test(value)) continue
    report({
      id: 'encoded-word-broken',
      level: 'error',
      title: `${name} shows an encoded word in place of text: ${shown(value)}`,
      explanation:
        'It is malformed, encoded twice, or in a charset that nobody knows, so readers see the code. Let one library encode the field, once (RFC 2047).',
      place,
    })
  }
}
