/** Which rules refused mail that a search may be about: it was never stored, so no search finds it. Pure. */
import type { Attempt } from '../server/http/schema.js'

export interface Refusal {
  ruleId: string
  count: number
}

/** A word with a place for an address: `to:ada`, `rcpt-to:=ada@example.com`, or an address by itself. */
const TERM = /(?:^|\s)(?:(to|rcpt-to|from|mail-from):)?"?=?([^\s":]+)/gi

/** How many of the attempts each rule refused, of those that have the addresses which the search names. */
export function refusalsOf(attempts: readonly Attempt[], q: string): Refusal[] {
  const wanted = [...q.matchAll(TERM)].flatMap(([, name, value = '']) =>
    name || value.includes('@') ? [{ isSender: name?.toLowerCase().endsWith('from'), value: value.toLowerCase() }] : [],
  )
  const counts = new Map<string, number>()
  for (const { from, to, replies } of attempts) {
    const ruleId = replies.findLast(reply => reply.ruleId !== null)?.ruleId
    if (!ruleId) continue
    const fits = wanted.every(({ isSender, value }) => {
      const addresses = isSender ? [from] : isSender === false ? to : [from, ...to]
      return /[*?/]/.test(value) || addresses.some(address => address.toLowerCase().includes(value))
    })
    if (fits) counts.set(ruleId, (counts.get(ruleId) ?? 0) + 1)
  }
  return [...counts].map(([ruleId, count]) => ({ ruleId, count }))
}
