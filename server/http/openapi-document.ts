/**
 * What the generator cannot know and makes the OpenAPI document whole: which errors each route may answer with, and
 * examples. Routes only say that there are errors; which follows from what a route takes, by the rules here, so that a
 * new route has them from the start. A test provokes every one of them.
 */
import { type ErrorCode, STATUS } from './errors.js'
import { ERROR_EXAMPLES, EXAMPLES } from './examples.js'

/** A schema of the document, as far as it is looked into. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  examples?: readonly unknown[]
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
  readonly example?: unknown
}

export interface Media {
  schema: Schema
  examples?: Readonly<Record<string, { readonly value: unknown }>>
}

export interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, Media>>
}

export interface Operation {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  responses: Record<string, Answer>
}

/** The document, as far as it is looked into. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** The name of the shape that a schema refers to; undefined where it is none. */
export function shapeName(schema: Schema): string | undefined {
  return schema.$ref?.replace('#/components/schemas/', '')
}

const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** Makes a generated document whole, in place. */
export function complete(document: OpenApi): void {
  const { schemas } = document.components
  const known = new Map(Object.entries(schemas).map(([name, schema]) => [JSON.stringify(schema), name]))
  for (const [name, schema] of Object.entries(schemas)) {
    if (name in EXAMPLES) schema.examples = [EXAMPLES[name]]
  }
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) {
      for (const media of Object.values(operation.requestBody?.content ?? {})) {
        const name = known.get(JSON.stringify(media.schema))
        if (name) media.schema = reference(name)
        exemplify(media)
      }
      for (const { content = {} } of Object.values(operation.responses)) Object.values(content).forEach(exemplify)
      operation.responses = { ...succeeding(operation), ...failing(path, operation) }
    }
  }
}

function exemplify(media: Media): void {
  const names = (media.schema.anyOf ?? [media.schema]).flatMap(schema => shapeName(schema) ?? [])
  const examples = names.filter(name => name in EXAMPLES).map(name => [name, { value: EXAMPLES[name] }])
  if (examples.length > 0) media.examples = Object.fromEntries(examples)
}

function succeeding({ responses }: Operation): Record<string, Answer> {
  return Object.fromEntries(Object.entries(responses).filter(([status]) => status.startsWith('2')))
}

/** The errors of an operation, by their status. */
function failing(path: string, operation: Operation): Record<string, Answer> {
  const all = errorCodesOf(path, operation)
  return Object.fromEntries(
    [...new Set(all.map(code => STATUS[code]))].map(status => {
      const codes = all.filter(code => STATUS[code] === status)
      const shapes = [...new Set(codes.map(code => (code === 'no_match' ? 'NoMatch' : 'ApiError')))].map(reference)
      const answer: Answer = {
        description: codes.map(code => `\`${code}\``).join(', '),
        content: {
          'application/json': {
            schema: shapes.length === 1 ? (shapes[0] as Schema) : { anyOf: shapes },
            examples: Object.fromEntries(codes.map(code => [code, { value: ERROR_EXAMPLES[code] }])),
          },
        },
      }
      return [status, answer]
    }),
  )
}

/** Orchestrators ask them under any name and without a password, and they take nothing that could be wrong. */
const PROBES: readonly string[] = ['/healthz', '/readyz']

function errorCodesOf(path: string, { parameters = [], requestBody, responses }: Operation): ErrorCode[] {
  const inQuery = parameters.filter(parameter => parameter.in === 'query')
  const takes = (name: string) => inQuery.some(parameter => parameter.name === name)
  /** Whether the route itself says that it may answer with an ApiError under this status. */
  const says = (status: string) =>
    shapeName(responses[status]?.content?.['application/json']?.schema ?? {}) === 'ApiError'
  const codes: ErrorCode[] = ['unknown_parameter']
  if (inQuery.length > 0) codes.push('empty_parameter', 'repeated_parameter')
  if (takes('q') || takes('since') || takes('mail-from')) codes.push('invalid_parameter')
  if (requestBody) codes.push('invalid_body')
  if (!PROBES.includes(path)) codes.push('unauthorized', 'refused_host', 'refused_origin')
  if (path.includes('{') || says('404')) codes.push('not_found')
  if (takes('wait')) codes.push('no_match')
  // A stream says so by an event.
  const streams = Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content)
  if (takes('instance') && !streams) codes.push('reload')
  if (requestBody) codes.push('too_large', 'unsupported_media_type')
  codes.push('internal')
  if (takes('wait') || says('503')) codes.push('busy')
  if (takes('wait')) codes.push('stopping')
  if (says('507')) codes.push('store_full')
  return codes
}
