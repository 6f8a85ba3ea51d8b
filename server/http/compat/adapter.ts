/** What an adapter is: a thin translation of another tool's API over our parts. Types only. */
import type { App, RouteParts } from '../parts.js'

/**
 * Adds the routes of another tool to an app that is its own: what it sets there (how bodies are read, how errors are
 * told) holds for its routes alone. The hooks of the whole app hold for them, too: the guard, safe headers.
 */
export type Adapter = (app: App, parts: RouteParts) => void | Promise<void>
