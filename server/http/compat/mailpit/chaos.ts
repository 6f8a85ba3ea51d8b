/**
 * Mailpit's chaos as rules: one for each trigger, which stand with the others, say in their reply what set them, and can
 * be changed and taken away there. What is read back is what is there now.
 */

import type { Rule, RuleInput } from '../../../smtp/rule.js'
import type { App } from '../../parts.js'
import { readJson } from '../lenient.js'
import type { MailpitParts } from './parts.js'
import { GivenTriggers, type Triggers } from './shapes.js'

type Name = keyof Triggers

/** The stage at which each strikes. */
const STAGES: readonly (readonly [name: Name, stage: string])[] = [
  ['Sender', 'mail'],
  ['Recipient', 'rcpt'],
  ['Authentication', 'auth'],
]
/** The code of a trigger of which nothing else was said. */
const DEFAULT_CODE = 451

export function chaosRoutes(app: App, { rules }: MailpitParts): void {
  /** The rules that this made, and the codes of triggers that are off. */
  const ids = new Map<Name, string>()
  const codes = new Map<Name, number>()

  const ruleOf = (name: Name): Rule | undefined => {
    const id = ids.get(name)
    return id === undefined ? undefined : rules.get(id)
  }
  const shown = (): Triggers => {
    const triggerOf = (name: Name): Triggers[Name] => {
      const rule = ruleOf(name)
      const isOff = rule === undefined || !rule.enabled
      return {
        ErrorCode: Number.parseInt(String(rule?.reply ?? codes.get(name) ?? DEFAULT_CODE), 10),
        Probability: isOff ? 0 : Math.round(rule.probability * 100),
      }
    }
    return {
      Sender: triggerOf('Sender'),
      Recipient: triggerOf('Recipient'),
      Authentication: triggerOf('Authentication'),
    }
  }

  app.get('/api/v1/chaos', async (): Promise<Triggers> => shown())

  app.put('/api/v1/chaos', async ({ body }): Promise<Triggers> => {
    const given = readJson(GivenTriggers, body)
    for (const [name, on] of STAGES) {
      const { ErrorCode: code = DEFAULT_CODE, Probability: probability = 0 } = given[name] ?? {}
      const input: RuleInput = {
        on,
        reply: `${code} Chaos: ${name.toLowerCase()} error, set by the API of Mailpit`,
        probability: probability / 100,
      }
      const before = ruleOf(name)
      codes.set(name, code)
      if (probability === 0) {
        if (before) rules.remove(before.id)
        ids.delete(name)
      } else ids.set(name, (before && rules.replace(before.id, input)?.id) ?? rules.add(input).id)
    }
    return shown()
  })
}
