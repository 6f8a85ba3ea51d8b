/** Jim, MailHog's chaos monkey, as rules of ours: what he does by chance they do, at the same moments. */
import { Type } from 'typebox'
import type { RuleInput } from '../../../smtp/rule.js'
import type { RouteParts } from '../../parts.js'
import { readJson } from '../lenient.js'

/** The settings of Jim, the chaos monkey, as he begins. */
const JIM = {
  DisconnectChance: 0.005,
  AcceptChance: 0.99,
  LinkSpeedAffect: 0.1,
  LinkSpeedMin: 1024,
  LinkSpeedMax: 10_240,
  RejectSenderChance: 0.05,
  RejectRecipientChance: 0.05,
  RejectAuthChance: 0.05,
}

const chance = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }))
const speed = Type.Optional(Type.Number({ minimum: 0 }))

const Settings = Type.Object({
  DisconnectChance: chance,
  AcceptChance: chance,
  LinkSpeedAffect: chance,
  LinkSpeedMin: speed,
  LinkSpeedMax: speed,
  RejectSenderChance: chance,
  RejectRecipientChance: chance,
  RejectAuthChance: chance,
})

/** Jim's settings where one is left out: he does nothing. */
const IDLE_JIM: typeof JIM = {
  ...JIM,
  DisconnectChance: 0,
  AcceptChance: 1,
  LinkSpeedAffect: 0,
  RejectSenderChance: 0,
  RejectRecipientChance: 0,
  RejectAuthChance: 0,
}

/** Jim as rules of ours: he is there as long as one of them is, or for as long as he was told to do nothing. */
export class Jim {
  readonly #rules: RouteParts['rules']
  #here: { fields: typeof JIM; ids: string[] } | null = null

  constructor(rules: RouteParts['rules']) {
    this.#rules = rules
  }

  /** Does what a request asks, and says the status and what to answer. Throws a Problem. */
  asked(method: 'GET' | 'POST' | 'PUT' | 'DELETE', body: unknown): { status: number; fields?: typeof JIM } {
    const here = this.#look()
    if (method === 'POST' ? here : !here) return { status: method === 'POST' ? 400 : 404 }
    if (method === 'GET') return { status: 200, fields: here?.fields ?? JIM }
    if (method === 'DELETE') {
      this.#leave()
      return { status: 200 }
    }
    const fields = method === 'POST' && !body ? JIM : { ...IDLE_JIM, ...readJson(Settings, body) }
    this.#leave()
    this.#here = { fields, ids: rulesOf(fields).map(rule => this.#rules.add(rule).id) }
    return { status: method === 'POST' ? 201 : 200 }
  }

  /** Rules can be removed by other routes as well. */
  #look() {
    const { ids = [] } = this.#here ?? {}
    if (ids.length > 0 && !ids.some(id => this.#rules.get(id))) this.#here = null
    return this.#here
  }

  #leave(): void {
    for (const id of this.#here?.ids ?? []) this.#rules.remove(id)
    this.#here = null
  }
}

/** The rules that do what Jim does; a speed within his bounds is the one in their middle. Dice differ by their seeds. */
function rulesOf(jim: typeof JIM): RuleInput[] {
  const bytesPerSecond = Math.max(1, Math.round((jim.LinkSpeedMin + jim.LinkSpeedMax) / 2))
  const all: [probability: number, rule: RuleInput][] = [
    [1 - jim.AcceptChance, { on: 'connect', action: 'close' }],
    [jim.RejectSenderChance, { on: 'mail', reply: '550 Invalid sender' }],
    [jim.RejectRecipientChance, { on: 'rcpt', reply: '550 Invalid recipient' }],
    [jim.RejectAuthChance, { on: 'auth', reply: '535 Invalid credentials' }],
    [jim.LinkSpeedAffect, { on: 'data', bytesPerSecond }],
    [jim.DisconnectChance, { on: 'any', action: 'close' }],
  ]
  return all.flatMap(([probability, rule], n) => (probability > 0 ? [{ ...rule, probability, seed: n + 1 }] : []))
}
