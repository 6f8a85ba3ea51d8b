/** The OpenAPI document, generated from the schemas of the routes. */
import swagger from '@fastify/swagger'
import fastify from 'fastify'
import { complete, type OpenApi } from './openapi-document.js'
import { compileValidator, type SchemaTypes } from './parameters.js'
import type { App } from './parts.js'
import { shapes } from './schema.js'

/**
 * Describes the routes that `register` adds. They are registered with an app of their own that only describes, so that
 * the one that serves need not carry the generator.
 */
export async function describeRoutes(register: (app: App) => void, version: string): Promise<string> {
  const app: App = fastify({ exposeHeadRoutes: false }).withTypeProvider<SchemaTypes>()
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(() => JSON.stringify)
  for (const shape of shapes) app.addSchema(shape)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'maildouble',
        version,
        description: 'The test double for mail: what was sent to it, over REST and live events.',
      },
    },
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, i) => String(json.$id ?? `shape-${i}`) },
  })
  register(app)
  await app.ready()
  const document = app.swagger() as unknown as OpenApi
  await app.close()
  complete(document)
  return JSON.stringify(document)
}
