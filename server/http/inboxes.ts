/** Inboxes: what there is, and registering one for a test. */
import { Type } from 'typebox'
import { addressOf, fileWhatIsThere, isInboxName, type Inbox as RegisteredInbox } from '../mail/inboxes.js'
import { parseDurationMs } from '../units.js'
import { Problem } from './errors.js'
import { query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, type Inbox, InboxInput, InboxList, named, Registered } from './schema.js'

/** The hint in an address that is shown as an example. */
const ANY_HINT = 'test'
/** The longest that a registration lasts unused: a week of a staging server. */
const MAX_TTL_MS = 7 * 24 * 3_600_000

export function inboxRoutes(app: App, parts: RouteParts): void {
  const { store, records, inboxes, rules, addressForm } = parts
  const tags = ['inboxes']
  const errors = { '4xx': named(ApiError) }
  const address = ({ token }: RegisteredInbox) => addressOf(addressForm, token, ANY_HINT)

  const listSchema = {
    tags,
    summary: "Every inbox that is registered, is a listener's, or holds a message.",
    querystring: query({}),
    response: { 200: named(InboxList), ...errors },
  }
  app.get('/api/inboxes', { schema: listSchema }, async (): Promise<InboxList> => {
    const registered = inboxes.list().map(({ name }) => name)
    const names = new Set([...parts.listenerInboxes, ...store.inboxes, ...registered.reverse()])
    return {
      inboxes: [...names].map((name): Inbox => {
        const inbox = inboxes.get(name)
        const { total, unread, bytes } = store.holding(name)
        return {
          name,
          label: inbox?.label ?? null,
          address: inbox ? address(inbox) : null,
          total,
          unread,
          bytes,
          rules: rules.countOf(name),
        }
      }),
    }
  })

  const registerSchema = {
    tags,
    summary: 'Registers an inbox: whatever goes to an address with its token is in it.',
    querystring: query({}),
    body: InboxInput,
    response: {
      200: { ...named(Registered), description: 'It was registered already.' },
      201: { ...named(Registered), description: 'It is registered now.' },
      ...errors,
    },
  }
  app.post('/api/inboxes', { schema: registerSchema }, async (request, reply): Promise<Registered> => {
    const { name, label, ttl } = request.body
    if (name !== undefined && !isInboxName(name))
      throw new Problem(
        'invalid_body',
        `name: ${JSON.stringify(name)} is no name.`,
        'Use letters, digits and . _ @ + -',
      )
    const ttlMs = ttl === undefined ? undefined : readTtl(ttl)
    const cursor = store.cursor
    const { inbox, created } = inboxes.register(
      {
        ...(name !== undefined && { name }),
        ...(label !== undefined && { label }),
        ...(ttlMs !== undefined && { ttlMs }),
      },
      parts.now(),
    )
    if (created) await fileWhatIsThere(store, records, inbox, inboxes)
    reply.code(created ? 201 : 200)
    const { token } = inbox
    return {
      name: inbox.name,
      token,
      label: inbox.label,
      address: address(inbox),
      smtpUrl: smtpUrl(inbox, request.hostname),
      cursor,
    }
  })

  const forgetSchema = {
    tags,
    summary: 'Forgets the registration of an inbox and its rules; its mail stays.',
    params: Type.Object({ name: Type.String({ description: 'The name of the inbox.' }) }),
    querystring: query({}),
    response: { 204: Type.Null({ description: 'It is forgotten.' }), ...errors },
  }
  app.delete('/api/inboxes/:name', { schema: forgetSchema }, async (request, reply) => {
    const { name } = request.params
    if (!inboxes.forget(name))
      throw new Problem('not_found', `There is no registered inbox ${name}.`, 'GET /api/inboxes lists them.')
    return reply.code(204).send()
  })

  /** Under the name by which the client reaches this server, since only that is sure to lead here. */
  function smtpUrl(inbox: RegisteredInbox, host: string): string {
    const port = parts.info().listeners.find(({ protocol }) => protocol === 'smtp')?.port
    return `smtp://${encodeURIComponent(inbox.name)}:any@${host}:${port}`
  }
}

function readTtl(ttl: string): number {
  const ttlMs = parseDurationMs(ttl)
  if (ttlMs === undefined || ttlMs === 0 || ttlMs > MAX_TTL_MS)
    throw new Problem('invalid_body', `ttl: ${JSON.stringify(ttl)} is not allowed.`, 'Give 10m, 1h, at most 168h.')
  return ttlMs
}
