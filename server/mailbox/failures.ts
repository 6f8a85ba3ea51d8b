/** Why a login cannot go on, in words for POP3 and IMAP, whose answers have no codes for it. */
import type { LoginFailure } from '../net/login.js'

export function explainFailure(why: Exclude<LoginFailure, 'refused'>, mechanism: string): string {
  switch (why) {
    case 'syntax':
      return 'say a mechanism, and an initial response in base64 or none'
    case 'unknown-mechanism':
      return 'there is no such mechanism'
    case 'server-first':
      return `${mechanism} has no initial response`
    case 'cancelled':
      return 'login cancelled'
    case 'bad-base64':
      return 'this is not base64'
    case 'malformed':
      return `this is not a response of ${mechanism}`
  }
}
