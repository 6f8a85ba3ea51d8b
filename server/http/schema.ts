/**
 * The contract of the REST API and of the live events: a TypeBox schema for every payload, and its type under the same
 * name. Routes, OpenAPI, the page and the test library all read it here; nothing states a shape a second time. The
 * shapes of each resource are in a schema-*.ts of its own.
 *
 * Times are RFC 3339 in UTC with milliseconds, sizes are bytes. A shape with an `$id` is a named component of the
 * OpenAPI document, and is referred to by that name; checks at the end of each file hold shapes equal to the types that
 * they show.
 */
import { checkShapes } from './schema-checks.js'
import { inboxShapes } from './schema-inboxes.js'
import { liveShapes } from './schema-live.js'
import { messageShapes } from './schema-messages.js'
import { ruleShapes } from './schema-rules.js'
import { sessionShapes } from './schema-sessions.js'
import { systemShapes } from './schema-system.js'

export * from './schema-checks.js'
export * from './schema-inboxes.js'
export * from './schema-live.js'
export * from './schema-messages.js'
export * from './schema-rules.js'
export * from './schema-sessions.js'
export * from './schema-system.js'
export { named } from './shape.js'

/** Every named shape: the components of the OpenAPI document. */
export const shapes = [
  ...messageShapes,
  ...checkShapes,
  ...inboxShapes,
  ...sessionShapes,
  ...ruleShapes,
  ...systemShapes,
  ...liveShapes,
]
