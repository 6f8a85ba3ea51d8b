/**
 * The tools that maildouble stands in for: one line each. Whoever takes an adapter out deletes its files and its line,
 * and nothing else notices. No route of ours imports an adapter, no adapter a route of ours or another adapter.
 */
import type { App, RouteParts } from '../parts.js'
import type { Adapter } from './adapter.js'
import { mailcatcher } from './mailcatcher.js'
import { maildev } from './maildev.js'
import { mailhog } from './mailhog/index.js'
import { mailpit } from './mailpit/index.js'

/** Every adapter; where two tools have the same path, the first one's answer is given. */
export const ADAPTERS: readonly Adapter[] = [mailpit, mailhog, maildev, mailcatcher]

/** Registers adapters, each by itself. They stand in no document of ours: their tools have their own. */
export function compatRoutes(app: App, parts: RouteParts, adapters: readonly Adapter[]): void {
  for (const adapter of adapters) app.register(async scope => adapter(scope as App, parts))
}
