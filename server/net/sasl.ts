/**
 * SASL mechanisms (RFC 4422) as challenges and responses, for every protocol that logs in. Pure: nothing here decides
 * who may pass; an exchange ends in credentials, and `passes` holds them against those that are allowed.
 *
 * PLAIN is RFC 4616, CRAM-MD5 RFC 2195, OAUTHBEARER RFC 7628; LOGIN and XOAUTH2 are as their inventors documented them.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** The mechanisms that there are, in the order in which they are offered. */
export const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2', 'OAUTHBEARER'] as const
export type Mechanism = (typeof MECHANISMS)[number]

/** What a client proved, or said. */
export interface Credentials {
  /** The mechanism, or what a protocol calls its own way to log in: APOP. */
  mechanism: string
  username: string
  /** Whether they were made with this password; for a bearer token, whether it is the token. In constant time. */
  madeWith(password: string): boolean
}

/** A user name and its password, as an option gives them. */
export interface Account {
  username: string
  password: string
}

/** What comes after a response. */
export type Step =
  | { type: 'challenge'; data: Buffer }
  | { type: 'credentials'; credentials: Credentials }
  /** The response is not of the mechanism's form. */
  | { type: 'malformed' }

/** One exchange. `step` is called with each response, decoded. */
export interface Exchange {
  readonly mechanism: Mechanism
  /** False where the server speaks first, so that an initial response is a mistake (RFC 4954 4). */
  readonly clientFirst: boolean
  /** The challenge that asks for the first response, where the client did not send it at once. */
  begin(): Buffer
  step(response: Buffer): Step
}

/** What a refused bearer token is answered with before the refusal itself (RFC 7628 3.2.2). */
export const BEARER_REFUSED = Buffer.from('{"status":"invalid_token","schemes":"bearer","scope":""}')

/** Whether a mechanism sends a bearer token. */
export function bearsToken(mechanism: Mechanism): boolean {
  return mechanism === 'XOAUTH2' || mechanism === 'OAUTHBEARER'
}

/** Whether credentials pass: any do where no accounts are given; an empty name or password never passes an account. */
export function passes(credentials: Credentials, accounts: readonly Account[] | null): boolean {
  if (accounts === null) return true
  let passed = false
  // Every name and every password is looked at, so that the time taken does not tell which names there are.
  for (const { username, password } of accounts) {
    const isNamed = equal(credentials.username, username)
    const isProved = credentials.madeWith(password)
    if (isNamed && isProved && username !== '' && password !== '') passed = true
  }
  return passed
}

/** Whether an account has that name and that password, for protocols that are given both at once. */
export function isAccount(accounts: readonly Account[], username: string, given: string): boolean {
  return passes({ mechanism: 'PLAIN', username, madeWith: password => equal(given, password) }, accounts)
}

/** What is said without a mechanism: a name and a password. Undefined for a name that is none. */
export function credentialsOf(mechanism: string, username: string, given: string): Credentials | undefined {
  return hasControls(username) ? undefined : { mechanism, username, madeWith: password => equal(given, password) }
}

/** APOP (RFC 1939 7): the digest of the greeting's `challenge` and the password. Undefined where it is none. */
export function apop(challenge: string, username: string, digest: string): Credentials | undefined {
  if (hasControls(username) || !MD5.test(digest)) return undefined
  const madeWith = (password: string) =>
    equal(
      digest.toLowerCase(),
      createHash('md5')
        .update(challenge + password)
        .digest('hex'),
    )
  return { mechanism: 'APOP', username, madeWith }
}

/** Begins an exchange; undefined for a mechanism that there is not. `challenge` is CRAM-MD5's: unique, as a msg-id. */
export function beginExchange(name: string, challenge: () => string): Exchange | undefined {
  switch (name.toUpperCase()) {
    case 'PLAIN':
      return clientFirst('PLAIN', plain)
    case 'LOGIN':
      return login()
    case 'CRAM-MD5':
      return cramMd5(challenge())
    case 'XOAUTH2':
      return clientFirst('XOAUTH2', xoauth2)
    case 'OAUTHBEARER':
      return clientFirst('OAUTHBEARER', oauthbearer)
    default:
      return undefined
  }
}

const MALFORMED: Step = { type: 'malformed' }
const NOTHING = Buffer.alloc(0)
const SPACE = 0x20
const DELETE = 0x7f
const AFTER_C1 = 0xa0
const MD5 = /^[0-9a-f]{32}$/i
/** What parts the fields of a bearer token's message (RFC 7628 3.1). */
const FIELD_END = '\u0001'

function clientFirst(mechanism: Mechanism, step: (response: Buffer) => Step): Exchange {
  return { mechanism, clientFirst: true, begin: () => NOTHING, step }
}

function withPassword(mechanism: Mechanism, username: string, given: string): Step {
  const credentials = credentialsOf(mechanism, username, given)
  return credentials === undefined ? MALFORMED : { type: 'credentials', credentials }
}

/** A name with control characters is none: it would end up in logs and on terminals. */
function hasControls(username: string): boolean {
  for (let n = 0; n < username.length; n++) {
    const code = username.charCodeAt(n)
    if (code < SPACE || (code >= DELETE && code < AFTER_C1)) return true
  }
  return false
}

/** [authzid] NUL authcid NUL passwd */
function plain(response: Buffer): Step {
  const [, authcid, passwd, ...rest] = response.toString().split('\0')
  if (authcid === undefined || passwd === undefined || rest.length > 0) return MALFORMED
  return withPassword('PLAIN', authcid, passwd)
}

function login(): Exchange {
  let username: string | undefined
  return {
    mechanism: 'LOGIN',
    clientFirst: true,
    begin: () => Buffer.from('Username:'),
    step(response) {
      if (username !== undefined) return withPassword('LOGIN', username, response.toString())
      username = response.toString()
      return { type: 'challenge', data: Buffer.from('Password:') }
    },
  }
}

function cramMd5(challenge: string): Exchange {
  return {
    mechanism: 'CRAM-MD5',
    clientFirst: false,
    begin: () => Buffer.from(challenge),
    step(response) {
      const text = response.toString()
      const blank = text.lastIndexOf(' ')
      const digest = text.slice(blank + 1)
      const username = text.slice(0, blank)
      if (blank < 1 || !MD5.test(digest) || hasControls(username)) return MALFORMED
      const madeWith = (password: string) =>
        equal(digest.toLowerCase(), createHmac('md5', password).update(challenge).digest('hex'))
      return { type: 'credentials', credentials: { mechanism: 'CRAM-MD5', username, madeWith } }
    },
  }
}

/** user=NAME ^A auth=Bearer TOKEN ^A ^A */
function xoauth2(response: Buffer): Step {
  const fields = fieldsOf(response.toString())
  const username = fields.get('user')
  const token = bearerToken(fields)
  return username === undefined || token === undefined ? MALFORMED : withPassword('XOAUTH2', username, token)
}

/** gs2-header ^A key=value ^A ... auth=Bearer TOKEN ^A ^A */
function oauthbearer(response: Buffer): Step {
  const text = response.toString()
  const header = /^[ny],(?:a=([^,]*))?,$/.exec(text.split(FIELD_END, 1)[0] as string)
  const token = bearerToken(fieldsOf(text))
  if (!header || token === undefined) return MALFORMED
  // RFC 5801 4: a comma and an equals sign of a name are escaped.
  const username = (header[1] ?? '').replaceAll('=2C', ',').replaceAll('=3D', '=')
  return withPassword('OAUTHBEARER', username, token)
}

function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const field of text.split(FIELD_END)) {
    const equals = field.indexOf('=')
    if (equals > 0) fields.set(field.slice(0, equals), field.slice(equals + 1))
  }
  return fields
}

function bearerToken(fields: Map<string, string>): string | undefined {
  return /^Bearer (\S+)$/i.exec(fields.get('auth') ?? '')?.[1]
}

/** Compares in a time that depends on neither text: hashes are of one length. */
function equal(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
