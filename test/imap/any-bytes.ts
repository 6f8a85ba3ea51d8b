/** Any bytes give replies or a close, never an exception, and the same ones in whatever pieces they come. */
import { mailboxes } from './dialogues/mailboxes.js'
import { messages } from './dialogues/messages.js'
import { states } from './dialogues/states.js'

/** Every dialogue there is, by group. */
export const DIALOGUES = { ...states, ...mailboxes, ...messages }
