/**
 * Every reply that this server can send: its code, its enhanced status code (RFC 2034, RFC 3463) and its words.
 *
 * Every reply bears an enhanced code of its own class, but the greeting, the answers to HELO and EHLO, and 3xx. A reply
 * that is always the same is rendered once. Texts are printable ASCII: what a client said never breaks a line of ours.
 */
import { DELETE, SPACE } from './characters.js'

/** RFC 5321 4.5.3.1.5 allows a reply line 512 octets; codes and CRLF take their share. */
export const MAX_TEXT_CHARACTERS = 480
/** How much of a client's own words a reply repeats. */
const MAX_QUOTED_CHARACTERS = 60

function isPrintable(code: number): boolean {
  return code >= SPACE && code < DELETE
}

function printable(text: string): string {
  let n = 0
  while (n < text.length && isPrintable(text.charCodeAt(n))) n += 1
  // Nearly always: a reply is made for every message, so nothing is built where nothing has to be replaced.
  if (n === text.length && n <= MAX_TEXT_CHARACTERS) return text
  let clean = ''
  for (const character of text.slice(0, MAX_TEXT_CHARACTERS)) {
    clean += isPrintable(character.charCodeAt(0)) ? character : '?'
  }
  return clean
}

function quoted(text: string): string {
  return text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}...` : text
}

/** The rule that has something said; `id` is null for a magic recipient. */
export interface RuleName {
  readonly id: string | null
  /** `rule r2 (greylist)`. */
  readonly name: string
}

/** A reply (RFC 5321 4.2), rendered when it is made. */
export class Reply {
  /** Whose words these are; null for ours. */
  readonly rule: RuleName | null = null
  readonly code: number
  /** The enhanced status code, or null where the RFCs want none. */
  readonly enhanced: string | null
  /** Its texts, a line each, without codes. */
  readonly lines: readonly string[]
  /** What goes over the wire, line ends included. */
  readonly text: string
  readonly bytes: Buffer
  #plainText: string | undefined
  #plainBytes: Buffer | undefined

  /** More than one line makes a multi-line reply, the enhanced code on each. */
  constructor(code: number, enhanced: string | null, ...lines: string[]) {
    this.code = code
    this.enhanced = enhanced
    this.lines = lines
    this.text = render(code, enhanced === null ? '' : `${enhanced} `, lines)
    this.bytes = Buffer.from(this.text, 'latin1')
  }

  /** The same for a client that was not offered enhanced codes (RFC 2034 4). */
  get plainText(): string {
    this.#plainText ??= render(this.code, '', this.lines)
    return this.#plainText
  }

  get plainBytes(): Buffer {
    this.#plainBytes ??= Buffer.from(this.plainText, 'latin1')
    return this.#plainBytes
  }

  /** Whether the client broke the protocol, as against a refusal that a proper client may meet. */
  get isProtocolError(): boolean {
    if (this.rule !== null) return false
    // A bad address (5.1.x) is a refusal like any other: a newsletter may have a hundred of them.
    if (this.enhanced?.startsWith('5.1.')) return false
    return (this.code >= 500 && this.code <= 504) || (this.enhanced?.startsWith('5.5.') ?? false)
  }

  /** Whether it refuses what was asked. */
  get refuses(): boolean {
    return this.code >= 400
  }

  /** Its first line without the line end, for people. */
  toString(): string {
    const status = this.enhanced === null ? '' : `${this.enhanced} `
    return `${this.code} ${status}${printable(this.lines[0] ?? '')}`
  }
}

/** What a rule says. */
export class RuledReply extends Reply {
  override readonly rule: RuleName

  constructor({ code, enhanced, lines }: Reply, rule: RuleName) {
    super(code, enhanced, ...lines)
    this.rule = rule
  }
}

function render(code: number, status: string, lines: readonly string[]): string {
  let rendered = ''
  for (let n = 0; n < lines.length; n++) {
    rendered += `${code}${n < lines.length - 1 ? '-' : ' '}${status}${printable(lines[n] as string)}\r\n`
  }
  return rendered
}

/** The replies by what they say. Functions are those that name something of the moment. */
export const replies = {
  // Success.
  greeting: (name: string) => new Reply(220, null, `${name} ESMTP maildouble`),
  helo: (name: string) => new Reply(250, null, `${name} at your service`),
  /** RFC 5321 4.1.1.1: the first line names the server, each further one a keyword. */
  ehlo: (name: string, keywords: readonly string[]) => new Reply(250, null, `${name} at your service`, ...keywords),
  ok: new Reply(250, '2.0.0', 'Ok'),
  senderOk: new Reply(250, '2.1.0', 'Ok'),
  recipientOk: new Reply(250, '2.1.5', 'Ok'),
  queued: (id: string) => new Reply(250, '2.0.0', `Ok: queued as ${id}`),
  /** A catch-all knows every address, and RFC 5321 3.5.3 has 252 for "not verified, but mail is taken". */
  everyAddress: new Reply(252, '2.5.0', 'Every address is accepted here'),
  help: (lines: readonly string[]) => new Reply(214, '2.0.0', ...lines),
  bye: new Reply(221, '2.0.0', 'Bye'),
  readyForTls: new Reply(220, '2.0.0', 'Ready to start TLS'),
  loggedIn: new Reply(235, '2.7.0', 'Logged in'),
  /** A challenge of a login, in base64 (RFC 4954 4). */
  challenge: (data: Buffer) => new Reply(334, null, data.toString('base64')),
  chunkOk: (octets: number) => new Reply(250, '2.0.0', `${octets} octets received`),
  startData: new Reply(354, null, 'Send the message, end with a line of a single dot'),

  // The connection ends with these.
  idle: new Reply(421, '4.4.2', 'Nothing was said for too long, closing the connection'),
  shutdown: new Reply(421, '4.3.2', 'The server is shutting down, closing the connection'),
  overload: new Reply(421, '4.3.2', 'Too many connections, try again later'),
  failure: new Reply(421, '4.3.0', 'The server failed and closes this connection; its log says why'),
  tooManyErrors: new Reply(421, '4.7.0', 'Too many protocol errors, closing the connection'),
  http: new Reply(421, '4.7.0', 'This is an SMTP server, not HTTP; the web page is on another port'),
  endlessLine: new Reply(500, '5.5.2', 'This line does not end, closing the connection'),

  // The line as such.
  emptyLine: new Reply(500, '5.5.2', 'An empty line is not a command'),
  unknownCommand: (verb: string) => new Reply(500, '5.5.2', `Unknown command ${quoted(verb)}; HELP lists the commands`),
  bareLf: new Reply(500, '5.5.2', 'A command line ends in CRLF, not in a lone LF'),
  extraBlanks: new Reply(501, '5.5.2', 'A single blank stands between the words of a command'),
  loginLineTooLong: (maxAuthLineBytes: number) =>
    new Reply(500, '5.5.6', `Line of the login too long, at most ${maxAuthLineBytes} octets with its CRLF`),
  lineTooLong: (maxLineBytes: number) =>
    new Reply(500, '5.5.2', `Command line too long, at most ${maxLineBytes} octets with its CRLF`),
  controlCharacter: new Reply(501, '5.5.2', 'Control characters do not belong in a command line'),
  notUtf8: new Reply(501, '5.5.2', 'The command line is neither ASCII nor UTF-8'),
  notOffered: (verb: string) => new Reply(502, '5.5.1', `${verb} is not offered by this server`),
  turn: new Reply(502, '5.5.1', 'TURN is unsafe and never done (RFC 5321 F.1)'),

  // Arguments.
  noArgument: (verb: string) => new Reply(501, '5.5.4', `${verb} takes no argument`),
  argumentMissing: (syntax: string) => new Reply(501, '5.5.4', `Argument missing: ${syntax}`),
  syntax: (syntax: string) => new Reply(501, '5.5.4', `Syntax: ${syntax}`),
  badSender: (why: string) => new Reply(501, '5.1.7', `Bad sender address: ${why}`),
  badRecipient: (why: string) => new Reply(501, '5.1.3', `Bad recipient address: ${why}`),
  badHello: (verb: string) => new Reply(501, '5.5.4', `${verb} takes a domain name or an address literal`),
  badParameter: (keyword: string) => new Reply(501, '5.5.4', `Bad value of the parameter ${quoted(keyword)}`),
  repeatedParameter: (keyword: string) => new Reply(501, '5.5.4', `The parameter ${quoted(keyword)} stands twice`),
  unknownParameter: (keyword: string, verb: string) =>
    new Reply(555, '5.5.4', `${verb} parameter ${quoted(keyword)} is not known here`),
  badChunkSize: new Reply(501, '5.5.4', 'Syntax: BDAT <octets> [LAST]; the transaction has ended'),
  utf8NotAnnounced: new Reply(553, '5.6.7', 'A non-ASCII address needs the SMTPUTF8 parameter of MAIL'),
  binaryNotOffered: new Reply(555, '5.5.4', 'BODY=BINARYMIME is not offered by this server'),
  noHelp: (topic: string) => new Reply(504, '5.5.4', `There is no command ${quoted(topic)}; HELP lists the commands`),

  // Order.
  helloFirst: new Reply(503, '5.5.1', 'Say EHLO or HELO first'),
  nestedMail: new Reply(503, '5.5.1', 'A transaction is open already; RSET ends it'),
  mailFirst: new Reply(503, '5.5.1', 'Say MAIL first'),
  noRecipients: new Reply(554, '5.5.1', 'No valid recipients'),
  /** RFC 3030 2: DATA and BDAT are not mixed. */
  chunksBegun: new Reply(503, '5.5.1', 'The message has begun with BDAT; go on with BDAT, or say RSET'),
  binaryNeedsChunks: new Reply(503, '5.6.1', 'A body of BINARYMIME needs BDAT'),
  bareLineEnds: new Reply(554, '5.6.0', 'A lone CR or LF beside a line of a single dot is refused'),

  // TLS and login.
  tlsActive: new Reply(503, '5.5.1', 'TLS is active already'),
  tlsFirst: new Reply(530, '5.7.0', 'Say STARTTLS first'),
  loginFirst: new Reply(530, '5.7.0', 'Log in with AUTH first'),
  loggedInAlready: new Reply(503, '5.5.1', 'You have logged in already'),
  /** RFC 5321 3.1: behind a greeting of 554, whatever is not QUIT. */
  turnedAway: new Reply(503, '5.5.1', 'The greeting refused this connection; say QUIT'),
  loginInTransaction: new Reply(503, '5.5.1', 'A transaction is open; log in before it'),
  unknownMechanism: (name: string) => new Reply(504, '5.5.4', `The mechanism ${quoted(name)} is not known here`),
  serverFirst: (mechanism: string) => new Reply(501, '5.7.0', `${mechanism} has no initial response`),
  loginCancelled: new Reply(501, '5.7.0', 'Login cancelled'),
  badBase64: new Reply(501, '5.5.2', 'This is not base64'),
  badResponse: (mechanism: string) => new Reply(501, '5.5.2', `This is not a response of ${mechanism}`),
  badCredentials: new Reply(535, '5.7.8', 'The user name or the password is wrong'),

  // Limits.
  tooManyRecipients: (max: number) => new Reply(452, '4.5.3', `Too many recipients, at most ${max}`),
  tooLarge: (maxBytes: number) => new Reply(552, '5.3.4', `Message too large, at most ${maxBytes} bytes`),
  storeFull: new Reply(452, '4.3.1', 'The store is full; delete messages, or start without --when-full refuse'),
  tooLargeForStore: new Reply(552, '5.3.4', 'Message larger than the whole store; --max-bytes sets its size'),
} as const
