/**
 * One SMTP connection as a state machine over bytes (RFC 5321, with 1870, 2034, 2920, 3461, 6152 and 6531).
 *
 * Every transition stands here. A line becomes a Command in command.ts, a body is read by data.ts, words come from
 * reply.ts; one method per verb decides what they mean now, and returns its reply. What is overlooked goes through
 * `#lenient`, what is said goes through `#say`, and why nothing was delivered goes through `#because`, each one place.
 *
 * The states: `connected` until HELO or EHLO, `greeted` between transactions, `transaction` from MAIL on, `data` from
 * 354 to the end of the body, `answering` while the message is with the store, `ended`.
 */
import type { Envelope, EsmtpParams, Received, Recipient } from '../mail/message.js'
import { LineBuffer } from '../net/lines.js'
import type { Interruption, Later, Peer, Session, TlsInfo } from '../net/session.js'
import type { RefusedVerb, Verb } from './command.js'
import { COMMANDS, isAddressLiteral, isDomain, mailArguments, parseCommand, rcptArguments } from './command.js'
import { DotReader } from './data.js'
import type { Leniency } from './leniency.js'
import { leniency } from './leniency.js'
import { Reply, replies } from './reply.js'

/** What a session is told of the server's options. */
export interface SmtpOptions {
  /** The name in the greeting. */
  name: string
  maxMessageBytes: number
  maxRecipients: number
  /** Longest command line, its CRLF included. */
  maxLineBytes: number
  /** How many broken commands a connection may send before it is closed. */
  maxProtocolErrors: number
}

/** A message is complete; its client waits for the answer. */
export type SmtpEvent = { readonly type: 'message'; readonly received: Received }

/** What became of the message. */
export type SmtpAnswer =
  | { readonly type: 'stored'; readonly id: string }
  | { readonly type: 'refused'; readonly reply: Reply }

export interface SmtpContext {
  readonly peer: Peer
  readonly options: Readonly<SmtpOptions>
  readonly sessionId: string
  /** Milliseconds since 1970. */
  now(): number
  /** Whether mail is to be refused at MAIL already, because the store is full. */
  storeFull?(): boolean
}

type State = 'connected' | 'greeted' | 'transaction' | 'data' | 'answering' | 'ended'

/** From MAIL to the end of data. */
interface Transaction {
  readonly verb: Envelope['verb']
  readonly from: string
  readonly fromParams: EsmtpParams
  readonly to: string[]
  readonly recipients: Recipient[]
  /** The first refusal of a recipient: why nothing was delivered, if no other is accepted. */
  refusedRecipient: Reply | null
}

/** How much is written at a time; also how many bytes of replies may wait before the client has to read. */
const MAX_OUTPUT_BYTES = 64 * 1024
/** Different leniencies are few, but a connection may live for days. */
const MAX_WARNINGS = 100
/** A TLS record of the type handshake, version 3.x (RFC 8446 5.1): how a client says hello that expects TLS at once. */
const TLS_HANDSHAKE = 0x16
const TLS_MAJOR_VERSION = 0x03

const LATER: Later = { type: 'later' }

const TLS_ON_PLAIN_PORT =
  'the app speaks TLS from the first byte (secure: true) to a plain port; ' +
  'turn that off, or start with --tls and use the TLS port'
const HTTP_ON_SMTP_PORT = 'a browser or another HTTP client came to the SMTP port; the page is on the HTTP port'

/** The replies that depend on nothing but the options. */
interface Hellos {
  readonly greeting: Reply
  readonly helo: Reply
  readonly ehlo: Reply
}

const hellosByOptions = new WeakMap<Readonly<SmtpOptions>, Hellos>()

function hellosOf(options: Readonly<SmtpOptions>): Hellos {
  let hellos = hellosByOptions.get(options)
  if (hellos === undefined) {
    const { name } = options
    hellos = {
      greeting: replies.greeting(name),
      helo: replies.helo(name),
      ehlo: replies.ehlo(name, [
        'PIPELINING',
        `SIZE ${options.maxMessageBytes}`,
        '8BITMIME',
        'SMTPUTF8',
        'ENHANCEDSTATUSCODES',
        'DSN',
        'HELP',
      ]),
    }
    hellosByOptions.set(options, hellos)
  }
  return hellos
}

export class SmtpSession implements Session<SmtpEvent, SmtpAnswer> {
  readonly id: string
  readonly #peer: Peer
  readonly #options: Readonly<SmtpOptions>
  readonly #now: () => number
  readonly #storeFull: (() => boolean) | undefined

  #state: State = 'connected'
  readonly #lines = new LineBuffer()
  #output: Buffer[] = []
  #outputBytes = 0
  /** Whether the first bytes have been looked at: TLS and HTTP show there. */
  #begun = false
  #helo = ''
  #tls: TlsInfo | null = null
  #transaction: Transaction | null = null
  #data: DotReader | null = null
  /** What broke in while the store had the message: said after the answer, so that a stored message gets its 250. */
  #interruption: Interruption | null = null

  #protocolErrors = 0
  #delivered = 0
  #reason: string | null = null
  #firstRefusal: string | null = null
  #lastVerb: string | null = null

  readonly #warnings: Leniency[] = []
  /** What was overlooked in HELO or EHLO, which concerns every message after it. */
  #helloWarnings: Leniency[] = []
  /** What was overlooked since the last transaction ended. */
  #transactionWarnings: Leniency[] = []
  /** What of it was overlooked in lines before this one. */
  #warningsBeforeLine = 0

  constructor(context: SmtpContext) {
    this.id = context.sessionId
    this.#peer = context.peer
    this.#options = context.options
    this.#now = context.now
    this.#storeFull = context.storeFull
    this.#say(hellosOf(this.#options).greeting)
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  /** How many messages were stored. */
  get delivered(): number {
    return this.#delivered
  }

  /** What a strict server would have refused, in words, each once. */
  get warnings(): readonly string[] {
    return this.#warnings
  }

  /** In words: how many messages were delivered, or the first reason why none was. */
  get outcome(): string {
    if (this.#delivered > 0) return `delivered ${this.#delivered === 1 ? '1 message' : `${this.#delivered} messages`}`
    if (this.#reason !== null) return this.#reason
    if (this.#firstRefusal !== null) return this.#firstRefusal
    if (this.#lastVerb !== null) return `the last command was ${this.#lastVerb}, and no message was sent`
    return 'connected and said nothing'
  }

  receive(chunk: Buffer): void {
    if (this.#state !== 'ended') this.#lines.push(chunk)
  }

  next(): SmtpEvent | Later | undefined {
    for (;;) {
      if (this.#state === 'answering' || this.#state === 'ended') return undefined
      // The client has to read what was said before it is told more.
      if (this.#outputBytes >= MAX_OUTPUT_BYTES) return LATER
      if (this.#state === 'data') {
        const bytes = this.#lines.bytes()
        if (bytes === undefined) return undefined
        const event = this.#readData(bytes)
        if (event !== undefined) return event
        continue
      }
      if (!this.#begun && !this.#begin()) return undefined
      const line = this.#lines.line(this.#options.maxLineBytes)
      if (line === undefined) return undefined
      switch (line.type) {
        case 'line':
          this.#command(line.bytes, line.bareLf)
          break
        case 'too-long':
          this.#refuse(replies.lineTooLong(this.#options.maxLineBytes))
          break
        case 'endless':
          this.#because('a line did not end within 64 KiB')
          this.#end(replies.endlessLine)
          break
      }
    }
  }

  answer(answer: SmtpAnswer): void {
    if (this.#state !== 'answering') return
    this.#state = 'greeted'
    if (answer.type === 'stored') {
      this.#delivered += 1
      this.#say(replies.queued(answer.id))
    } else {
      this.#refuseMessage(answer.reply)
    }
    const interruption = this.#interruption
    if (interruption !== null) this.interrupt(interruption)
  }

  /** Nothing in SMTP waits for the store to change. */
  wake(): void {}

  interrupt(cause: Interruption): void {
    if (this.#state === 'ended') return
    if (this.#state === 'answering' && cause !== 'failure') {
      this.#interruption ??= cause
      return
    }
    switch (cause) {
      case 'end':
        this.#breakOff('the connection was lost')
        this.#end(null)
        break
      case 'idle':
        this.#breakOff('the client fell silent')
        this.#end(replies.idle)
        break
      case 'shutdown':
        this.#breakOff('the server was shut down')
        this.#end(replies.shutdown)
        break
      case 'overload':
        this.#because('there were too many connections')
        // In place of the greeting, which was not sent yet.
        this.#output = []
        this.#end(replies.overload)
        break
      case 'tls-failed':
        this.#because('the TLS handshake failed')
        this.#end(null)
        break
      case 'failure':
        this.#because('the server failed, see its log')
        this.#end(replies.failure)
        break
    }
  }

  secured(tls: TlsInfo): void {
    this.#tls = tls
    this.#lines.clear()
    this.#helo = ''
    this.#helloWarnings = []
    this.#resetTransaction()
    this.#state = 'connected'
  }

  output(): Buffer | undefined {
    const waiting = this.#output
    if (waiting.length === 0) return undefined
    if (this.#outputBytes <= MAX_OUTPUT_BYTES) {
      this.#output = []
      this.#outputBytes = 0
      return waiting.length === 1 ? waiting[0] : Buffer.concat(waiting)
    }
    let bytes = 0
    let count = 0
    while (count < waiting.length && bytes + (waiting[count] as Buffer).length <= MAX_OUTPUT_BYTES) {
      bytes += (waiting[count] as Buffer).length
      count += 1
    }
    this.#output = waiting.slice(count)
    this.#outputBytes -= bytes
    return Buffer.concat(waiting.slice(0, count), bytes)
  }

  // What comes in.

  /** Looks at the first bytes; false while there are too few of them. */
  #begin(): boolean {
    const first = this.#lines.peek(1)
    if (first === undefined) return false
    if (first[0] === TLS_HANDSHAKE) {
      const record = this.#lines.peek(2)
      if (record === undefined) return false
      if (record[1] === TLS_MAJOR_VERSION) {
        this.#because(TLS_ON_PLAIN_PORT)
        this.#end(null)
        return false
      }
    }
    this.#begun = true
    return true
  }

  #command(bytes: Buffer, bareLf: boolean): void {
    this.#warningsBeforeLine = this.#transactionWarnings.length
    if (bareLf) this.#lenient(leniency.bareLf)
    const command = parseCommand(bytes)
    const isFirst = this.#lastVerb === null && this.#protocolErrors === 0
    switch (command.type) {
      case 'command': {
        if (command.extraBlanks) this.#lenient(leniency.extraBlanks)
        this.#lastVerb = command.verb
        const reply = this.#dispatch(command.verb, command.argument)
        if (reply.refuses) this.#refuse(reply, command.verb)
        else this.#say(reply)
        break
      }
      case 'refused':
        this.#lastVerb = command.verb
        this.#refuse(this.#refused(command.verb), command.verb)
        break
      case 'http':
        if (isFirst) {
          this.#because(HTTP_ON_SMTP_PORT)
          this.#end(replies.http)
        } else {
          this.#refuse(replies.unknownCommand(command.verb))
        }
        break
      case 'unknown':
        this.#refuse(replies.unknownCommand(command.verb))
        break
      case 'malformed':
        this.#refuse(command.reply)
        break
    }
  }

  #dispatch(verb: Verb, argument: string): Reply {
    switch (verb) {
      case 'HELO':
      case 'EHLO':
        return this.#hello(verb, argument)
      case 'MAIL':
      case 'SEND':
      case 'SOML':
      case 'SAML':
        return this.#mail(verb, argument)
      case 'RCPT':
        return this.#rcpt(verb, argument)
      case 'DATA':
        return this.#startData(verb, argument)
      case 'RSET':
        return this.#rset(verb, argument)
      case 'NOOP':
        return replies.ok
      case 'QUIT':
        return this.#quit(verb, argument)
      case 'HELP':
        return this.#help(verb, argument)
      case 'VRFY':
      case 'EXPN':
        return this.#verify(verb, argument)
    }
  }

  // One method per verb.

  #hello(verb: 'HELO' | 'EHLO', name: string): Reply {
    if (name === '') this.#lenient(leniency.helloWithoutName)
    else if (!isDomain(name) && !isAddressLiteral(name)) this.#lenient(leniency.helloName)
    const warnings = this.#transactionWarnings.slice(this.#warningsBeforeLine)
    this.#resetTransaction()
    this.#helloWarnings = warnings
    this.#helo = name
    this.#state = 'greeted'
    return hellosOf(this.#options)[verb === 'EHLO' ? 'ehlo' : 'helo']
  }

  #mail(verb: Envelope['verb'], argument: string): Reply {
    if (this.#state === 'connected') return replies.helloFirst
    if (this.#transaction !== null) return replies.nestedMail
    const parsed = mailArguments(argument)
    if (parsed instanceof Reply) return parsed
    const { path, params, leniencies } = parsed
    const { maxMessageBytes } = this.#options
    if (params.SIZE !== undefined && Number(params.SIZE) > maxMessageBytes) return replies.tooLarge(maxMessageBytes)
    if (this.#storeFull?.()) return replies.storeFull

    for (const overlooked of leniencies) this.#lenient(overlooked)
    this.#transaction = {
      verb,
      from: path,
      fromParams: params,
      to: [],
      recipients: [],
      refusedRecipient: null,
    }
    this.#checkUtf8(path)
    this.#state = 'transaction'
    return replies.senderOk
  }

  #rcpt(_verb: Verb, argument: string): Reply {
    const transaction = this.#transaction
    if (transaction === null) return this.#state === 'connected' ? replies.helloFirst : replies.mailFirst
    const reply = this.#recipient(transaction, argument)
    if (reply.refuses) transaction.refusedRecipient ??= reply
    return reply
  }

  #recipient(transaction: Transaction, argument: string): Reply {
    const { maxRecipients } = this.#options
    const parsed = rcptArguments(argument)
    if (parsed instanceof Reply) return parsed
    if (transaction.to.length >= maxRecipients) return replies.tooManyRecipients(maxRecipients)
    for (const overlooked of parsed.leniencies) this.#lenient(overlooked)
    this.#checkUtf8(parsed.path)
    transaction.to.push(parsed.path)
    transaction.recipients.push({ address: parsed.path, params: parsed.params })
    return replies.recipientOk
  }

  #startData(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    const transaction = this.#transaction
    if (transaction === null) return this.#state === 'connected' ? replies.helloFirst : replies.mailFirst
    if (transaction.to.length === 0) return replies.noRecipients
    this.#data = new DotReader(this.#options.maxMessageBytes)
    this.#state = 'data'
    return replies.startData
  }

  #rset(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    this.#resetTransaction()
    return replies.ok
  }

  #quit(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    this.#resetTransaction()
    this.#close()
    return replies.bye
  }

  #help(_verb: Verb, argument: string): Reply {
    if (argument === '') return replies.help(['Commands:', ...Object.keys(COMMANDS), 'HELP <command> explains one'])
    const topic = argument.toUpperCase()
    if (!Object.hasOwn(COMMANDS, topic)) return replies.noHelp(topic)
    return replies.help(COMMANDS[topic as Verb])
  }

  #verify(verb: Verb, argument: string): Reply {
    return argument === '' ? replies.argumentMissing(COMMANDS[verb][0]) : replies.everyAddress
  }

  #refused(verb: RefusedVerb): Reply {
    return verb === 'TURN' ? replies.turn : replies.notOffered(verb)
  }

  // The body.

  #readData(bytes: Buffer): SmtpEvent | undefined {
    const data = this.#data as DotReader
    this.#lines.skip(data.read(bytes))
    if (!data.ended) return undefined
    if (data.tooLarge) {
      this.#state = 'greeted'
      this.#refuseMessage(replies.tooLarge(this.#options.maxMessageBytes))
      return undefined
    }
    if (data.lookalike) this.#lenient(leniency.smuggling)
    this.#state = 'answering'
    const received = this.#received(data.take())
    this.#resetTransaction()
    return { type: 'message', received }
  }

  #received(raw: Buffer): Received {
    const { verb, from, fromParams, to, recipients } = this.#transaction as Transaction
    const warnings = [...this.#helloWarnings]
    for (const warning of this.#transactionWarnings) if (!warnings.includes(warning)) warnings.push(warning)
    return {
      raw,
      envelope: {
        verb,
        from,
        fromParams,
        to,
        recipients,
        helo: this.#helo,
        remoteAddress: this.#peer.remoteAddress,
        remotePort: this.#peer.remotePort,
        localPort: this.#peer.localPort,
        tls: this.#tls,
        auth: null,
      },
      receivedAtMs: this.#now(),
      inboxes: ['default'],
      sessionId: this.id,
      attempts: 1,
      warnings,
    }
  }

  #refuseMessage(reply: Reply): void {
    this.#because(`the message was refused: ${reply}`)
    this.#resetTransaction()
    this.#say(reply)
  }

  /** Ends the transaction, if one is open, and notes when it failed for want of recipients. */
  #resetTransaction(): void {
    const transaction = this.#transaction
    if (transaction !== null && transaction.to.length === 0 && transaction.refusedRecipient !== null) {
      this.#because(`all recipients were refused: ${transaction.refusedRecipient}`)
    }
    this.#transaction = null
    this.#data = null
    if (this.#transactionWarnings.length > 0) this.#transactionWarnings = []
    if (this.#state === 'transaction') this.#state = 'greeted'
  }

  // What is overlooked, what is said, and why it ends.

  /** Takes what a strict server would refuse, and remembers that it did. */
  #lenient(overlooked: Leniency): void {
    if (!this.#transactionWarnings.includes(overlooked)) this.#transactionWarnings.push(overlooked)
    if (this.#warnings.length < MAX_WARNINGS && !this.#warnings.includes(overlooked)) this.#warnings.push(overlooked)
  }

  #checkUtf8(path: string): void {
    if (this.#transaction?.fromParams.SMTPUTF8 === undefined && !isAscii(path)) {
      this.#lenient(leniency.utf8WithoutSmtputf8)
    }
  }

  #say(reply: Reply): void {
    this.#output.push(reply.bytes)
    this.#outputBytes += reply.bytes.length
  }

  /** Says a refusal; a client that breaks the protocol without end is sent away. */
  #refuse(reply: Reply, verb = 'a line'): void {
    // A refused recipient is a reason only if all were refused.
    if (verb !== 'RCPT') this.#firstRefusal ??= `${verb} was refused: ${reply}`
    this.#say(reply)
    if (!reply.isProtocolError) return
    this.#protocolErrors += 1
    if (this.#protocolErrors < this.#options.maxProtocolErrors) return
    this.#because(`there were ${this.#protocolErrors} protocol errors, the first: ${this.#firstRefusal}`)
    this.#end(replies.tooManyErrors)
  }

  /** Remembers why nothing is delivered; the first reason counts. */
  #because(reason: string): void {
    this.#reason ??= reason
  }

  /** What broke off a session is the reason only where nothing had gone wrong before. */
  #breakOff(what: string): void {
    if (this.#state === 'data') {
      this.#because(`${what} in DATA after ${(this.#data as DotReader).size.toLocaleString('en-US')} bytes`)
    }
    this.#resetTransaction()
    if (this.#firstRefusal === null && this.#lastVerb !== null) this.#because(`${what} after ${this.#lastVerb}`)
  }

  #end(lastWords: Reply | null): void {
    if (lastWords !== null) this.#say(lastWords)
    this.#resetTransaction()
    this.#close()
  }

  #close(): void {
    this.#state = 'ended'
    this.#lines.clear()
  }
}

function isAscii(text: string): boolean {
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) > 0x7f) return false
  return true
}
