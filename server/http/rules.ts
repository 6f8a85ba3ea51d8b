/** Rules: programmed behaviour, put in, looked at and taken away. What a rule may be is decided by smtp/rule-input.ts. */
import { Type } from 'typebox'
import type * as model from '../smtp/rule.js'
import { Problem } from './errors.js'
import { ownBody, query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, named, Removed, Rule, RuleInput, RuleList } from './schema.js'

export function ruleRoutes(app: App, { rules }: RouteParts): void {
  const tags = ['rules']
  const errors = { '4xx': named(ApiError) }
  const params = Type.Object({ id: Type.String({ description: 'The id of a rule.' }) })

  const listSchema = {
    tags,
    summary: 'Every rule, in the order in which they are asked.',
    querystring: query({}),
    response: { 200: named(RuleList), ...errors },
  }
  app.get('/api/rules', { schema: listSchema }, async (): Promise<{ rules: model.Rule[] }> => {
    return { rules: rules.list() }
  })

  const addSchema = {
    tags,
    summary: 'Adds a rule, behind those that are there.',
    querystring: query({}),
    body: named(RuleInput),
    response: { 201: named(Rule), ...errors },
  }
  app.post(
    '/api/rules',
    { schema: addSchema, validatorCompiler: ownBody },
    async (request, reply): Promise<model.Rule> => {
      reply.code(201)
      return rules.add(request.body)
    },
  )

  const clearSchema = {
    tags,
    summary: 'Removes rules: all of them, or those that touch only one inbox.',
    querystring: query({ inbox: Type.Optional(Type.String({ description: 'The name of an inbox.' })) }),
    response: { 200: named(Removed), ...errors },
  }
  app.delete('/api/rules', { schema: clearSchema }, async ({ query: { inbox } }): Promise<Removed> => {
    return { removed: inbox === undefined ? rules.clear() : rules.removeOf(inbox) }
  })

  const oneSchema = {
    tags,
    summary: 'A rule, and how often it was acted on.',
    params,
    querystring: query({}),
    response: { 200: named(Rule), ...errors },
  }
  app.get('/api/rules/:id', { schema: oneSchema }, async ({ params: { id } }): Promise<model.Rule> => {
    return there(id, rules.get(id))
  })

  const replaceSchema = {
    tags,
    summary: 'Replaces a rule: its place and its hits stay, what it counts and its time begin anew.',
    params,
    querystring: query({}),
    body: named(RuleInput),
    response: { 200: named(Rule), ...errors },
  }
  app.put(
    '/api/rules/:id',
    { schema: replaceSchema, validatorCompiler: ownBody },
    async (request): Promise<model.Rule> => {
      const { id } = request.params
      return there(id, rules.replace(id, request.body))
    },
  )

  const removeSchema = {
    tags,
    summary: 'Removes a rule.',
    params,
    querystring: query({}),
    response: { 200: named(Removed), ...errors },
  }
  app.delete('/api/rules/:id', { schema: removeSchema }, async ({ params: { id } }): Promise<Removed> => {
    there(id, rules.remove(id) || undefined)
    return { removed: 1 }
  })
}

function there<T>(id: string, found: T | undefined): T {
  if (found === undefined) throw new Problem('not_found', `There is no rule ${id}.`, 'GET /api/rules lists them.')
  return found
}
