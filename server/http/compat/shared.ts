/**
 * What the adapters have in common: the tools that they speak for are lenient where our routes are strict, and tell
 * errors in words where ours are JSON.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { problemOf } from '../errors.js'
import type { App } from '../parts.js'

/** What is wrong, in a line: the words of a Problem and what to do. */
export function wordsOf(problem: { message: string; fix: string }): string {
  return `${problem.message} ${problem.fix}`
}

/** Tells errors of an adapter's routes as text, whatever they were thrown as; `report` is told of our defects. */
export function tellErrorsAsText(app: App, report: (error: unknown) => void): void {
  app.setErrorHandler((error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply) => {
    const problem = problemOf(error, report)
    reply.code(problem.statusCode).type('text/plain; charset=utf-8').send(wordsOf(problem))
  })
}
