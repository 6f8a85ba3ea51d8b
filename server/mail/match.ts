/**
 * A query becomes a test of one message. The terms of an `and` and of an `or` are asked in the order of what they cost:
 * what the store knows first, then headers, then decoded text, so that a message that is decided by a cheap term is
 * never decoded.
 */
import { solidPartOf, testInSteps, textTest } from './compare.js'
import { decodeCharsetPieces } from './decode.js'
import { FACT_TEXTS, type Facts } from './facts.js'
import { inSlices, type Loop, type Steps } from './loop.js'
import type { Address, Stored } from './message.js'
import { type Filter, formatQuery, queryOf } from './query.js'
import type { Reading } from './reading.js'
import { type Place, scanFor } from './scan.js'
import { mayBringTags } from './tags.js'
import {
  COSTS,
  type Cost,
  type OperatorName,
  operatorOf,
  type Query,
  type TermNode,
  type TextValue,
  termsOf,
} from './terms.js'

/** Gives a message as it is read: `new Reading(message)`, or a memoised one. */
export type Read = (message: Stored) => Reading

/** What a test needs beside the message: `now` is the time in milliseconds since 1970, for `newer:` and `older:`. */
interface Context {
  readonly read: Read
  readonly now: () => number
}

export type MessageTest = (message: Stored) => boolean

/** Bytes of a message that is looked at in one go: what is larger may take long to decode. */
const LARGE_BYTES = 256 * 1024

/** What is asked of a message: in one go, and with a stop after each short piece of work. */
interface Asked {
  readonly test: MessageTest
  readonly steps: (message: Stored) => Steps<boolean>
}

/** One condition that has to hold, by itself, so that a failure can say which one did not. */
export interface Condition {
  /** As a person would write it: `subject: welcome`. */
  readonly shown: string
  readonly test: MessageTest
}

export interface Matcher {
  /** The cheapest first. */
  readonly conditions: readonly Condition[]
  /** True where nothing is asked: every message passes. */
  readonly everything: boolean
  test(message: Stored): boolean
  /** The same, giving way where the message is large; small ones are answered at once. */
  look(message: Stored, loop: Loop): boolean | Promise<boolean>
  /** The same with a stop after each short piece of work; a small message is one. */
  steps(message: Stored): Steps<boolean>
  /** The first condition that the message fails, or undefined where it passes; giving way likewise. */
  failing(message: Stored, loop: Loop): Condition | undefined | Promise<Condition | undefined>
}

/** The matcher of a filter. Throws QueryError where its `q` cannot be read. */
export function matcher(filter: Filter, read: Read, now: () => number): Matcher {
  return queryMatcher(queryOf(filter), read, now)
}

/** The matcher of a query. Throws QueryError for a regular expression that cannot be read. */
export function queryMatcher(query: Query, read: Read, now: () => number): Matcher {
  const context = { read, now }
  const conditions = byCost(query.type === 'and' ? query.of : [query]).map(part => ({
    shown: shownOf(part),
    ...askedOf(part, context),
  }))
  const { test, steps } = allOf(conditions)
  const isSmall = ({ raw }: Stored) => raw.length <= LARGE_BYTES
  const failing = function* (message: Stored): Steps<Condition | undefined> {
    for (const condition of conditions) if (!(yield* condition.steps(message))) return condition
    return undefined
  }
  return {
    conditions,
    everything: conditions.length === 0,
    test,
    look: (message, loop) => (isSmall(message) ? test(message) : inSlices(steps(message), loop)),
    *steps(message) {
      return isSmall(message) ? test(message) : yield* steps(message)
    },
    failing: (message, loop) =>
      isSmall(message) ? conditions.find(({ test }) => !test(message)) : inSlices(failing(message), loop),
  }
}

function costOf(query: Query): Cost {
  const dearest = Math.max(0, ...termsOf(query).map(({ operator }) => COSTS.indexOf(operatorOf(operator).cost)))
  return COSTS[dearest] as Cost
}

function byCost(queries: readonly Query[]): Query[] {
  return [...queries].sort((a, b) => COSTS.indexOf(costOf(a)) - COSTS.indexOf(costOf(b)))
}

/** What was given by name is shown as it was given, the rest as it is written in a query. */
function shownOf(query: Query): string {
  if (query.type !== 'term' || query.place) return formatQuery(query)
  const { operator, header, value } = query
  const name = header === undefined ? `${operator}: ` : `header: ${header}`
  switch (value.kind) {
    case 'present':
      return name
    case 'glob':
      return name + value.text.replace(/\\([?\\])/g, '$1')
    case 'contains':
    case 'exact':
    case 'name':
      return `${name}${header === undefined ? '' : '='}${value.text === '' && operator === 'mail-from' ? '<>' : value.text}`
    case 'size':
      return name + value.bytes
    case 'choice':
      return name + value.choice
    default:
      return formatQuery(query)
  }
}

function askedOf(query: Query, context: Context): Asked {
  switch (query.type) {
    case 'term':
      return termAsked(query, context)
    case 'not': {
      const { test, steps } = askedOf(query.of, context)
      return {
        test: message => !test(message),
        *steps(message) {
          return !(yield* steps(message))
        },
      }
    }
    case 'and': {
      return allOf(byCost(query.of).map(part => askedOf(part, context)))
    }
    case 'or': {
      const parts = byCost(query.of).map(part => askedOf(part, context))
      return {
        test: message => parts.some(({ test }) => test(message)),
        *steps(message) {
          for (const { steps } of parts) if (yield* steps(message)) return true
          return false
        },
      }
    }
  }
}

/** All of them, in order; no closure for each message, of which a search makes 100,000. */
function allOf(parts: readonly Asked[]): Asked {
  const [only] = parts
  if (only && parts.length === 1) return only
  const tests = parts.map(({ test }) => test)
  return {
    test: message => {
      for (const test of tests) if (!test(message)) return false
      return true
    },
    *steps(message) {
      for (const { steps } of parts) if (!(yield* steps(message))) return false
      return true
    },
  }
}

/** What never takes long. */
function short(test: MessageTest): Asked {
  return {
    test,
    // biome-ignore lint/correctness/useYield: there is nothing to stop between
    *steps(message) {
      return test(message)
    },
  }
}

function termAsked(term: TermNode, { read, now }: Context): Asked {
  const { operator, value, place } = term
  switch (value.kind) {
    case 'present':
      return short(message => headerValues(read(message), term.header).length > 0)
    case 'choice':
      if (operator === 'is') return short(message => message.read === (value.choice === 'read'))
      return hasAsked(HAS_TESTS[value.choice as HasChoice], read)
    case 'size':
      if (operator === 'larger') return short(message => message.raw.length > value.bytes)
      return short(message => message.raw.length < value.bytes)
    case 'moment':
      if (operator === 'after') return short(message => message.receivedAtMs >= value.timeMs)
      return short(message => message.receivedAtMs < value.timeMs)
    case 'age':
      if (operator === 'newer') return short(message => message.receivedAtMs >= now() - value.ageMs)
      return short(message => message.receivedAtMs < now() - value.ageMs)
    default: {
      const blame = { field: place ? 'q' : operator, ...(place && { place }) }
      const { takes } = operatorOf(operator)
      const test = textTest(value, takes, blame)
      const isInEnvelope = envelopeTest(operator, test)
      const sources = (SOURCES[operator] ?? []).map(({ place, passes, long }) => ({
        scan: place && scanOf(place, value),
        passes,
        long,
      }))
      return {
        test: message => {
          if (isInEnvelope?.(message)) return true
          for (const { scan, passes } of sources) {
            if (scan?.(message.raw) ?? passes(test, message, read, term)) return true
          }
          return false
        },
        *steps(message) {
          if (isInEnvelope?.(message)) return true
          for (const { scan, passes, long } of sources) {
            if (!long) {
              if (scan?.(message.raw) ?? passes(test, message, read, term)) return true
              continue
            }
            for (const text of yield* long(message, read)) {
              if (yield* testInSteps(text, { value, takes, test })) return true
            }
          }
          return false
        },
      }
    }
  }
}

/** What needs the text and the HTML decoded, maybe. */
function hasAsked(test: (reading: Reading) => boolean, read: Read): Asked {
  return {
    test: message => test(read(message)),
    *steps(message) {
      const reading = read(message)
      yield* reading.decode()
      return test(reading)
    },
  }
}

/** Whether the raw bytes answer a term; undefined where the message has to be read for it. */
function scanOf(place: Place, value: TextValue): ((raw: Buffer) => boolean | undefined) | undefined {
  const whole = value.kind === 'contains' ? scanFor(place, value.text) : undefined
  if (whole) return whole
  const part = solidPartOf(value)
  const scan = part === '' ? undefined : scanFor(place, part)
  // That a part of it is there proves nothing.
  return scan && (raw => (scan(raw) === false ? false : undefined))
}

/** What the envelope answers of an operator; undefined where it says nothing about it. */
function envelopeTest(operator: OperatorName, test: TextTest): MessageTest | undefined {
  if (operator === 'word') return ({ envelope }) => test(envelope.from) || envelope.to.some(test)
  // What a list asks of 100,000 messages, without an object for each.
  if (operator === 'to' || operator === 'rcpt-to') return ({ envelope }) => envelope.to.some(test)
  const texts = FACT_TEXTS[operator]
  return texts && (message => texts(factsOf(message))?.some(test) ?? false)
}

/** What the envelope says; the rest is in the bytes. */
function factsOf({ envelope, inboxes }: Stored): Facts {
  const { helo, auth, from, to } = envelope
  return { helo, user: auth?.username ?? null, mailFrom: from, recipients: to, inboxes }
}

type TextTest = (text: string) => boolean
/** Whether one of the texts passes that an operator looks at. */
type Passes = (test: TextTest, message: Stored, read: Read, term: TermNode) => boolean

/** Where an operator looks beside the envelope: what can be looked for in the raw bytes of a place is, first. */
interface Source {
  readonly place?: Place
  readonly passes: Passes
  /** The same texts, one of which may be as long as the message. */
  readonly long?: (message: Stored, read: Read) => Steps<readonly string[]>
}

function* wordsOf(message: Stored, read: Read): Steps<readonly string[]> {
  const reading = read(message)
  yield* reading.decode()
  return [reading.words]
}

const SOURCES: { readonly [name in OperatorName]?: readonly Source[] } = {
  word: [
    {
      place: 'named',
      passes: (test, message, read) => {
        const reading = read(message)
        if (test(reading.subject)) return true
        const { from, to, cc, bcc } = reading.mailboxes
        return [...(from ? [from] : []), ...to, ...cc, ...bcc].some(mailbox => mailboxPasses(mailbox, test))
      },
    },
    {
      place: 'body',
      passes: (test, message, read) => {
        const reading = read(message)
        return reading.filenames.some(test) || test(reading.words)
      },
      *long(message, read) {
        return [...read(message).filenames, ...(yield* wordsOf(message, read))]
      },
    },
  ],
  from: [
    {
      place: 'from',
      passes: (test, message, read) => {
        const { from } = read(message).mailboxes
        return from !== null && mailboxPasses(from, test)
      },
    },
  ],
  to: [
    {
      place: 'to',
      passes: (test, message, read) => {
        const { to, cc, bcc } = read(message).mailboxes
        return somePasses(to, test) || somePasses(cc, test) || somePasses(bcc, test)
      },
    },
  ],
  cc: [{ place: 'cc', passes: (test, message, read) => somePasses(read(message).mailboxes.cc, test) }],
  bcc: [
    {
      passes: (test, message, read) => {
        const reading = read(message)
        return somePasses(reading.mailboxes.bcc, test) || reading.hiddenRecipients.some(test)
      },
    },
  ],
  subject: [{ place: 'subject', passes: (test, message, read) => test(read(message).subject) }],
  'message-id': [
    {
      passes: (test, message, read) =>
        headerValues(read(message), 'message-id').some(id => test(id) || test(id.replace(/^<|>$/g, ''))),
    },
  ],
  header: [{ passes: (test, message, read, { header }) => headerValues(read(message), header).some(test) }],
  filename: [{ passes: (test, message, read) => read(message).filenames.some(test) }],
  text: [{ place: 'text', passes: (test, message, read) => test(read(message).words), long: wordsOf }],
  html: [
    {
      passes: (test, message, read) => {
        const { html } = read(message)
        return html !== null && test(html)
      },
      *long(message, read) {
        const reading = read(message)
        yield* reading.decode()
        return reading.html === null ? [] : [reading.html]
      },
    },
  ],
  raw: [
    {
      place: 'raw',
      passes: (test, message) => test(message.raw.toString('utf8')),
      *long({ raw }) {
        const text: string[] = []
        for (const piece of decodeCharsetPieces(raw, 'utf-8')) {
          text.push(piece)
          yield
        }
        return [text.join('')]
      },
    },
  ],
  tag: [
    {
      passes: (test, message, read) =>
        message.tags ? message.tags.some(test) : mayBringTags(message) && read(message).tags.some(test),
    },
  ],
  id: [{ passes: (test, message) => test(message.id) }],
}

type HasChoice = NonNullable<Filter['has']>
const HAS_TESTS: { readonly [what in HasChoice]: (reading: Reading) => boolean } = {
  attachment: reading => reading.structure.parts.some(part => part.disposition === 'attachment'),
  inline: reading => reading.structure.parts.some(part => part.disposition === 'inline'),
  html: reading => reading.structure.html !== null,
  warning: reading => reading.summary().warnings.length > 0,
  link: reading => reading.links.length > 0,
  otp: reading => reading.otps.length > 0,
}

function headerValues(reading: Reading, name = ''): string[] {
  const wanted = name.toLowerCase()
  return reading.headers.filter(field => field.name.toLowerCase() === wanted).map(field => field.value)
}

function somePasses(mailboxes: readonly Address[], test: TextTest): boolean {
  return mailboxes.some(mailbox => mailboxPasses(mailbox, test))
}

function mailboxPasses({ name, address }: Address, test: TextTest): boolean {
  return test(address) || (name !== '' && test(name))
}
