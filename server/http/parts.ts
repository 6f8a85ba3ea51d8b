/** What the app is made of, and what every file of routes is given. Types only. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Contents } from '../mail/content.js'
import type { Inboxes } from '../mail/inboxes.js'
import type { Loop } from '../mail/loop.js'
import type { Records } from '../mail/records.js'
import type { MailStore } from '../mail/store.js'
import type { Rules } from '../smtp/rules.js'
import type { Adapter } from './compat/adapter.js'
import type { Finder } from './find.js'
import type { LiveHub } from './live.js'
import type { SchemaTypes } from './parameters.js'
import type { Limits, Listener } from './schema.js'
import type { Waits } from './waits.js'

/** Where the page is, as browsers see it, and from where it may be asked. */
export interface Site {
  /** The path of the page: begins and ends with a slash. A proxy may strip it from what it hands on, or not. */
  basePath: string
  /** Where people open the page behind a proxy, without a slash at its end; null where there is none. */
  publicUrl: string | null
  /** Host names that are allowed beside the local ones and that of the public URL. */
  allowHosts: readonly string[]
  /** Origins of other sites whose pages may use the API; `*` is every one. */
  corsOrigins: readonly string[]
}

/** What the app is made of. */
export interface AppParts {
  store: MailStore
  contents: Contents
  inboxes: Inboxes
  records: Records
  rules: Rules
  /** The inboxes that listeners were given. */
  listenerInboxes: readonly string[]
  /** The form of test addresses, with {hint} and {token}. */
  addressForm: string
  loop: Loop
  /** The wall clock, in milliseconds since 1970. */
  now(): number
  version: string
  /** Where the built page lies; null where there is none. */
  webRoot: string | null
  site: Site
  /** Whether a user name and its password may come in; null where nobody is asked. */
  mayEnter: ((username: string, password: string) => boolean) | null
  /** The CA of the certificate that was made, as PEM; null without TLS, and with a certificate of the user's own. */
  caPem: string | null
  /** What only the one who started the listeners knows. */
  info(): { listeners: Listener[]; limits: Limits; startedAtMs: number }
  /** The tools that it stands in for beside its own API; every one unless said. */
  adapters?: readonly Adapter[]
  /** Told of defects. */
  report(error: unknown): void
}

/** What every file of routes is given. */
export interface RouteParts extends AppParts {
  finder: Finder
  waits: Waits
  live: LiveHub
  /** The OpenAPI document. */
  describe(): Promise<string>
}

/** An app whose routes are typed by their schemas. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, SchemaTypes>
