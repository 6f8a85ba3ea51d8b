/** What checks found in a message, as the API gives it. */
import { type Static, Type } from 'typebox'
import type * as checks from '../mail/checks/check.js'
import { named, nullable, type Same } from './shape.js'

export const Check = Type.Object(
  {
    id: Type.String({ description: 'Names the check, always the same: placeholder. docs/checks.md lists them.' }),
    level: Type.Union([Type.Literal('error'), Type.Literal('warning'), Type.Literal('info')], {
      description:
        'error: readers see it, or servers refuse it; warning: some clients or filters stumble; info: good to know.',
    }),
    title: Type.String({ description: 'What was found, in one line.' }),
    explanation: Type.String({ description: 'Why it matters and what to do.' }),
    part: nullable(Type.String(), 'The part that it is about; empty for the message itself; null for no place.'),
    offset: nullable(
      Type.Integer({ minimum: 0 }),
      'The byte of the raw message where it stands, or close to it; null where it stands nowhere.',
    ),
  },
  { $id: 'Check', description: 'One result of a check.' },
)
export type Check = Static<typeof Check>

export const CheckList = Type.Object(
  { checks: Type.Array(named(Check), { description: 'Errors first, then warnings, then info.' }) },
  { $id: 'CheckList', description: 'What the sender may want to know of a message.' },
)
export type CheckList = Static<typeof CheckList>

/** The named shapes of this file. */
export const checkShapes = [Check, CheckList]

type Holds<T extends true> = T

/** The shape of the API is the type of mail/checks. */
export type CheckSchemaHolds = Holds<Same<Check, checks.Check>>
