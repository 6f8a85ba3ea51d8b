/**
 * What may be said before a login and at any time (RFC 3501 6.1 and 6.2, 2971 ID): one function a command.
 */
import { makeChallenge } from '../mailbox/context.js'
import { explainFailure } from '../mailbox/failures.js'
import { wordsOf } from '../mailbox/moments.js'
import { Login, type LoginStep } from '../net/login.js'
import { type Credentials, credentialsOf, MECHANISMS } from '../net/sasl.js'
import { type Client, capabilitiesOf } from './client.js'
import type { Course } from './course.js'
import { bad, no, ok, type Result } from './result.js'
import type { Decoder } from './wire.js'

/** RFC 2971 3.3: more than this nobody has to take. */
const MAX_ID_FIELDS = 30

export function* capability(client: Client, decoder: Decoder): Course {
  decoder.end()
  yield `CAPABILITY ${capabilitiesOf(client)}`
  return ok('This is what there is')
}

export function noop(_client: Client, decoder: Decoder): Result {
  decoder.end()
  return ok('Nothing done')
}

export function* logout({ moments, username }: Client, decoder: Decoder): Course {
  decoder.end()
  const verdict = moments.quit('LOGOUT', username)
  const words = wordsOf(verdict)
  if (verdict?.silent || words?.refuses) return { ...no(words?.text ?? '', 'UNAVAILABLE'), verdict }
  yield 'BYE See you'
  return { ...ok(words?.text ?? 'Logged out'), verdict, after: 'logout' }
}

export function* id(_client: Client, decoder: Decoder): Course {
  decoder.space()
  if (!decoder.takeNil()) {
    let values = 0
    decoder.list(() => {
      values += 1
      if (values > 2 * MAX_ID_FIELDS) decoder.fail(`at most ${MAX_ID_FIELDS} fields`)
      if (values % 2 === 1) decoder.string()
      else decoder.nstring()
    })
    if (values % 2 === 1) decoder.fail('a value for each field')
  }
  decoder.end()
  yield 'ID ("name" "maildouble")'
  return ok('This is who we are')
}

export function startTls(client: Client, decoder: Decoder): Result {
  decoder.end()
  const { context, moments, tls } = client
  if (tls !== null) return bad('TLS is up already')
  if (!context.options.tls) return bad('There is no TLS here: start maildouble with --tls')
  const verdict = moments.startTls('STARTTLS')
  const words = wordsOf(verdict)
  if (verdict?.silent || words?.refuses) return { ...no(words?.text ?? '', 'UNAVAILABLE'), verdict }
  return { ...ok('Begin TLS'), verdict, after: 'starttls' }
}

export function* logIn(client: Client, decoder: Decoder): Course {
  decoder.space()
  const username = decoder.text()
  decoder.space()
  const password = decoder.text()
  decoder.end()
  if (!mayLogIn(client)) return TLS_FIRST
  const credentials = credentialsOf('LOGIN', username, password)
  if (credentials === undefined) return bad('A user name has no control characters')
  const { result } = yield* judged(client, credentials)
  return result
}

export function* authenticate(client: Client, decoder: Decoder): Course {
  decoder.space()
  const mechanism = decoder.atom()
  // mutt sends a blank where it has no initial response.
  const initial = decoder.take(' ') && !decoder.atEnd ? [decoder.atom()] : []
  decoder.end()
  if (!mayLogIn(client)) return TLS_FIRST
  const begun = Login.begin([mechanism, ...initial].join(' '), () => makeChallenge(client.context), MECHANISMS)
  let { step } = begun
  for (;;) {
    if (step.type === 'failed') return resultOf(client, step)
    if (step.type === 'credentials') {
      const { result, hasPassed } = yield* judged(client, step.credentials)
      const next = hasPassed || result.verdict ? null : begun.login?.refuse()
      if (next?.type !== 'challenge') return result
      step = next
    }
    const input = yield { type: 'ask', prompt: step.data.toString('base64'), isSecret: true, wakes: false }
    const line = input?.type === 'line' ? input.line.toString('latin1') : '*'
    step = (begun.login as Login).respond(line)
  }
}

const TLS_FIRST = no('Say STARTTLS first: logins in the clear are refused', 'PRIVACYREQUIRED')
const BAD_CREDENTIALS = no('This user name and password are none of --mailbox-auth', 'AUTHENTICATIONFAILED')

function mayLogIn({ context, tls }: Client): boolean {
  return tls !== null || !context.options.requireTls
}

function resultOf({ visit }: Client, { why, mechanism }: Extract<LoginStep, { type: 'failed' }>): Result {
  if (why === 'refused') return BAD_CREDENTIALS
  const text = explainFailure(why, mechanism)
  visit.because('auth', `the login failed: ${text}`)
  const said = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  // RFC 3501 6.2.2: a mechanism that there is not is refused; the rest is no login at all.
  return why === 'unknown-mechanism' ? no(`${said}: there are ${MECHANISMS.join(', ')}`, 'CANNOT') : bad(said)
}

/** Has credentials judged, by a rule or else by who knows the accounts. */
function* judged(client: Client, credentials: Credentials): Course<{ result: Result; hasPassed: boolean }> {
  const { mechanism, username } = credentials
  client.username = username
  const verdict = client.moments.login(mechanism, username)
  const words = wordsOf(verdict)
  if (verdict?.silent || words?.refuses) {
    refused(client, credentials, words?.text ?? 'a rule ended the login')
    const code = words?.isTemporary ? 'UNAVAILABLE' : 'AUTHENTICATIONFAILED'
    return { result: { ...no(words?.text ?? '', code), verdict }, hasPassed: false }
  }
  // What a rule lets pass need not be judged.
  const answer = words === null ? yield { type: 'login', credentials } : undefined
  if (answer?.type === 'judged' && !answer.passed) {
    refused(client, credentials, BAD_CREDENTIALS.text)
    return { result: { ...BAD_CREDENTIALS, verdict }, hasPassed: false }
  }
  client.auth = { mechanism, username }
  client.mailboxes = client.context.host.open(username)
  client.visit.loggedIn()
  client.note(`logged in: ${mechanism}, user "${username}"`)
  const result = ok(words?.text ?? 'Logged in', `CAPABILITY ${capabilitiesOf(client)}`)
  return { result: { ...result, verdict }, hasPassed: true }
}

function refused({ visit, note }: Client, { mechanism, username }: Credentials, why: string): void {
  visit.because('auth', `the login was refused: ${why}`)
  note(`the login was refused: ${mechanism}, user "${username}"`)
}
