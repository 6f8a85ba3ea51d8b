/**
 * What a real server does on a bad day, to be had with a click: each preset in a sentence, and what it can be narrowed
 * by. What each is made of, the server knows.
 */
import type { RuleInput } from '../server/http/schema.js'

export type PresetName = NonNullable<RuleInput['preset']>

export interface Preset {
  name: PresetName
  title: string
  does: string
  /**
   * Whether the recipients are known when it acts; `each`: it is asked for every one of them, and counts for each.
   * Without, it concerns whoever connects.
   */
  knows: 'each' | 'recipients' | null
}

export const PRESETS: readonly Preset[] = [
  {
    name: 'greylist',
    title: 'Greylisting',
    does: 'Refuses each recipient once with 451, then takes it: does the app try again?',
    knows: 'each',
  },
  { name: 'mailbox-full', title: 'Mailbox full', does: 'Refuses the recipient for now, with 452.', knows: 'each' },
  {
    name: 'no-such-user',
    title: 'No such user',
    does: 'Refuses the recipient for good, with 550: a hard bounce.',
    knows: 'each',
  },
  {
    name: 'slow',
    title: 'Slow server',
    does: 'Answers DATA after 2 s, and reads 10 kB a second.',
    knows: 'recipients',
  },
  {
    name: 'drop-in-data',
    title: 'Drop in DATA',
    does: 'Closes the connection in the middle of the message.',
    knows: 'recipients',
  },
  {
    name: 'lost-ack',
    title: 'Lost answer',
    does: 'Stores the message, and closes before saying so: does the app send it twice?',
    knows: 'recipients',
  },
  { name: 'auth-down', title: 'Login down', does: 'Refuses every login for now, with 454.', knows: null },
  { name: 'rate-limit', title: 'Rate limit', does: 'Refuses with 421 after ten messages in a minute.', knows: null },
  { name: 'shutdown', title: 'Shutting down', does: 'Says 421 to everything, and closes.', knows: null },
  {
    name: 'starttls-stripped',
    title: 'STARTTLS stripped',
    does: 'Leaves STARTTLS out of EHLO: does the app send in the clear?',
    knows: null,
  },
]

/** How long a rule made in the page lasts unless told otherwise: one that is forgotten must not cost an afternoon. */
export const LASTS = [
  { value: '900000', name: '15 minutes' },
  { value: '3600000', name: '1 hour' },
  { value: '', name: 'until removed' },
] as const
export type Lasts = (typeof LASTS)[number]['value']

export interface Narrowed {
  /** Addresses, as a value of the query language; empty for everybody. */
  to: string
  /** Only the first so many times; null for as often as the preset says. */
  times: number | null
  /** The chosen inbox; null for all of them. */
  inbox: string | null
}

/** What is sent to the server for a preset. */
export function presetRule({ name, knows }: Preset, { to, times, inbox }: Narrowed, forMs: number | null): RuleInput {
  const match = knows === null ? {} : { ...(to && { to }), ...(inbox !== null && { inbox }) }
  return {
    preset: name,
    ...(Object.keys(match).length > 0 && { match }),
    ...(knows !== null && times !== null && { times, ...(knows === 'each' && { per: 'recipient' as const }) }),
    ...(forMs !== null && { forMs }),
  }
}
