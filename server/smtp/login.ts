/** AUTH (RFC 4954): what the steps of a login, which net/login.ts takes, are answered in SMTP. */
import type { Answered } from '../net/login.js'
import { type Reply, replies } from './reply.js'

/** The reply to a step that has no credentials. */
export function replyTo(step: Answered): Reply {
  if (step.type === 'challenge') return replies.challenge(step.data)
  switch (step.why) {
    case 'syntax':
      return replies.syntax('AUTH <mechanism> [initial response]')
    case 'unknown-mechanism':
      return replies.unknownMechanism(step.mechanism)
    case 'server-first':
      return replies.serverFirst(step.mechanism)
    case 'cancelled':
      return replies.loginCancelled
    case 'bad-base64':
      return replies.badBase64
    case 'malformed':
      return replies.badResponse(step.mechanism)
    case 'refused':
      return replies.badCredentials
  }
}
