/**
 * Everything that a request can be told instead of an answer. A route throws a Problem; the one handler at the end turns
 * it into `{ error, message, fix }` and its status. Codes are part of the API: they are added to, never renamed.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { QueryError } from '../mail/query.js'
import { RuleError } from '../smtp/rule.js'
import type { Site } from './parts.js'
import { NOTHING_HERE_CSP, nothingHerePage } from './refusal-page.js'
import type { ApiError } from './schema.js'

/** The status of each code. */
export const STATUS = {
  bad_request: 400,
  unknown_parameter: 400,
  empty_parameter: 400,
  repeated_parameter: 400,
  invalid_parameter: 400,
  invalid_body: 400,
  unauthorized: 401,
  refused_host: 403,
  refused_origin: 403,
  not_found: 404,
  no_match: 404,
  reload: 409,
  too_large: 413,
  unsupported_media_type: 415,
  internal: 500,
  busy: 503,
  stopping: 503,
  store_full: 507,
} as const

/** The stable codes of errors. */
export type ErrorCode = keyof typeof STATUS

/** What is wrong with a request, for the one who sent it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** The stable code; the status follows from it. */
  readonly code: ErrorCode
  readonly statusCode: number
  /** What to do about it. */
  readonly fix: string
  /** Fields that the body has beside those of every error. */
  readonly more: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, fix: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.statusCode = STATUS[code]
    this.fix = fix
    this.more = more
  }

  body(): ApiError {
    return { error: this.code, message: this.message, fix: this.fix, ...this.more }
  }
}

/** What Fastify refuses by itself, in our words. */
const FASTIFY_PROBLEMS: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Problem(
      'unsupported_media_type',
      'This route does not take a body of that content type.',
      'Send message/rfc822 or application/mbox to POST /api/messages, application/json elsewhere.',
    ),
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new Problem(
      'too_large',
      'The body is larger than what is accepted.',
      'See the limits in /api/info, and send less.',
    ),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new Problem('invalid_body', 'The body is not JSON.', 'Send a JSON object.'),
}

function knownProblemOf(error: FastifyError | Error): Problem | undefined {
  if (error instanceof Problem) return error
  if (error instanceof QueryError) return queryProblem(error)
  if (error instanceof RuleError) return new Problem('invalid_body', error.problem, error.fix, { field: error.field })
  const code = 'code' in error ? error.code : ''
  if (FASTIFY_PROBLEMS[code]) return FASTIFY_PROBLEMS[code]()
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500
  // What serves the page's files says of a folder, and of a path that leads out of them.
  if (status === 403 || status === 404)
    return new Problem('not_found', 'There is nothing here.', 'The page is at /, and the API in /openapi.json.')
  if (status < 500) return new Problem('bad_request', error.message, 'See /openapi.json for what this route takes.')
  return undefined
}

/** What is wrong with a filter; in a query, where. */
function queryProblem({ problem: message, fix, position, length }: QueryError): Problem {
  return new Problem('invalid_parameter', message, fix, position === null ? {} : { position, length })
}

/** What is wrong. What is nobody's request but our defect is reported, and told without its details. */
export function problemOf(error: FastifyError | Error, report: (error: unknown) => void): Problem {
  const known = knownProblemOf(error)
  if (known) return known
  report(error)
  return new Problem('internal', 'maildouble failed to answer this.', 'It is a defect: its log says more.')
}

/** The error handler of our routes; an adapter (compat/) tells the same problems as its tool does. */
export function errorHandler(report: (error: unknown) => void) {
  return (error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply): void => {
    const problem = problemOf(error, report)
    reply.code(problem.statusCode).type('application/json; charset=utf-8').send(JSON.stringify(problem.body()))
  }
}

/** Whether a path is the API's: what is not there is JSON then, never the page. */
export function isApi(url: string): boolean {
  return /^\/api(?:[/?]|$)/.test(url)
}

/** The answer to what is not there: JSON under /api; elsewhere a small page for a browser, and words for who is none. */
export function notFoundHandler({ basePath }: Site) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const { method, url, headers } = request
    if (isApi(url) || method !== 'GET')
      throw new Problem('not_found', `There is no route ${method} ${url.split('?', 1)[0]}.`, 'See /openapi.json.')
    // A proxy that keeps its path brings every request here: the path can only be guessed.
    const hint =
      basePath === '/'
        ? '\nBehind a proxy with a path of its own, start with: maildouble --public-url https://host/path'
        : ''
    if (headers.accept?.includes('text/html')) {
      reply.header('content-security-policy', NOTHING_HERE_CSP)
      reply.code(404).type('text/html; charset=utf-8').send(nothingHerePage({ basePath }, hint))
      return
    }
    reply.code(404).type('text/plain; charset=utf-8').send(`There is nothing here. The page is at ${basePath}${hint}\n`)
  }
}
