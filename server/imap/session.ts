/**
 * One IMAP connection as a state machine over bytes: IMAP4rev1 (RFC 3501) and the extensions that client.ts names.
 *
 * reader.ts makes commands of what comes, and each runs as a course (course.ts) in the file of its kind: login-commands.ts,
 * mailbox-commands.ts, message-commands.ts. One runs at a time; what a client says meanwhile waits. Here are what may be
 * said when, farewells, and what rules want; the rest is as for POP3 (mailbox/session.ts).
 */
import type { Envelope } from '../mail/message.js'
import { wordsOf } from '../mailbox/moments.js'
import { MailboxSession } from '../mailbox/session.js'
import { shownResponse } from '../net/login.js'
import type { Interruption, TlsInfo } from '../net/session.js'
import { type Client, capabilitiesOf, type ImapContext } from './client.js'
import { COMMANDS, type Opening, openingOf, readOpening, type Verb } from './command.js'
import { type Ask, type Course, catchUp, type ImapAnswer, type ImapEvent, type Input } from './course.js'
import { HANDLERS } from './handlers.js'
import { CommandReader, type Judgement, MAX_LINE_BYTES } from './reader.js'
import { shownCommand } from './record.js'
import { bad, printable, type Result, shownResult } from './result.js'
import { Decoder, type Piece, WireError } from './wire.js'

export type { ImapContext } from './client.js'
export type { ImapAnswer, ImapEvent } from './course.js'

/** Where somebody has not logged in, a literal is a name or a password. */
const MAX_STRANGER_LITERAL_BYTES = 8 * 1024
const MAX_LITERAL_BYTES = 64 * 1024
/** Untagged responses of a command that are kept in the record; of a large mailbox there may be very many. */
const MAX_RECORDED_RESPONSES = 50

/** Commands that are done before others get their turn: a client may say hundreds at once. */
const COMMANDS_OF_A_TURN = 20

/** While these are answered no message may leave (RFC 3501 7.4.1): their numbers are being used. */
const HOLD_NUMBERS: ReadonlySet<Verb> = new Set<Verb>(['FETCH', 'STORE', 'SEARCH'])

/** A command that runs. */
interface Running {
  readonly tag: string
  readonly verb: Verb
  readonly course: Course
  /** How many untagged responses it has said, and how many bytes beside them. */
  responses: number
  bytes: number
}

export class ImapSession extends MailboxSession<ImapEvent, ImapAnswer> {
  readonly #context: ImapContext
  readonly #client: Client
  readonly #reader = new CommandReader(this.lines)
  #running: Running | null = null
  /** What the command that runs waits for; undefined where it can go on. */
  #ask: Ask | undefined
  /** What the last step brought. */
  #input: Input
  /** Something has changed since a command last looked. */
  #isWoken = false
  /** Commands that were done since others had their turn. */
  #doneInTurn = 0

  constructor(context: ImapContext) {
    super(context)
    this.#context = context
    this.#client = {
      context,
      moments: this.moments,
      visit: this.visit,
      tls: null,
      username: null,
      auth: null,
      mailboxes: null,
      view: null,
      note: text => this.voice.note(text),
    }
  }

  get tls(): TlsInfo | null {
    return this.#client.tls
  }

  get auth(): Envelope['auth'] {
    return this.#client.auth
  }

  get username(): string | null {
    return this.#client.username
  }

  answer(answer: ImapAnswer): void {
    if (this.state !== 'answering') return
    this.state = 'ready'
    this.#input = answer
  }

  wake(): void {
    this.#isWoken = true
  }

  interrupt(cause: Interruption, detail?: string): void {
    this.voice.breakIn(cause)
    if (this.state === 'ended') return
    switch (cause) {
      case 'end':
        this.voice.note('the connection was lost')
        break
      case 'idle':
        this.#farewell('the client fell silent', 'Nothing was said for too long')
        break
      case 'shutdown':
        this.#farewell('the server was shut down', 'The server is shut down')
        break
      case 'overload':
        this.visit.because('greeted', 'there were too many connections')
        this.#farewell('there were too many connections', 'There are too many connections')
        break
      case 'tls-failed':
        this.fail('tls', `the TLS handshake failed${detail === undefined ? '' : `: ${detail}`}`)
        break
      case 'failure':
        this.visit.because('greeted', 'the server failed, see its log')
        this.#farewell('the server failed', 'The server failed; its log says how')
        break
    }
    this.close()
  }

  override secured(tls: TlsInfo): void {
    super.secured(tls)
    this.#reader.clear()
    this.#client.tls = tls
  }

  protected work(): 'done' | 'later' | 'waiting' {
    if (this.#running !== null && this.#ask === undefined) return this.#step(this.#running)
    if (this.#ask?.wakes && this.#isWoken) {
      this.#bring({ type: 'woken' })
      return 'done'
    }
    if (this.#doneInTurn >= COMMANDS_OF_A_TURN) {
      this.#doneInTurn = 0
      return 'later'
    }
    return this.#read() ? 'done' : 'waiting'
  }

  // What comes in.

  /** Reads what there is; false where there is too little. */
  #read(): boolean {
    if (!this.begin()) return false
    if (this.#ask !== undefined) return this.#readLine(this.#ask)
    const incoming = this.#reader.next(this.#judge)
    switch (incoming?.type) {
      case undefined:
        return false
      case 'command':
        this.#command(incoming.pieces)
        break
      case 'literal':
        this.#say('+ Go on')
        break
      case 'refused': {
        const { tag, verb } = openingOf(incoming.line)
        this.record.said('client', shownCommand({ tag, verb }, []))
        this.#end(tag, verb ?? 'a command', incoming.result)
        break
      }
      case 'lost':
        this.visit.remark(incoming.reason)
        this.#say(`* BYE ${incoming.reason}`)
        this.close()
        break
    }
    return true
  }

  /** A line that a command waits for. */
  #readLine({ isSecret }: Ask): boolean {
    const limit = isSecret ? this.#context.options.maxAuthLineBytes : MAX_LINE_BYTES
    const line = this.lines.line(limit)
    switch (line?.type) {
      case undefined:
        return false
      case 'line':
        this.record.said('client', isSecret ? shownResponse(line.bytes) : line.bytes.toString('latin1'))
        this.#bring({ type: 'line', line: line.bytes })
        break
      case 'too-long':
        this.voice.note('a line that is too long came, and was skipped')
        this.#finish(bad(`A line has at most ${limit} octets here`))
        break
      case 'endless':
        this.visit.remark('a line does not end')
        this.#say('* BYE a line does not end')
        this.close()
        break
    }
    return true
  }

  /** Whether a command can be, by its first line. */
  readonly #judge = (line: Buffer): Judgement => {
    const { tag, verb } = openingOf(line)
    const isStranger = this.#client.mailboxes === null
    const ordinary = isStranger ? MAX_STRANGER_LITERAL_BYTES : MAX_LITERAL_BYTES
    const maxLiteralBytes = verb === 'APPEND' && !isStranger ? this.#context.maxMessageBytes : ordinary
    return { refusal: this.#refusalOf({ tag, verb }), maxLiteralBytes }
  }

  #refusalOf({ tag, verb }: Opening): Result | null {
    if (tag === null) return bad('A command is a tag, a space and what is wanted: A1 NOOP')
    if (verb === null) return bad('There is no such command')
    const { mailboxes, view } = this.#client
    switch (COMMANDS[verb].place) {
      case 'always':
        return null
      case 'before-login':
        return mailboxes === null ? null : bad('You are logged in already')
      case 'after-login':
        return mailboxes === null ? bad('Log in first') : null
      case 'selected':
        if (mailboxes === null) return bad('Log in first')
        return view === null ? bad('SELECT a mailbox first') : null
    }
  }

  // Commands.

  #command(pieces: readonly Piece[]): void {
    const decoder = new Decoder(pieces)
    const { tag, verb } = readOpening(decoder)
    this.record.said('client', shownCommand({ tag, verb }, pieces))
    // It was judged by its first line.
    if (tag === null || verb === null) return
    this.visit.verb(verb)
    this.#doneInTurn += 1
    this.#running = { tag, verb, course: this.#perform(verb, decoder), responses: 0, bytes: 0 }
    this.#input = undefined
  }

  *#perform(verb: Verb, decoder: Decoder): Course {
    const begun = HANDLERS[verb](this.#client, decoder)
    const result = 'status' in begun ? begun : yield* begun
    this.#isWoken = false
    const { view } = this.#client
    // SELECT has told what there is.
    if (view !== null && verb !== 'SELECT' && verb !== 'EXAMINE') yield* catchUp(view, !HOLD_NUMBERS.has(verb))
    return result
  }

  #step(running: Running): 'later' | 'done' {
    const input = this.#input
    this.#input = undefined
    try {
      const { value, done } = running.course.next(input)
      if (done) this.#finish(value)
      else if (typeof value === 'string') this.#respond(running, value)
      else if (Buffer.isBuffer(value)) {
        running.bytes += value.length
        this.voice.send(value)
      } else if (value.type === 'later') return 'later'
      else if (value.type === 'ask') {
        this.#ask = value
        if (value.prompt !== null) this.#say(`+ ${value.prompt}`)
      } else {
        this.want(value)
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#finish(bad(`${error.message}: ${COMMANDS[running.verb].syntax}`))
    }
    return 'done'
  }

  /** Gives the command that runs what it waited for. */
  #bring(input: Input): void {
    this.#isWoken = false
    this.#ask = undefined
    this.#input = input
  }

  /** An untagged response. */
  #respond(running: Running, text: string): void {
    running.responses += 1
    if (running.responses <= MAX_RECORDED_RESPONSES && text.length <= MAX_LINE_BYTES) {
      this.#say(`* ${text}`)
      return
    }
    const bytes = Buffer.from(`* ${text}\r\n`, 'latin1')
    running.bytes += bytes.length
    this.voice.send(bytes)
  }

  /** The command that runs has ended. */
  #finish(result: Result): void {
    const { tag, verb, bytes } = this.#running as Running
    this.#running = null
    this.#ask = undefined
    if (bytes > 0) this.voice.note(`${bytes} bytes of answers`)
    this.#end(tag, verb, result)
  }

  #end(tag: string | null, verb: string, result: Result): void {
    const { verdict = null } = result
    this.voice.answer(verdict?.silent ? null : `${tag ?? '*'} ${shownResult(result)}\r\n`, verdict, verb)
    switch (result.after) {
      case 'logout':
        this.close()
        break
      case 'starttls':
        this.secure(verdict)
        break
    }
    if (result.status !== 'BAD') this.forgetErrors()
    else this.countError()
  }

  // What is said, and how it ends.

  protected greet(): void {
    const verdict = this.moments.connection()
    const words = wordsOf(verdict)
    if (words?.refuses) {
      this.voice.answer(`* BYE ${printable(words.text)}\r\n`, verdict, 'connecting')
      this.fail('greeted', `the greeting was refused: ${words.text}`)
      this.close()
      return
    }
    const { name } = this.#context.options
    const greeting = `* OK [CAPABILITY ${capabilitiesOf(this.#client)}] ${printable(name)} IMAP maildouble\r\n`
    this.voice.answer(verdict?.silent ? null : greeting, verdict, 'connecting')
  }

  #say(text: string): void {
    this.voice.say(`${text}\r\n`)
  }

  /** Says goodbye; not in the midst of an answer, where it would be taken for a part of it. */
  #farewell(note: string, words: string): void {
    this.voice.note(note)
    if (this.#running === null || this.#running.bytes === 0) this.#say(`* BYE ${words}`)
  }

  protected onTooManyErrors(): void {
    this.#say('* BYE There were too many errors')
  }

  protected override close(): void {
    super.close()
    this.#running = null
    this.#ask = undefined
    this.#reader.clear()
    this.#client.view = null
    if (this.#client.mailboxes !== null) this.#context.host.close(this.#client.mailboxes)
    this.#client.mailboxes = null
  }
}
