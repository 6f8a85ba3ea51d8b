/** Which function does which command: all of one shape, so that a new command is a line here and in command.ts. */
import type { Client } from './client.js'
import type { Verb } from './command.js'
import type { Course } from './course.js'
import * as login from './login-commands.js'
import * as mailbox from './mailbox-commands.js'
import * as message from './message-commands.js'
import type { Result } from './result.js'
import type { Decoder } from './wire.js'

/** Does a command, at once or in steps. The decoder stands before its arguments; throws WireError where they are not by the grammar. */
export type Handler = (client: Client, decoder: Decoder) => Course | Result

export const HANDLERS: Readonly<Record<Verb, Handler>> = {
  CAPABILITY: login.capability,
  NOOP: login.noop,
  LOGOUT: login.logout,
  ID: login.id,
  STARTTLS: login.startTls,
  AUTHENTICATE: login.authenticate,
  LOGIN: login.logIn,
  SELECT: mailbox.select,
  EXAMINE: mailbox.examine,
  CREATE: mailbox.create,
  DELETE: mailbox.remove,
  RENAME: mailbox.rename,
  SUBSCRIBE: mailbox.subscribe,
  UNSUBSCRIBE: mailbox.unsubscribe,
  LIST: mailbox.list,
  LSUB: mailbox.lsub,
  STATUS: mailbox.status,
  APPEND: mailbox.append,
  NAMESPACE: mailbox.namespace,
  IDLE: mailbox.idle,
  CHECK: message.check,
  CLOSE: message.close,
  UNSELECT: message.unselect,
  EXPUNGE: message.expunge,
  SEARCH: message.search,
  FETCH: message.fetch,
  STORE: message.store,
  COPY: message.copy,
  MOVE: message.move,
  'UID EXPUNGE': message.uidExpunge,
  'UID SEARCH': message.uidSearch,
  'UID FETCH': message.uidFetch,
  'UID STORE': message.uidStore,
  'UID COPY': message.uidCopy,
  'UID MOVE': message.uidMove,
}
