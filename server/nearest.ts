/** Which known name somebody may have meant: one judgement for options and fields of rules. Pure, and imports nothing. */

/** Characters of what somebody may have meant as a name: what is longer is none, and would take long to compare. */
const MAX_NAME = 100

/** The known name that is nearest to what was given, ignoring case; undefined where none is near. */
export function nearest<Name extends string>(given: string, names: readonly Name[]): Name | undefined {
  if (given.length > MAX_NAME) return undefined
  const near = names
    .map(name => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  return near && near.distance <= Math.max(2, given.length / 3) ? near.name : undefined
}

/** How many letters have to be put in, left out or replaced to make one text of the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
