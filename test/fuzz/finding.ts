/** What was found: in words, and as short an input as is easily had. */
import { type Fault, faultOf } from './attempt.js'
import type { Target } from './target.js'

/** How often shorter inputs are tried, each as long as the first takes. */
const MAX_TRIES = 300

/** A fault in words; of an error, where it came from. */
export function whatIsWrong(fault: Fault): string {
  if (fault.type === 'stall') return `one turn took ${Math.round(fault.turnMs)} ms`
  return (fault.error.stack ?? String(fault.error)).split('\n').slice(0, 6).join('\n')
}

/** The input, or a shorter one with the same exception: pieces are left out, large ones first. */
export async function shortened(target: Target, input: Buffer, fault: Fault): Promise<Buffer> {
  if (fault.type !== 'exception') return input
  let shortest = input
  let tries = 0
  for (let size = Math.ceil(input.length / 2); size > 0 && tries < MAX_TRIES; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.length && tries < MAX_TRIES; tries++) {
      const tried = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + size)])
      const found = await faultOf(target, tried, false)
      if (found?.type === 'exception' && isSame(found.error, fault.error)) shortest = tried
      else at += size
    }
  }
  return shortest
}

/** Whether two errors come from the same place. */
function isSame(one: Error, other: Error): boolean {
  return placeOf(one) === placeOf(other)
}

function placeOf({ name, stack = '' }: Error): string {
  return `${name} ${/\n\s+at .*/.exec(stack)?.[0]}`
}
