/**
 * The REST API as the page uses it. Addresses are relative to the document, so that a path prefix works.
 */
import type {
  ApiError,
  Attempt,
  AttemptList,
  CheckList,
  Diagnosis,
  HeaderList,
  Imported,
  Inbox,
  InboxList,
  Info,
  Message,
  MessageList,
  Removed,
  Rule,
  RuleInput,
  RuleList,
  Session,
  SessionList,
} from '../server/http/schema.js'

import type { Fault } from './query.js'

/** A request that was refused, or that nobody answered (`status` 0). Its text is fit to be shown. */
export class RequestError extends Error {
  readonly status: number
  readonly code: string
  readonly fix: string
  /** Where in a search the fault is; null where there is no such place. */
  readonly place: Fault | null
  /** The field of a rule that is at fault: `match.to`; null where none is named. */
  readonly field: string | null

  constructor(status: number, body: Partial<ApiError> & { position?: number; length?: number; field?: string }) {
    super(body.message ?? 'The server did not answer.')
    this.status = status
    this.code = body.error ?? 'no_answer'
    this.fix = body.fix ?? 'Is maildouble still running?'
    const { position, length = 0, field = null } = body
    this.field = field
    this.place = position === undefined ? null : { message: this.message, fix: this.fix, position, length }
  }
}

/** What a request failed with; anything else is a defect of ours, and thrown on. */
export function requestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  throw error
}

/** The filters of a list that the page offers. */
export interface Filter {
  /** The chosen inbox; null for all of them. */
  inbox: string | null
  /** The search box's words; empty for everything. */
  q: string
  unreadOnly: boolean
}

/** How many messages are looked at to say in which inboxes a search finds some, and how many of those are named. */
const ELSEWHERE_LIMIT = 200
const ELSEWHERE_INBOXES = 5

/** How many refused attempts are looked at to say which rules refused some. */
const REFUSED_LIMIT = 200

/** A server that is there answers /healthz within this time, over a slow network too. */
const HEALTH_MS = 4_000

type Params = Record<string, string | number | true | undefined>

/** The address of a route, parameters without a value left out. */
export function address(route: string, params: Params = {}): string {
  const url = new URL(`api/${route}`, document.baseURI)
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  }
  return url.href
}

const filterParams = ({ inbox, q, unreadOnly }: Filter): Params => ({
  inbox: inbox ?? undefined,
  q: q || undefined,
  is: unreadOnly ? 'unread' : undefined,
})

/** What a filter finds, as one file to save. */
export const exportUrl = (filter: Filter, format: 'mbox' | 'html' | 'eml') =>
  address('messages/export', { ...filterParams(filter), format })

/** Where files are sent to; what names no inbox comes to `inbox`. */
export const addFilesUrl = (inbox: string | null) => address('messages', { inbox: inbox ?? undefined })

/** The server's own address, without a slash at its end. */
export const serverUrl = () => new URL('.', document.baseURI).href.replace(/\/$/, '')

async function request(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((error: unknown) => {
    if (init?.signal?.aborted) throw error
    throw new RequestError(0, {})
  })
  if (response.ok) return response
  const body: Partial<ApiError> = await response.json().catch(() => ({
    message: `The server answered ${response.status} ${response.statusText}.`,
    fix: 'Reload the page. If it stays so, look at the log of maildouble.',
  }))
  throw new RequestError(response.status, body.error === 'refused_origin' ? behindProxy(body) : body)
}

/** Here only the page asks: where its own origin is refused, a proxy has changed the Host, and the page knows its address. */
function behindProxy(body: Partial<ApiError>): Partial<ApiError> {
  const url = new URL('.', document.baseURI).href.replace(/\/$/, '')
  return {
    ...body,
    message: 'A proxy hands the requests of this page on under another Host.',
    fix: `Start with: maildouble --public-url ${url}`,
  }
}

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  return (await request(url, init)).json() as Promise<T>
}

const withBody = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const messagePath = (id: string) => `messages/${encodeURIComponent(id)}`

export const rawUrl = (id: string) => address(`${messagePath(id)}/raw`)
export const downloadUrl = (id: string) => address(`${messagePath(id)}/raw`, { download: true })
/** The message as a page that is whole without a server, to save. */
export const pageUrl = (id: string) => address(`${messagePath(id)}.html`, { download: true })
export const partUrl = (id: string, part: string) => address(`${messagePath(id)}/parts/${part}`)

/** All attachments in one archive. */
export const partsZipUrl = (id: string) => address(`${messagePath(id)}/parts.zip`)

/** How a mail's HTML is coloured: by its own rules, or as some clients do that ask nobody. */
export type Scheme = 'light' | 'dark' | 'forced-dark'

/** The page that shows a mail's HTML; `remote` lets it load what it refers to on the network. */
export const htmlUrl = (id: string, scheme: Scheme, remote: boolean) =>
  address(`${messagePath(id)}/html`, { scheme, remote: remote || undefined })

export function listMessages(filter: Filter, start: number, limit: number): Promise<MessageList> {
  return json(address('messages', { ...filterParams(filter), start: start || undefined, limit }))
}

/** Where the same search finds something in other inboxes: of the newest messages that it finds anywhere. */
export async function findElsewhere(
  { inbox, q, unreadOnly }: Filter,
  signal: AbortSignal,
): Promise<{ inboxes: { name: string; count: number }[]; isWhole: boolean }> {
  const list: MessageList = await json(
    address('messages', { ...filterParams({ inbox: null, q, unreadOnly }), limit: ELSEWHERE_LIMIT }),
    { signal },
  )
  const counts = new Map<string, number>()
  for (const name of list.messages.flatMap(({ inboxes }) => inboxes)) {
    if (name !== inbox) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const inboxes = [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count)
  return { inboxes: inboxes.slice(0, ELSEWHERE_INBOXES), isWhole: list.next === null }
}

export const readMessage = (id: string, signal: AbortSignal): Promise<Message> =>
  json(address(messagePath(id)), { signal })

export const readHeaders = (id: string, signal: AbortSignal): Promise<HeaderList> =>
  json(address(`${messagePath(id)}/headers`), { signal })

export async function readRaw(id: string, signal: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await (await request(rawUrl(id), { signal })).arrayBuffer())
}

export async function readText(url: string, signal: AbortSignal): Promise<string> {
  return (await request(url, { signal })).text()
}

/** What the sender of a message may want to know of it. */
export const readChecks = (id: string, signal: AbortSignal): Promise<CheckList> =>
  json(address(`${messagePath(id)}/checks`), { signal })

/** How many pieces of remote content the preview leaves out. */
export async function countBlocked(id: string, signal: AbortSignal): Promise<number> {
  const response = await request(htmlUrl(id, 'light', false), { method: 'HEAD', signal })
  return Number(response.headers.get('x-maildouble-blocked') ?? 0)
}

export const listInboxes = async (): Promise<Inbox[]> => (await json<InboxList>(address('inboxes'))).inboxes

export const listSessions = (inbox: string | null, limit: number, page?: string): Promise<SessionList> =>
  json(address('sessions', { inbox: inbox ?? undefined, limit, page }))

export const readSession = (id: string, signal: AbortSignal): Promise<Session> =>
  json(address(`sessions/${encodeURIComponent(id)}`), { signal })

/** The session that brought a message; 404 where it has left. */
export const readSessionOf = (id: string, signal: AbortSignal): Promise<Session> =>
  json(address(`${messagePath(id)}/session`), { signal })

/** The attempts that a message took, its own the last. */
export const listAttemptsOf = (id: string, signal: AbortSignal): Promise<AttemptList> =>
  json(address(`${messagePath(id)}/attempts`), { signal })

/** The newest attempts that were refused, in the chosen inbox or in all. */
export const listRefused = (inbox: string | null, signal: AbortSignal): Promise<AttemptList> =>
  json(address('attempts', { outcome: 'refused', inbox: inbox ?? undefined, limit: REFUSED_LIMIT }), { signal })

export const readAttempt = (id: string, signal: AbortSignal): Promise<Attempt> =>
  json(address(`attempts/${encodeURIComponent(id)}`), { signal })

export const attemptRawUrl = (id: string) => address(`attempts/${encodeURIComponent(id)}/raw`)

/** Why no mail is there. */
export const readDiagnosis = (signal: AbortSignal): Promise<Diagnosis> => json(address('diagnosis'), { signal })

/** Whether the server answers now, within a moment. */
export function isServerThere(): Promise<boolean> {
  return fetch(new URL('healthz', document.baseURI), {
    cache: 'no-store',
    signal: AbortSignal.timeout(HEALTH_MS),
  }).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** The CA of the certificate that TLS shows; with the server's own one only. */
export const caUrl = () => address('ca.pem')

export const readInfo = (): Promise<Info> => json(address('info'))

/** Messages that one request may name. */
const MAX_IDS = 10_000

export async function markRead(ids: string[], read: boolean): Promise<void> {
  for (let n = 0; n < ids.length; n += MAX_IDS) {
    await request(address('messages'), withBody('PATCH', { ids: ids.slice(n, n + MAX_IDS), read }))
  }
}

/** Marks everything as read that a search finds, in the chosen inbox. */
export async function markAllRead({ inbox, q }: Filter): Promise<void> {
  const selector = { ...(inbox !== null && { inbox }), ...((q || inbox === null) && { q: q || 'is:unread' }) }
  await request(address('messages'), withBody('PATCH', { ...selector, read: true }))
}

/** A message that is gone already is as good as deleted. */
export const deleteMessage = (id: string): Promise<void> => remove(address(messagePath(id)))

/** Deletes what the filter matches and came no later than the cursor. */
export function deleteUntil(filter: Filter, until: number, instance: string): Promise<Removed> {
  return json(address('messages', { ...filterParams(filter), until, instance }), { method: 'DELETE', keepalive: true })
}

/** Adds a message as if it had been received. */
export function addMessage(raw: string, envelope: { from: string; to: string }): Promise<Imported> {
  return json(address('messages', { 'mail-from': envelope.from, 'rcpt-to': envelope.to }), {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822' },
    body: raw,
  })
}

export const listRules = (): Promise<RuleList> => json(address('rules'))

export const addRule = (rule: RuleInput): Promise<Rule> => json(address('rules'), withBody('POST', rule))

const rulePath = (id: string) => address(`rules/${encodeURIComponent(id)}`)

export const replaceRule = (id: string, rule: RuleInput): Promise<Rule> => json(rulePath(id), withBody('PUT', rule))

/** A rule that is gone already is as good as removed. */
export const deleteRule = (id: string): Promise<void> => remove(rulePath(id))

/** `keepalive`: the request outlives the page. */
async function remove(url: string): Promise<void> {
  await request(url, { method: 'DELETE', keepalive: true }).catch((error: unknown) => {
    if (!(error instanceof RequestError && error.status === 404)) throw error
  })
}
