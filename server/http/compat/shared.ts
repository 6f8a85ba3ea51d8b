/**
 * What the adapters have in common: the tools that they speak for are lenient where our routes are strict, and tell
 * errors in words where ours are JSON.
 */
import type { WebSocket } from '@fastify/websocket'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { problemOf } from '../errors.js'
import type { Outlet, Wording } from '../live.js'
import { openStream, socketOutlet } from '../outlets.js'
import type { App, RouteParts } from '../parts.js'
import { sendPieces } from '../send.js'

/** Characters of JSON that are written at a time, and how many of a text are looked at in one go. */
const JSON_PIECE_CHARACTERS = 64 * 1024

/** What is wrong, in a line: the words of a Problem and what to do. */
export function wordsOf(problem: { message: string; fix: string }): string {
  return `${problem.message} ${problem.fix}`
}

/** An error in the words of the tool that is stood in for: clients compare them. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** What is wrong with a request and how it is answered; `report` is told of what is our defect. */
export function faultOf(error: FastifyError | Error, report: (error: unknown) => void) {
  if (error instanceof ToolError) return { statusCode: error.statusCode, text: error.message }
  const problem = problemOf(error, report)
  return { statusCode: problem.statusCode, text: wordsOf(problem) }
}

/** Tells the errors of an adapter's routes as text. */
export function tellErrorsAsText(app: App, report: (error: unknown) => void): void {
  app.setErrorHandler((error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode, text } = faultOf(error, report)
    reply.code(statusCode).type('text/plain; charset=utf-8').send(text)
  })
}

/** What the routes of a tool's live feed are made of: everything that changes, in the tool's words. */
export function liveFeed({ finder, live, report }: RouteParts, wording: Wording) {
  const serve = (outlet: Outlet, gone: AbortController) => {
    const { matcher } = finder.scope({})
    const everything = { wording, matcher, inbox: undefined, since: undefined, instance: undefined }
    live.join(outlet, everything, gone.signal).catch(error => {
      report(error)
      outlet.end('stopping')
    })
  }
  return {
    /** Refuses a client too many, before it is upgraded. */
    preHandler: async (): Promise<void> => live.checkRoom(),
    wsHandler(socket: WebSocket, request: FastifyRequest): void {
      const gone = new AbortController()
      socket.once('close', () => gone.abort())
      serve(socketOutlet(socket, request), gone)
    },
    streamHandler(_request: FastifyRequest, reply: FastifyReply): void {
      const gone = new AbortController()
      reply.hijack()
      reply.raw.once('close', () => gone.abort())
      serve(openStream(reply), gone)
    },
  }
}

/** Removes every message, and says how many there were. */
export function removeAll({ store }: Pick<RouteParts, 'store'>): Promise<number> {
  return store.remove(store.list().map(({ id }) => id))
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Sends JSON that may be larger than the mail in it: a long text holds nothing up. */
export function sendJson(reply: FastifyReply, value: unknown, type = JSON_TYPE) {
  return sendTexts(reply, jsonOf(value), type)
}

/** Where a list stands in what is sent: beside other fields, under a name. */
interface Setting {
  readonly beside: Readonly<Record<string, unknown>>
  readonly as: string
}

/** Sends a list as JSON, each item made when its turn comes: the list is never in memory as a whole. */
export function sendJsonList(
  reply: FastifyReply,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  type = JSON_TYPE,
  setting?: Setting,
) {
  const before = setting ? `${JSON.stringify(setting.beside).slice(0, -1)},${JSON.stringify(setting.as)}:[` : '['
  return sendTexts(reply, listOf(items, before, setting ? ']}' : ']'), type)
}

function sendTexts(reply: FastifyReply, texts: Iterable<string> | AsyncIterable<string>, type: string) {
  // Set past Fastify, which would name a charset that the tool does not.
  reply.raw.setHeader('content-type', type)
  return sendPieces(reply, gathered(texts))
}

async function* listOf(items: Iterable<unknown> | AsyncIterable<unknown>, before: string, after: string) {
  yield before
  let between = ''
  for await (const item of items) {
    yield between
    yield* jsonOf(item)
    between = ','
  }
  yield after
}

/** Texts as bytes, many short ones together. */
async function* gathered(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Buffer> {
  let together = ''
  for await (const text of texts) {
    together += text
    if (together.length < JSON_PIECE_CHARACTERS) continue
    yield Buffer.from(together)
    together = ''
  }
  yield Buffer.from(together)
}

/** What JSON.stringify says of a value, in pieces. */
function* jsonOf(value: unknown): Generator<string, void, undefined> {
  if (typeof value === 'string' && value.length > JSON_PIECE_CHARACTERS) {
    yield '"'
    // A pair of surrogates that is cut comes as two escapes, which mean the same.
    for (let at = 0; at < value.length; at += JSON_PIECE_CHARACTERS)
      yield JSON.stringify(value.slice(at, at + JSON_PIECE_CHARACTERS)).slice(1, -1)
    yield '"'
  } else if (typeof value === 'object' && value !== null) {
    const [open, close] = Array.isArray(value) ? '[]' : '{}'
    let before = open
    for (const [key, field] of Object.entries(value)) {
      if (field === undefined) continue
      yield Array.isArray(value) ? `${before}` : `${before}${JSON.stringify(key)}:`
      yield* jsonOf(field)
      before = ','
    }
    yield before === open ? `${open}${close}` : `${close}`
  } else {
    yield JSON.stringify(value)
  }
}
