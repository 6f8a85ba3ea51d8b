/**
 * A filter becomes a test of one message. Terms are ordered by what they cost: what the envelope and the flags answer
 * first, then headers, then decoded text, so that a message that fails a cheap term is never decoded.
 */
import type { Address, Stored } from './message.js'
import { type Filter, type FilterField, wordsOf } from './query.js'
import type { Reading } from './reading.js'

/** Gives a message as it is read: `new Reading(message)`, or a memoised one. */
export type Read = (message: Stored) => Reading

/** One condition of a filter, by itself, so that a failure can say which one failed. */
export interface Term {
  field: FilterField
  /** The term as a person would write it: `subject: welcome`. */
  shown: string
  test(message: Stored, read: Read): boolean
}

export interface Matcher {
  readonly terms: readonly Term[]
  /** True where the filter asks nothing: every message passes. */
  readonly everything: boolean
  /** True where bodies are decoded: use the store's sliced search. */
  readonly readsText: boolean
  test(message: Stored): boolean
  /** The first term that the message fails, or undefined where it passes. */
  failing(message: Stored): Term | undefined
}

type Cost = 'envelope' | 'headers' | 'text'
const COST_ORDER: readonly Cost[] = ['envelope', 'headers', 'text']
const COSTS: { readonly [field in FilterField]-?: Cost } = {
  inbox: 'envelope',
  is: 'envelope',
  larger: 'envelope',
  smaller: 'envelope',
  'mail-from': 'envelope',
  'rcpt-to': 'envelope',
  user: 'envelope',
  helo: 'envelope',
  to: 'headers',
  cc: 'headers',
  from: 'headers',
  subject: 'headers',
  'message-id': 'headers',
  header: 'headers',
  filename: 'text',
  has: 'text',
  text: 'text',
  html: 'text',
  q: 'text',
}

export function matcher(filter: Filter, read: Read): Matcher {
  const terms = termsOf(filter)
  const failing = (message: Stored) => terms.find(term => !term.test(message, read))
  return {
    terms,
    everything: terms.length === 0,
    readsText: terms.some(term => COSTS[term.field] === 'text'),
    test: message => failing(message) === undefined,
    failing,
  }
}

/** The terms of a filter, the cheapest first. */
function termsOf(filter: Filter): Term[] {
  const terms: Term[] = []
  for (const field of Object.keys(filter) as FilterField[]) {
    if (filter[field] !== undefined) terms.push(...TERMS[field](filter))
  }
  return terms.sort((a, b) => COST_ORDER.indexOf(COSTS[a.field]) - COST_ORDER.indexOf(COSTS[b.field]))
}

type TermsOf = (filter: Filter) => Term[]

function one(field: FilterField, value: unknown, test: Term['test']): Term {
  return { field, shown: `${field}: ${value}`, test }
}

const TERMS: { readonly [field in FilterField]-?: TermsOf } = {
  q: ({ q = '' }) =>
    wordsOf(q).map(word => {
      const has = containing(word)
      return one('q', word, (message, read) => hasWord(message, read(message), has))
    }),
  inbox: ({ inbox = '' }) => [one('inbox', inbox, message => message.inboxes.includes(inbox))],
  is: ({ is }) => [one('is', is, message => message.read === (is === 'read'))],
  larger: ({ larger = 0 }) => [one('larger', larger, message => message.raw.length > larger)],
  smaller: ({ smaller = 0 }) => [one('smaller', smaller, message => message.raw.length < smaller)],
  'mail-from': filter => {
    const value = filter['mail-from'] ?? ''
    const test = value === '<>' ? (path: string) => path === '' : addressTest(value)
    return [one('mail-from', value, message => test(message.envelope.from))]
  },
  'rcpt-to': filter => {
    const value = filter['rcpt-to'] ?? ''
    const test = addressTest(value)
    return [one('rcpt-to', value, message => message.envelope.to.some(test))]
  },
  user: ({ user = '' }) => [one('user', user, message => message.envelope.auth?.username === user)],
  helo: ({ helo = '' }) => {
    const has = containing(helo)
    return [one('helo', helo, message => has(message.envelope.helo ?? ''))]
  },
  to: ({ to = '' }) => {
    const test = addressTest(to)
    const passes = mailboxTest(test)
    return [
      one('to', to, (message, read) => {
        if (message.envelope.to.some(test)) return true
        const { found } = read(message)
        return found.to.some(passes) || found.cc.some(passes) || found.bcc.some(passes)
      }),
    ]
  },
  cc: ({ cc = '' }) => {
    const passes = mailboxTest(addressTest(cc))
    return [one('cc', cc, (message, read) => read(message).found.cc.some(passes))]
  },
  from: ({ from = '' }) => {
    const passes = mailboxTest(addressTest(from))
    return [
      one('from', from, (message, read) => {
        const sender = read(message).found.from
        return sender !== null && passes(sender)
      }),
    ]
  },
  subject: ({ subject = '' }) => {
    const has = containing(subject)
    return [one('subject', subject, (message, read) => has(read(message).found.subject))]
  },
  'message-id': filter => {
    const value = filter['message-id'] ?? ''
    const wanted = bare(value)
    return [
      one('message-id', value, (message, read) =>
        headerValues(read(message), 'message-id').some(id => bare(id) === wanted),
      ),
    ]
  },
  header: ({ header = {} }) =>
    Object.entries(header).map(([name, value]) => {
      const has = value === true ? () => true : containing(value)
      return one('header', value === true ? name : `${name}=${value}`, (message, read) =>
        headerValues(read(message), name).some(has),
      )
    }),
  filename: ({ filename = '' }) => {
    const has = containing(filename)
    return [one('filename', filename, (message, read) => read(message).filenames.some(has))]
  },
  has: ({ has }) => [one('has', has, (message, read) => (has ? HAS_TESTS[has](read(message)) : true))],
  text: ({ text = '' }) => {
    const has = containing(text)
    return [one('text', text, (message, read) => has(read(message).words))]
  },
  html: ({ html = '' }) => {
    const has = containing(html)
    return [one('html', html, (message, read) => has(read(message).html ?? ''))]
  },
}

const HAS_TESTS: { readonly [what in NonNullable<Filter['has']>]: (reading: Reading) => boolean } = {
  attachment: reading => reading.structure.parts.some(part => part.disposition === 'attachment'),
  inline: reading => reading.structure.parts.some(part => part.disposition === 'inline'),
  html: reading => reading.structure.html !== null,
  warning: reading => reading.summary().warnings.length > 0,
  link: reading => reading.links.length > 0,
  otp: reading => reading.otps.length > 0,
}

function hasWord(message: Stored, reading: Reading, has: (text: string) => boolean): boolean {
  const { envelope } = message
  if (has(envelope.from) || envelope.to.some(has)) return true
  const { found } = reading
  if (has(found.subject)) return true
  const mailboxes = [...(found.from ? [found.from] : []), ...found.to, ...found.cc, ...found.bcc]
  if (mailboxes.some(({ name, address }) => has(name) || has(address))) return true
  return reading.filenames.some(has) || has(reading.words)
}

function headerValues(reading: Reading, name: string): string[] {
  const wanted = name.toLowerCase()
  return reading.headers.filter(field => field.name.toLowerCase() === wanted).map(field => field.value)
}

function bare(messageId: string): string {
  return messageId.trim().replace(/^<|>$/g, '').toLowerCase()
}

function containing(value: string): (text: string) => boolean {
  const wanted = value.toLowerCase()
  return text => text.toLowerCase().includes(wanted)
}

/** How an address is asked for: a full one exactly, a glob where there is a `*`, else a part of it. Case never counts. */
function addressTest(value: string): (address: string) => boolean {
  const wanted = value.toLowerCase()
  if (wanted.includes('*')) return address => globMatches(wanted, address.toLowerCase())
  if (wanted.indexOf('@') > 0 && !wanted.endsWith('@')) return address => address.toLowerCase() === wanted
  return address => address.toLowerCase().includes(wanted)
}

function mailboxTest(test: (text: string) => boolean): (mailbox: Address) => boolean {
  return mailbox => test(mailbox.address) || (mailbox.name !== '' && test(mailbox.name))
}

/** Whether the whole text fits a pattern in which `*` stands for any run: linear, by taking each piece at its first place. */
function globMatches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*')
  const first = pieces[0] as string
  const last = pieces[pieces.length - 1] as string
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let from = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from)
    if (found === -1 || found + piece.length > end) return false
    from = found + piece.length
  }
  return true
}
