/**
 * One SMTP connection as a state machine over bytes (RFC 5321, with 1870, 2034, 2920, 3461, 6152 and 6531).
 *
 * Every transition stands here. A line becomes a Command in command.ts, a body is read by data.ts, words come from
 * reply.ts; one method per verb decides what they mean now, and returns its reply. What is overlooked goes through
 * `#lenient`, and what is said goes through `#say`, each one place; account.ts remembers why nothing was delivered.
 *
 * The states: `connected` until HELO or EHLO, `greeted` between transactions, `transaction` from MAIL on, `data` from
 * 354 to the end of the body, `answering` while the message is with the store, `ended`.
 */
import type { Envelope, Received } from '../mail/message.js'
import { LineBuffer } from '../net/lines.js'
import { Output } from '../net/output.js'
import type { Interruption, Later, Session, TlsInfo } from '../net/session.js'
import { Account } from './account.js'
import { isAscii } from './characters.js'
import type { RefusedVerb, Verb } from './command.js'
import { COMMANDS, parseCommand } from './command.js'
import type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'
import { DotReader } from './data.js'
import type { Leniency } from './leniency.js'
import { leniency } from './leniency.js'
import type { PathArguments } from './path.js'
import { isAddressLiteral, isDomain, mailArguments, rcptArguments } from './path.js'
import { Reply, replies } from './reply.js'
import { Transaction } from './transaction.js'

export type { SmtpAnswer, SmtpContext, SmtpEvent, SmtpOptions } from './context.js'

type State = 'connected' | 'greeted' | 'transaction' | 'data' | 'answering' | 'ended'

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
  readonly #context: SmtpContext
  readonly #options: Readonly<SmtpOptions>

  #state: State = 'connected'
  readonly #lines = new LineBuffer()
  readonly #output = new Output()
  /** Whether the first bytes have been looked at: TLS and HTTP show there. */
  #begun = false
  #helo = ''
  #tls: TlsInfo | null = null
  #transaction: Transaction | null = null
  #data: DotReader | null = null
  /** What broke in while the store had the message: said after the answer, so that a stored message gets its 250. */
  #interruption: Interruption | null = null

  #protocolErrors = 0
  readonly #account = new Account()

  constructor(context: SmtpContext) {
    this.id = context.sessionId
    this.#context = context
    this.#options = context.options
    this.#say(hellosOf(this.#options).greeting)
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  /** How many messages were stored. */
  get delivered(): number {
    return this.#account.delivered
  }

  /** What a strict server would have refused, in words, each once. */
  get warnings(): readonly string[] {
    return this.#account.warnings
  }

  /** In words: how many messages were delivered, or the first reason why none was. */
  get outcome(): string {
    return this.#account.outcome
  }

  receive(chunk: Buffer): void {
    if (this.#state !== 'ended') this.#lines.push(chunk)
  }

  next(): SmtpEvent | Later | undefined {
    for (;;) {
      if (this.#state === 'answering' || this.#state === 'ended') return undefined
      // The client has to read what was said before it is told more.
      if (this.#output.isFull) return LATER
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
          this.#account.because('a line did not end within 64 KiB')
          this.#end(replies.endlessLine)
          break
      }
    }
  }

  answer(answer: SmtpAnswer): void {
    if (this.#state !== 'answering') return
    this.#state = 'greeted'
    if (answer.type === 'stored') {
      this.#account.deliver()
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
        this.#account.because('there were too many connections')
        // In place of the greeting, which was not sent yet.
        this.#output.clear()
        this.#end(replies.overload)
        break
      case 'tls-failed':
        this.#account.because('the TLS handshake failed')
        this.#end(null)
        break
      case 'failure':
        this.#account.because('the server failed, see its log')
        this.#end(replies.failure)
        break
    }
  }

  secured(tls: TlsInfo): void {
    this.#tls = tls
    this.#lines.clear()
    this.#helo = ''
    this.#resetTransaction()
    this.#account.forgetHello()
    this.#state = 'connected'
  }

  output(): Buffer | undefined {
    return this.#output.take()
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
        this.#account.because(TLS_ON_PLAIN_PORT)
        this.#end(null)
        return false
      }
    }
    this.#begun = true
    return true
  }

  #command(bytes: Buffer, bareLf: boolean): void {
    const isFirst = this.#account.isBlank
    this.#account.line()
    if (bareLf) this.#lenient(leniency.bareLf)
    const command = parseCommand(bytes)
    switch (command.type) {
      case 'command': {
        if (command.extraBlanks) this.#lenient(leniency.extraBlanks)
        this.#account.verb(command.verb)
        const reply = this.#dispatch(command.verb, command.argument)
        if (reply.refuses) this.#refuse(reply, command.verb)
        else this.#say(reply)
        break
      }
      case 'refused':
        this.#account.verb(command.verb)
        this.#refuse(this.#refused(command.verb), command.verb)
        break
      case 'http':
        if (isFirst) {
          this.#account.because(HTTP_ON_SMTP_PORT)
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
    this.#account.hello()
    this.#resetTransaction()
    this.#helo = name
    this.#state = 'greeted'
    return hellosOf(this.#options)[verb === 'EHLO' ? 'ehlo' : 'helo']
  }

  #mail(verb: Envelope['verb'], argument: string): Reply {
    if (this.#state === 'connected') return replies.helloFirst
    if (this.#transaction !== null) return replies.nestedMail
    const parsed = mailArguments(argument)
    if (parsed instanceof Reply) return parsed
    const { maxMessageBytes } = this.#options
    const { SIZE: size } = parsed.params
    if (size !== undefined && Number(size) > maxMessageBytes) return replies.tooLarge(maxMessageBytes)
    if (this.#context.storeFull?.()) return replies.storeFull
    this.#transaction = new Transaction(verb, parsed)
    this.#overlook(parsed, this.#transaction)
    this.#state = 'transaction'
    return replies.senderOk
  }

  #rcpt(_verb: Verb, argument: string): Reply {
    const transaction = this.#transaction
    if (transaction === null) return this.#state === 'connected' ? replies.helloFirst : replies.mailFirst
    const reply = this.#recipient(transaction, argument)
    if (reply.refuses) transaction.refuse(reply)
    return reply
  }

  #recipient(transaction: Transaction, argument: string): Reply {
    const { maxRecipients } = this.#options
    const parsed = rcptArguments(argument)
    if (parsed instanceof Reply) return parsed
    if (transaction.recipientCount >= maxRecipients) return replies.tooManyRecipients(maxRecipients)
    this.#overlook(parsed, transaction)
    transaction.accept(parsed)
    return replies.recipientOk
  }

  #startData(verb: Verb, argument: string): Reply {
    if (argument !== '') return replies.noArgument(verb)
    const transaction = this.#transaction
    if (transaction === null) return this.#state === 'connected' ? replies.helloFirst : replies.mailFirst
    if (transaction.recipientCount === 0) return replies.noRecipients
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
    const { peer, sessionId } = this.#context
    return {
      raw,
      envelope: (this.#transaction as Transaction).envelope({
        helo: this.#helo,
        remoteAddress: peer.remoteAddress,
        remotePort: peer.remotePort,
        localPort: peer.localPort,
        tls: this.#tls,
        auth: null,
      }),
      receivedAtMs: this.#context.now(),
      inboxes: ['default'],
      sessionId,
      attempts: 1,
      warnings: this.#account.messageWarnings(),
    }
  }

  #refuseMessage(reply: Reply): void {
    this.#account.because(`the message was refused: ${reply}`)
    this.#resetTransaction()
    this.#say(reply)
  }

  /** Ends the transaction, if one is open, and notes when it failed for want of recipients. */
  #resetTransaction(): void {
    const refusal = this.#transaction?.refusal
    if (refusal) this.#account.because(`all recipients were refused: ${refusal}`)
    this.#transaction = null
    this.#data = null
    this.#account.endTransaction()
    if (this.#state === 'transaction') this.#state = 'greeted'
  }

  // What is overlooked, what is said, and why it ends.

  /** Takes what a strict server would refuse, and remembers that it did. */
  #lenient(overlooked: Leniency): void {
    this.#account.overlook(overlooked)
  }

  #overlook({ path, leniencies }: PathArguments, transaction: Transaction): void {
    for (const overlooked of leniencies) this.#lenient(overlooked)
    if (!transaction.allowsUtf8 && !isAscii(path)) this.#lenient(leniency.utf8WithoutSmtputf8)
  }

  #say(reply: Reply): void {
    this.#output.add(reply.bytes)
  }

  /** Says a refusal; a client that breaks the protocol without end is sent away. */
  #refuse(reply: Reply, verb = 'a line'): void {
    // A refused recipient is a reason only if all were refused.
    if (verb !== 'RCPT') this.#account.refuse(verb, reply)
    this.#say(reply)
    if (!reply.isProtocolError) return
    this.#protocolErrors += 1
    if (this.#protocolErrors < this.#options.maxProtocolErrors) return
    this.#account.because(`there were ${this.#protocolErrors} protocol errors; the last: ${reply}`)
    this.#end(replies.tooManyErrors)
  }

  /** Says where it was that something broke off the session. */
  #breakOff(what: string): void {
    if (this.#state === 'data') {
      this.#account.because(`${what} in DATA after ${(this.#data as DotReader).size.toLocaleString('en-US')} bytes`)
    }
    this.#resetTransaction()
    this.#account.breakOff(what)
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
