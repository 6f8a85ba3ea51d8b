/**
 * The import table of CONTRIBUTING.md, enforced: who may import whom at run time. Type-only imports are free. A row that
 * has to change is changed here and in CONTRIBUTING.md, with the reason in the commit.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')

interface Row {
  /** The files of the row; the first row that fits a file is its own. */
  files: RegExp
  /** What they may import: a path from the root for ours, the specifier for the rest. */
  may: RegExp[]
}

const MIME = /^(libmime(\/.*)?|mailparser|nodemailer\/.*|iconv-lite|node:(buffer|crypto|stream))$/
const HTML = /^parse5$/
const UNITS = /^server\/units$/
const NEAREST = /^server\/nearest$/
/** What an adapter is made of: no file with routes in it. */
const ADAPTER = [
  /^server\/http\/compat\/(lenient|shared)$/,
  /^server\/http\/(basic|disposition|errors|file-names|find|live|outlets|parameters|send|shape)$/,
  /^server\/mail\//,
  /^server\/smtp\/rule$/,
  UNITS,
  /^(typebox|typebox\/.*)$/,
  /^node:(crypto|stream)$/,
]

const TABLE: Row[] = [
  // mail/: what a message is. Some of its files also import the libraries that know MIME, charsets and HTML.
  { files: /^server\/mail\/(content|decode|headers|headers-as-sent|scan|structure)$/, may: [/^server\/mail\//, MIME] },
  { files: /^server\/mail\/html$/, may: [/^server\/mail\//, HTML] },
  { files: /^server\/mail\/regex$/, may: [/^server\/mail\//, /^(re2js|node:module)$/] },
  { files: /^server\/mail\//, may: [/^server\/mail\//, UNITS] },
  // the pure foundations
  { files: /^server\/(units|nearest|log|coming-from)$/, may: [] },
  { files: /^server\/(version|whole-file)$/, may: [/^node:fs$/] },
  { files: /^server\/descriptors$/, may: [/^node:(fs|os)$/] },
  { files: /^server\/flags$/, may: [UNITS, NEAREST, /^node:util$/] },
  { files: /^server\/options$/, may: [NEAREST, /^server\/(flags|coming-from)$/] },
  { files: /^server\/net\/(lines|output|session)$/, may: [] },
  { files: /^server\/net\/bind$/, may: [/^node:(net|fs|fs\/promises|os)$/] },
  { files: /^server\/net\/(listener|connection|handshake)$/, may: [/^server\/net\//, /^node:(net|tls)$/] },
  { files: /^server\/net\/sasl$/, may: [/^node:crypto$/] },
  { files: /^server\/net\/login$/, may: [/^server\/net\/sasl$/] },
  { files: /^server\/net\/certificate$/, may: [/^node:(crypto|net)$/, /^@peculiar\/asn1-(schema|x509)$/] },
  // what options name by path
  { files: /^server\/site$/, may: [/^server\/options$/] },
  { files: /^server\/accounts$/, may: [/^server\/options$/, /^node:fs$/] },
  { files: /^server\/given-rules$/, may: [/^server\/(options|smtp\/rule)$/, /^node:fs$/] },
  {
    files: /^server\/mailbox-files$/,
    may: [
      /^server\/(options|whole-file|mail\/(by-hand|mbox))$/,
      /^node:(fs|fs\/promises|path|stream|stream\/promises)$/,
    ],
  },
  {
    files: /^server\/tls$/,
    may: [/^server\/(options|whole-file|net\/certificate)$/, /^node:(crypto|fs|os|path|tls)$/],
  },
  // protocols: pure, over lines
  {
    files: /^server\/smtp\//,
    may: [
      /^server\/smtp\//,
      /^server\/net\/(lines|output|login|sasl)$/,
      /^server\/mail\/(query|match|facts|inboxes)$/,
      NEAREST,
    ],
  },
  // the tools that are stood in for: the table knows each, none knows another, nor a route of ours; what is shared is
  {
    files: /^server\/http\/compat\/index$/,
    may: [/^server\/http\/compat\/(mailpit\/index|mailhog\/index|maildev|mailcatcher)$/],
  },
  {
    files: /^server\/http\/compat\/mailpit\/thumbnail$/,
    may: [/^server\/mail\/content$/, /^(jpeg-js|pngjs)$/],
  },
  { files: /^server\/http\/compat\/mailpit\//, may: [/^server\/http\/compat\/mailpit\//, ...ADAPTER] },
  { files: /^server\/http\/compat\/mailhog\//, may: [/^server\/http\/compat\/mailhog\//, ...ADAPTER] },
  { files: /^server\/http\/compat\//, may: ADAPTER },
  { files: /^server\/http\/app$/, may: [/^server\/http\//, /^(fastify|@fastify\/.*)$/, /^node:(fs|path)$/] },
  // what POP3 and IMAP have in common, and each of them: pure, over the store
  {
    files: /^server\/mailbox\//,
    may: [/^server\/mailbox\//, /^server\/net\/(lines|output|login)$/, /^server\/smtp\/(acts|rule)$/],
  },
  {
    files: /^server\/pop3\//,
    may: [/^server\/(pop3|mailbox|mail)\//, /^server\/net\/(lines|output|login|sasl)$/],
  },
  {
    files: /^server\/imap\//,
    may: [/^server\/(imap|mailbox|mail)\//, /^server\/net\/(lines|output|login|sasl)$/],
  },
  // HTTP: everything of mail/, the words of rules, and Fastify
  {
    files: /^server\/http\//,
    may: [
      /^server\/http\/(?!compat\/)/,
      /^server\/mail\//,
      /^server\/smtp\/rule$/,
      UNITS,
      /^(fastify|@fastify\/.*|typebox|typebox\/.*|fastify-plugin)$/,
      /^node:(http|https|fs|path|stream|url|crypto|zlib)$/,
    ],
  },
  // what tests hold
  { files: /^server\/testing\/setup$/, may: [/^server\/(index|maildouble)$/] },
  { files: /^server\/testing\/(vitest|jest)$/, may: [/^server\/testing\/matchers$/, /^(vitest|@jest\/globals)$/] },
  {
    files: /^server\/testing\/playwright$/,
    may: [/^server\/(index|options)$/, /^server\/testing\/matchers$/, /^(@playwright\/test|node:url)$/],
  },
  {
    files: /^server\/testing\/(api|remote|remote-filter)$/,
    may: [
      /^server\/testing\//,
      /^server\/mail\/(query|match|record-filter|inboxes)$/,
      /^server\/(version|nearest|smtp\/rule)$/,
      /^node:(http|https|crypto)$/,
    ],
  },
  {
    files: /^server\/testing\//,
    may: [
      /^server\/testing\//,
      /^server\/mail\/(query|compose|explain|explain-matchers|report)$/,
      /^server\/(nearest|smtp\/rule)$/,
    ],
  },
  {
    files: /^server\/index$/,
    may: [/^server\/maildouble$/, /^server\/testing\//, /^server\/(options|net\/bind|mail\/query|smtp\/rule)$/],
  },
  // the process
  {
    files: /^server\/(cli|commands\/.*)$/,
    may: [
      /^server\/(flags|options|log|version|whole-file|maildouble|commands\/.*|net\/bind)$/,
      /^server\/testing\/(client|remote|remote-error|api|waits)$/,
      /^server\/mail\/(query|explain|headers)$/,
      /^server\/smtp\/rule$/,
      /^node:/,
    ],
  },
  { files: /^server\/message-log$/, may: [UNITS] },
  {
    files: /^server\/smtp-ports$/,
    may: [/^server\/(accounts|options|mail\/loop)$/, /^server\/(net|smtp)\//, /^node:(crypto|os)$/],
  },
  {
    files: /^server\/mailbox-ports$/,
    may: [/^server\/(accounts|options|mail\/mailbox-login)$/, /^server\/(net|pop3|imap)\//, /^node:(crypto|os)$/],
  },
  { files: /^server\/in-process$/, may: [/^server\/(mail|testing)\//] },
  { files: /^server\/maildouble$/, may: [/^server\/(?!cli|commands)/, /^node:/] },
  // the page
  {
    files: /^web\//,
    may: [/^web\//, /^server\/mail\/query$/, /^(react|react-dom|react-dom\/client)$/, /\.css$/],
  },
]

/** Folders in which nothing waits, looks at a clock or touches the world; wait.ts is the exception that the design names. */
const PURE = /^server\/(mail\/(?!wait$)|smtp\/|mailbox\/|pop3\/|imap\/)/
const IMPURE =
  /\b(setTimeout|setInterval|setImmediate|Date\.now|process\.|console\.|performance\.)|node:net|node:tls|'fastify'/g

/** Clients of real sockets in tests: such a test sees of the server what a user sees. */
const SOCKET_CLIENTS = /^(nodemailer|node:net|node:tls|node:http|node:child_process|playwright-core|ws)$/
const PUBLIC_ENTRIES = /^server\/(index|testing\/(vitest|jest|playwright))$/
/** The tests of the sides that own sockets: commands are clients. */
const OWNERS_OF_SOCKETS = /^test\/(net|bench|http|commands)\//

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map(entry => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

const bare = (file: string) => file.replace(/\.(tsx?|jsx?|mts|mjs)$/, '')

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1')
}

/** What a file imports at run time, ours as paths from the root without an ending. */
function importsOf(file: string): string[] {
  const source = withoutComments(readFileSync(join(ROOT, file), 'utf8'))
  const found: string[] = []
  const statement =
    /^\s*(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
  for (const [, still, dynamic] of source.matchAll(statement)) {
    const specifier = (still ?? dynamic) as string
    found.push(specifier.startsWith('.') ? bare(posix.join(posix.dirname(file), specifier)) : specifier)
  }
  return found
}

describe('who may import whom', () => {
  test.each([...filesIn('server'), ...filesIn('web').filter(file => !file.includes('vite.config'))])('%s', file => {
    const row = TABLE.find(({ files }) => files.test(bare(file)))
    expect(row, `${file} stands in no row of the import table: which one should it be in?`).toBeDefined()
    const strangers = importsOf(file).filter(specifier => !row?.may.some(allowed => allowed.test(specifier)))
    expect(strangers, `${file} imports what its row does not allow`).toEqual([])
  })
})

test.each(filesIn('server').filter(file => PURE.test(bare(file))))('%s is pure', file => {
  const source = withoutComments(readFileSync(join(ROOT, file), 'utf8'))
  expect(source.match(IMPURE) ?? []).toEqual([])
})

test.each(filesIn('test').filter(file => !OWNERS_OF_SOCKETS.test(file)))(
  '%s: with real sockets, the public entry only',
  file => {
    const imports = importsOf(file)
    if (!imports.some(specifier => SOCKET_CLIENTS.test(specifier))) return
    expect(imports.filter(specifier => /^server\//.test(specifier) && !PUBLIC_ENTRIES.test(specifier))).toEqual([])
  },
)

test('the table would notice', () => {
  expect(importsOf('server/index.ts')).toContain('server/maildouble')
  expect(importsOf('server/mail/wait.ts')).toEqual([])
  expect(importsOf('server/mail/match.ts')).toContain('server/mail/query')
})
