/**
 * A message -> a test that waits for the like of it, in the language of whoever asks: the recipient, what is lasting in
 * the subject, the code, the main link. A code is new each time, so its form is asked for, never itself. Pure.
 *
 * What a mail says becomes code here: it is written as literals that it cannot leave, and nothing in them hides.
 */
import type { Link, Message } from '../server/http/schema.js'
import { mainLink } from './links.js'

/** What a test is written of. */
export type Tested = Pick<Message, 'envelope' | 'to' | 'subject' | 'otp' | 'links'>

/** The languages, in the order in which they are offered. */
export const TEST_KINDS = ['Playwright', 'Vitest', 'pytest', 'curl'] as const
export type TestKind = (typeof TEST_KINDS)[number]

/** Where the one who has copied it goes on. */
const HERE = '// Here, let the app send it.'

/** Longest piece of a subject that is looked for. */
const MAX_SUBJECT_LENGTH = 60
/** A shorter one fits too much. */
const MIN_SUBJECT_LENGTH = 3

/** A part of a path that nobody has typed. */
const TOKEN = /^(?=.*\d).{8,}$|^.{24,}$/

/** What cannot be seen, or changes how what is around it is seen; U+FFFD stands for bytes that were no text. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\ufffd]/u
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu')

/** The test as text; `url` is the server's, without a slash at its end. */
export function asTest(kind: TestKind, message: Tested, url: string): string {
  return WRITERS[kind](told(message), url)
}

/** What a test asks about a message. */
interface Told {
  title: string
  /** The filters that find it. */
  find: { to?: string; subject?: string }
  otp: string | null
  /** Words that only the main link has, and what of its address lasts. */
  link: { words: string; address: string } | null
}

function told({ envelope, to, subject, otp, links }: Tested): Told {
  const recipient = envelope.to[0] ?? to[0]?.address
  const lasting = lastingPiece(subject, otp)
  const main = mainLink(links)
  return {
    title: lasting || 'the mail arrives',
    find: { ...(recipient && { to: recipient }), ...(lasting && { subject: lasting }) },
    otp,
    link: main ? { words: wordsOf(main, links), address: lastingAddress(main.href) } : null,
  }
}

/** The longest piece of a subject without its code and without what hides. */
function lastingPiece(subject: string, otp: string | null): string {
  const without = otp === null || otp === '' ? subject : subject.split(otp).join('\0')
  const pieces = without.split(HIDDEN).map(piece => piece.trim())
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '')
  const cut =
    longest.length <= MAX_SUBJECT_LENGTH ? longest : longest.slice(0, MAX_SUBJECT_LENGTH).replace(/\s\S*$/, '')
  return cut.length < MIN_SUBJECT_LENGTH ? '' : cut
}

/** An address up to what is new each time: a query, or a part of the path that looks like a token. */
function lastingAddress(href: string): string {
  const [scheme = '', empty = '', host = '', ...path] = href.replace(/[?#].*$/s, '').split('/')
  const token = path.findIndex(part => TOKEN.test(part))
  const kept = token === -1 ? path : [...path.slice(0, token), '']
  return [scheme, empty, host, ...kept].join('/')
}

/** What a link is found by: its words where they lead to it first, else its address without what changes, else all of it. */
function wordsOf(link: Link, links: readonly Link[]): string {
  const candidates = [link.text.trim(), lastingAddress(link.href)].filter(words => words && !HIDDEN.test(words))
  const leadsTo = (words: string) => {
    const lower = words.toLowerCase()
    const first = links.find(
      ({ text, href }) => text.toLowerCase().includes(lower) || href.toLowerCase().includes(lower),
    )
    return first?.href === link.href
  }
  return candidates.find(leadsTo) ?? link.href
}

const WRITERS: { readonly [kind in TestKind]: (told: Told, url: string) => string } = {
  Playwright: ({ title, find, otp, link }) =>
    lines(
      "import { expect, test } from 'maildouble/playwright'",
      '',
      `test(${literal(title)}, async ({ mail${link ? ', page' : ''} }) => {`,
      `  ${HERE}`,
      `  const message = await mail.waitFor(${object(find)})`,
      otp !== null && `  expect(message.otp()).${formOf(otp)}`,
      link && `  await page.goto(message.link(${literal(link.words)}).href)`,
      otp === null && !link && `  expect(message.html ?? message.text).toBeTruthy()`,
      '})',
    ),
  Vitest: ({ title, find, otp, link }, url) =>
    lines(
      "import { connectMaildouble } from 'maildouble'",
      "import { expect, test } from 'vitest'",
      '',
      `test(${literal(title)}, async () => {`,
      `  await using mail = await connectMaildouble(${literal(url)})`,
      `  ${HERE}`,
      `  const message = await mail.waitFor(${object(find)})`,
      otp !== null && `  expect(message.otp()).${formOf(otp)}`,
      link && `  expect(message.link(${literal(link.words)}).href).toContain(${literal(link.address)})`,
      otp === null && !link && `  expect(message.html ?? message.text).toBeTruthy()`,
      '})',
    ),
  pytest: ({ title, find, otp, link }, url) =>
    lines(
      'import json',
      'from urllib.parse import urlencode',
      'from urllib.request import urlopen',
      '',
      `MAIL = ${pythonLiteral(`${url}/api/messages`)}`,
      '',
      '',
      'def mail(path, **search):',
      "    with urlopen(f'{MAIL}{path}?{urlencode(search)}') as answer:",
      '        return answer.read().decode()',
      '',
      '',
      `def test_${identifier(title)}():`,
      "    since = json.loads(mail('', limit=1))['cursor']",
      `    ${HERE.replace('//', '#')}`,
      `    find = {${[...Object.entries(find).map(([name, value]) => `'${name}': ${pythonLiteral(value)}`), "'since': since", "'wait': '10s'"].join(', ')}}`,
      otp !== null && `    assert len(mail('/latest/otp', **find)) == ${[...otp].length}`,
      link && `    link = mail('/latest/link', **find, text=${pythonLiteral(link.words)})`,
      link && `    assert ${pythonLiteral(link.address)} in link`,
      otp === null && !link && "    message = json.loads(mail('/latest', **find))",
      otp === null && !link && "    assert message['html'] or message['text']",
    ),
  curl: ({ find, otp, link }, url) => {
    const ask = (what: string, path: string, more: [string, string][] = []) =>
      lines(
        `# ${what}`,
        `curl -sS --fail-with-body -G ${quoted(`${url}/api/messages/latest${path}`)} \\`,
        ...[...Object.entries(find).filter(([, value]) => !HIDDEN.test(value)), ...more].map(
          ([name, value]) => `  --data-urlencode ${quoted(`${name}=${value}`)} \\`,
        ),
        "  --data-urlencode 'wait=10s'",
      )
    const asked = [
      otp !== null && ask('the one-time code', '/otp'),
      link && !HIDDEN.test(link.words) && ask('the link', '/link', [['text', link.words]]),
    ].filter(text => typeof text === 'string')
    return asked.length > 0 ? lines(...asked) : ask('the message', '')
  },
}

const lines = (...all: (string | false | null)[]) => all.filter(line => typeof line === 'string').join('\n')

/** A literal of JavaScript: what hides is written by its number. */
const literal = (text: string) =>
  escaped(text, character =>
    [...Array(character.length).keys()].map(n => `\\u${hex(character.charCodeAt(n), 4)}`).join(''),
  )

/** A literal of Python, which has no pairs of surrogates. */
const pythonLiteral = (text: string) => escaped(text, character => `\\U${hex(character.codePointAt(0) as number, 8)}`)

function escaped(text: string, write: (character: string) => string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replace(ALL_HIDDEN, write)}'`
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0')

/** A word of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

const object = (fields: Record<string, string>) =>
  `{ ${Object.entries(fields)
    .map(([name, value]) => `${name}: ${literal(value)}`)
    .join(', ')} }`

/** What a code of this form is expected to be. */
const formOf = (otp: string) => (/^\d+$/.test(otp) ? `toMatch(/^\\d{${otp.length}}$/)` : `toHaveLength(${otp.length})`)

/** A name of Python for a title. */
const identifier = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '') || 'mail'
