/** How the tools that adapters speak for read what is sent to them: leniently, where our own routes are strict. */
import type { FastifySchemaCompiler } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Errors } from 'typebox/schema'
import { Problem } from '../errors.js'
import type { App } from '../parts.js'

/** Hands every body to the routes as text, whatever it is called: many clients of these tools do not say, or say wrong. */
export function takeBodiesAsText(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
}

/** As much of JSON Schema as shapes of requests use. */
interface Shape {
  type?: string
  properties?: Readonly<Record<string, Shape>>
  items?: Shape
  minimum?: number
  maximum?: number
}

/**
 * Has an adapter's routes read their parameters as their tools do: one that is unknown is passed over, as is a number
 * that is none, or is out of bounds; of one given twice the first counts. Bodies are read by `readJson`.
 */
export function takeParametersLeniently(app: App): void {
  app.setValidatorCompiler(lenient)
}

const lenient: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart !== 'querystring') return value => ({ value })
  const { properties = {} } = schema as Shape
  return given => {
    const value: Record<string, unknown> = {}
    for (const [name, shape] of Object.entries(properties)) {
      const [text] = [given[name]].flat()
      if (typeof text !== 'string' || text === '') continue
      const read = shape.type === 'integer' ? integerOf(text, shape) : text
      if (read !== undefined) value[name] = read
    }
    return { value }
  }
}

function integerOf(text: string, { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Shape): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value > maximum) return maximum
  return value >= minimum ? value : undefined
}

/** Reads a body by its shape: keys whatever their case, unknown ones passed over, null as if left out. */
export function readJson<Schema extends TSchema>(schema: Schema, body: unknown): Static<Schema> {
  let given: unknown
  try {
    given = JSON.parse(typeof body === 'string' ? body : '')
  } catch {
    throw new Problem('invalid_body', 'The body is not JSON.', 'Send a JSON object.')
  }
  const value = fitted(schema as Shape, given)
  const [isValid, [first]] = Errors(schema, value)
  if (isValid) return value as Static<Schema>
  const where = first?.instancePath.slice(1).replaceAll('/', '.') || 'The body'
  throw new Problem('invalid_body', `${where} ${first?.message ?? 'is wrong'}.`, 'See the documentation of this API.')
}

function fitted({ properties, items }: Shape, given: unknown): unknown {
  if (items && Array.isArray(given)) return given.map(one => fitted(items, one))
  if (!properties || typeof given !== 'object' || given === null || Array.isArray(given)) return given
  const names = new Map(Object.keys(properties).map(name => [name.toLowerCase(), name]))
  const value: Record<string, unknown> = {}
  for (const [key, one] of Object.entries(given)) {
    const name = names.get(key.toLowerCase())
    if (name !== undefined && one !== null) value[name] = fitted(properties[name] as Shape, one)
  }
  return value
}
