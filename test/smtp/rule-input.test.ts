import { describe, expect, test } from 'vitest'
import { DEFAULT_FIELDS, RuleError, type RuleFields, type RuleInput } from '../../server/smtp/rule.js'
import { readRule } from '../../server/smtp/rule-input.js'

const GROUND = { tls: true, listeners: ['billing'] }

function read(input: unknown, ground = GROUND): RuleFields {
  return readRule(input, ground).fields
}

function errorOf(input: unknown, ground = GROUND): RuleError {
  try {
    read(input, ground)
  } catch (error) {
    if (error instanceof RuleError) return error
    throw error
  }
  throw new Error(`taken: ${JSON.stringify(input)}`)
}

describe('a rule that is taken', () => {
  test('says every field, what was left out by its default', () => {
    expect(read({ reply: 550 })).toEqual({ ...DEFAULT_FIELDS, on: 'connect', reply: 550 })
  })

  const cases: [what: string, input: RuleInput, fields: Partial<RuleFields>][] = [
    [
      'null for a default',
      { reply: '550', times: null, on: null, seed: null },
      { times: null, on: 'connect', seed: 1 },
    ],
    ['keywords in lower case', { hide: ['starttls' as 'STARTTLS'] }, { hide: ['STARTTLS'] }],
    ['a verb in upper case', { on: 'VRFY', reply: 550 }, { on: 'vrfy' }],
    [
      'a number to look for',
      { match: { larger: 10_000 as unknown as string }, reply: 552 },
      { match: { larger: '10000' } },
    ],
    ['a pattern', { match: { subject: '/^Re:/i' }, reply: 550 }, { match: { subject: '/^Re:/i' } }],
    ['a reply of several lines', { reply: ['550-No', '550-really', 'no'] }, { reply: ['550-No', '550-really', 'no'] }],
    [
      'a reply that is cut, and then a reset',
      { reply: '250 Ok', halfReply: true, action: 'reset' },
      { action: 'reset' },
    ],
    ['the highest and the lowest codes', { replies: [200, 259, 400, 559] }, { replies: [200, 259, 400, 559] }],
  ]
  test.each(cases)('%s', (_what, input, fields) => expect(read(input)).toMatchObject(fields))
})

describe('where a rule acts that does not say', () => {
  const cases: [match: Record<string, string>, effect: RuleInput, on: string][] = [
    // by what it looks for
    [{}, { reply: 554 }, 'connect'],
    [{ helo: 'app' }, { reply: 550 }, 'ehlo'],
    [{ user: 'ci' }, { reply: 454 }, 'auth'],
    [{ 'mail-from': '<>' }, { reply: 550 }, 'mail'],
    [{ to: '*@full.test' }, { reply: 452 }, 'rcpt'],
    [{ inbox: 'k7x2m4' }, { reply: 452 }, 'rcpt'],
    [{ inbox: 'billing' }, { reply: 452 }, 'rcpt'],
    [{ to: 'ada', subject: 'hi' }, { reply: 550 }, 'message'],
    [{ q: 'to:ada OR has:attachment' }, { reply: 550 }, 'message'],
    // by what it does
    [{}, { hide: ['SIZE'] }, 'ehlo'],
    [{ helo: 'app' }, { hide: ['SIZE'] }, 'ehlo'],
    [{}, { certificate: 'expired' }, 'starttls'],
    [{}, { refuseConnections: true }, 'connect'],
    [{ inbox: 'billing' }, { refuseConnections: true }, 'connect'],
    [{ to: 'ada' }, { store: true, action: 'reset' }, 'message'],
    [{ to: 'ada' }, { bytesPerSecond: 100 }, 'data'],
    [{}, { action: 'stall', afterBytes: 10 }, 'data'],
  ]
  test.each(cases)('%j %j at %s', (match, effect, on) => expect(read({ match, ...effect }).on).toBe(on))
})

describe('a rule that is refused names the field, and what to write', () => {
  const cases: [input: unknown, field: string, words: RegExp][] = [
    // no rule at all
    [null, 'rule', /object/],
    ['reply 550', 'rule', /object/],
    [[{ reply: 550 }], 'rule', /object/],
    // fields that there are not
    [{ replay: '550' }, 'replay', /mean reply\?/],
    [{ reply: 550, time: 2 }, 'time', /mean times\?/],
    [{ reply: 550, to: 'ada' }, 'to', /belongs to match/],
    [{ reply: 550, colour: 'red' }, 'colour', /The fields are on, match, /],
    [JSON.parse('{ "reply": 550, "__proto__": {} }'), '__proto__', /not a field/],
    [{ preset: 'graylist' }, 'preset', /mean greylist\?/],
    // no effect
    [{}, 'reply', /does nothing/],
    [{ match: { to: 'ada' }, times: 2 }, 'reply', /does nothing/],
    [{ hide: [] }, 'reply', /does nothing/],
    // on
    [{ on: 'rctp', reply: 550 }, 'on', /mean rcpt\?/],
    [{ on: 'shower', reply: 550 }, 'on', /Use one of connect, ehlo, /],
    [{ on: 5, reply: 550 }, 'on', /5 is not known/],
    // what is looked for, where it is not known
    [{ on: 'mail', match: { to: 'ada' }, reply: 550 }, 'match.to', /"to" is not known at mail \(on\).*on: "rcpt"/],
    [{ on: 'rcpt', match: { subject: 'hi' }, reply: 550 }, 'match.subject', /on: "message"/],
    [{ on: 'connect', match: { helo: 'x' }, reply: 550 }, 'match.helo', /on: "ehlo"/],
    [{ on: 'noop', match: { text: 'x' }, reply: 550 }, 'match.text', /not known at noop/],
    [{ on: 'any', match: { text: 'x' }, reply: 550 }, 'match.text', /not known at any/],
    [{ on: 'rcpt', match: { q: 'to:ada text:hi' }, reply: 550 }, 'match.q', /"text" is not known/],
    [{ match: { to: 'ada' }, hide: ['SIZE'] }, 'match.to', /at ehlo \(on\), where hide belongs/],
    [{ match: { id: 'x' }, reply: 550 }, 'match.id', /once it is stored/],
    [{ match: { tag: 'x' }, reply: 550 }, 'match.tag', /once it is stored/],
    [{ match: { q: 'is:read' }, reply: 550 }, 'match.q', /once it is stored/],
    [{ on: 'ehlo', match: { inbox: 'k7x2m4' }, reply: 550 }, 'match.inbox', /inbox of a port/],
    [{ match: { inbox: 'k7x2m4' }, refuseConnections: true }, 'match.inbox', /inbox of a port/],
    // what is looked for, and cannot be read
    [{ match: 'to:ada', reply: 550 }, 'match', /\{ "q": "to:ada" \}/],
    [{ match: ['ada'], reply: 550 }, 'match', /not an object/],
    [{ match: { subjet: 'x' }, reply: 550 }, 'match.subjet', /mean subject\?/],
    [JSON.parse('{ "match": { "__proto__": "x" }, "reply": 550 }'), 'match.__proto__', /looked for/],
    [{ match: { to: '' }, reply: 550 }, 'match.to', /no value/],
    [{ match: { to: null }, reply: 550 }, 'match.to', /null is not a text/],
    [{ match: { subject: '/(/' }, reply: 550 }, 'match.subject', /no regular expression/],
    [{ match: { to: '/a(?=b)/' }, reply: 550 }, 'match.to', /lookaround/],
    [{ match: { q: 'to:(' }, reply: 550 }, 'match.q', /at character/],
    [{ match: { larger: 'big' }, reply: 550 }, 'match.larger', /not a size/],
    // replies
    [{ reply: 354 }, 'reply', /354 asks the client to go on/],
    [{ reply: '334 x' }, 'reply', /go on/],
    [{ reply: 199 }, 'reply', /not a code/],
    [{ reply: 260 }, 'reply', /not a code/],
    [{ reply: 560 }, 'reply', /not a code/],
    [{ reply: 4.5 }, 'reply', /not a code/],
    [{ reply: '4' }, 'reply', /code and a blank/],
    [{ reply: 'No' }, 'reply', /code and a blank/],
    [{ reply: '550-No' }, 'reply', /code and a blank/],
    [{ reply: '' }, 'reply', /code and a blank/],
    [{ reply: '550 No\r\n250 Ok' }, 'reply', /line end/],
    [{ reply: ['550 No', 'a\nb'] }, 'reply', /line end/],
    [{ reply: '550 Nö' }, 'reply', /printable ASCII/],
    [{ reply: '550 \u0007' }, 'reply', /printable ASCII/],
    [{ reply: `550 ${'x'.repeat(500)}` }, 'reply', /characters/],
    [{ reply: [] }, 'reply', /no lines/],
    [{ reply: ['550 No', 5] }, 'reply', /line 2 is not a text/],
    [{ reply: ['550-No', '451 Later'] }, 'reply', /line 2 has the code 451/],
    [{ reply: Array(101).fill('550 No') }, 'reply', /lines/],
    [{ reply: true }, 'reply', /neither a text/],
    [{ replies: [] }, 'replies', /not a list of replies/],
    [{ replies: '451' }, 'replies', /not a list of replies/],
    [{ replies: ['451', '354'] }, 'replies[1]', /go on/],
    [{ reply: 451, replies: ['451'] }, 'replies', /Give one/],
    [{ on: 'data', reply: 250 }, 'reply', /2xx is no answer to DATA/],
    [{ on: 'data', replies: ['451', '250'] }, 'replies', /2xx/],
    [{ on: 'any', reply: '250 Ok' }, 'reply', /2xx/],
    [{ action: 'close', reply: 550 }, 'reply', /never said.*thenClose/],
    [{ action: 'stall', replies: ['550'] }, 'replies', /never said/],
    [{ action: 'reset', thenClose: true }, 'thenClose', /gives none/],
    // effects at the wrong place
    [{ on: 'rcpt', hide: ['SIZE'] }, 'hide', /nothing at rcpt \(on\).*on: "ehlo"/],
    [{ on: 'helo', hide: ['SIZE'] }, 'hide', /on: "ehlo"/],
    [{ on: 'ehlo', certificate: 'expired' }, 'certificate', /on: "starttls"/],
    [{ on: 'rcpt', store: true, action: 'close' }, 'store', /on: "message"/],
    [{ on: 'message', bytesPerSecond: 10 }, 'bytesPerSecond', /on: "data"/],
    [{ on: 'rcpt', action: 'close', afterBytes: 10 }, 'afterBytes', /on: "data"/],
    [{ on: 'rcpt', refuseConnections: true }, 'refuseConnections', /on: "connect"/],
    [{ hide: ['SIZE'], certificate: 'expired' }, 'certificate', /nothing at ehlo/],
    [{ on: 'data', afterBytes: 10 }, 'afterBytes', /action/],
    [{ store: true }, 'store', /action/],
    // counting
    [{ reply: 421, windowMs: 1000 }, 'windowMs', /after/],
    [{ on: 'rcpt', reply: 451, per: 'recipient' }, 'per', /nothing is counted/],
    [{ on: 'mail', reply: 451, times: 1, per: 'recipient' }, 'per', /no recipient at mail \(on\)/],
    [{ on: 'ehlo', reply: 451, times: 1, per: 'message' }, 'per', /no message at ehlo \(on\)/],
    [{ refuseConnections: true, times: 2 }, 'times', /refuseConnections/],
    [{ refuseConnections: true, reply: 421 }, 'reply', /refuseConnections/],
    [{ refuseConnections: true, delayMs: 5 }, 'delayMs', /refuseConnections/],
    [{ refuseConnections: true, probability: 0.5 }, 'probability', /refuseConnections/],
    // who reads mail
    [{ protocol: 'imap', on: 'rcpt', reply: 451 }, 'protocol', /imap has no rcpt \(on\)/],
    [{ protocol: 'pop3', match: { to: 'ada' }, reply: 451 }, 'protocol', /pop3 has no rcpt/],
    [{ protocol: 'pop3', on: 'auth', match: { helo: 'a' }, reply: 451 }, 'match.helo', /EHLO/],
    [{ protocol: 'imap', refuseConnections: true }, 'refuseConnections', /SMTP/],
    [{ protocol: 'http', reply: 451 }, 'protocol', /not known/],
    // values
    [{ reply: 550, times: 0 }, 'times', /at least 1/],
    [{ reply: 550, times: '2' }, 'times', /without quotes/],
    [{ reply: 550, times: 1.5 }, 'times', /whole number/],
    [{ delayMs: -1 }, 'delayMs', /milliseconds/],
    [{ delayMs: 600_001 }, 'delayMs', /600,000/],
    [{ on: 'data', bytesPerSecond: 0 }, 'bytesPerSecond', /from 1/],
    [{ reply: 550, forMs: Number.MAX_SAFE_INTEGER }, 'forMs', /whole number/],
    [{ reply: 550, probability: 1.1 }, 'probability', /from 0 to 1/],
    [{ reply: 550, probability: Number.NaN }, 'probability', /from 0 to 1/],
    [{ reply: 550, seed: -1 }, 'seed', /whole number/],
    [{ reply: 550, enabled: 'yes' }, 'enabled', /true or false/],
    [{ action: 'drop' }, 'action', /reply, close, reset, stall/],
    [{ reply: 451, times: 1, per: 'user' }, 'per', /recipient, message, connection/],
    [{ hide: ['STARTLS'] }, 'hide', /mean STARTTLS\?/],
    [{ hide: 'STARTTLS' }, 'hide', /list/],
    [{ certificate: 'old' }, 'certificate', /expired, wrong-host, untrusted/],
  ]
  test.each(cases)('%j: %s', (input, field, words) => {
    const error = errorOf(input)
    expect(error.field).toBe(field)
    expect(`${error.message} ${error.fix}`).toMatch(words)
    expect(error.message).toContain(field)
    expect(error.fix).toMatch(/[.?]$/)
  })

  test.each([{ certificate: 'untrusted' }, { on: 'starttls', reply: 454 }])('%j without TLS', input =>
    expect(errorOf(input, { ...GROUND, tls: false }).fix).toContain('--tls'),
  )
})
