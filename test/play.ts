/** Plays a script against a session: at once, byte by byte, and at every two-way split of what the client says. */
import { expect } from 'vitest'
import { clientSays, type Said, serverSays, singleBytes, splits } from './script.js'

/** How a protocol is driven: `feed` gives a fresh session its bytes, `fingerprint` tells whether two runs are the same. */
export interface Player<R extends { replies: string }> {
  feed(said: Iterable<Said>): R
  fingerprint(run: R): string
}

/**
 * Expects the replies that the script has, and the same run whatever the split. Gives the run of what was said at once;
 * `check` looks at that first, so that what is wrong with it is told in full.
 */
export function playScript<R extends { replies: string }>(
  says: readonly string[],
  { feed, fingerprint }: Player<R>,
  check: (whole: R) => void,
): void {
  const client = clientSays(says)
  const whole = feed(client)
  expectReplies(whole.replies, says)
  check(whole)

  // Comparing text first is much faster than a deep comparison at each of hundreds of splits.
  const wanted = fingerprint(whole)
  const expectSame = (run: R, how: string) => {
    if (fingerprint(run) !== wanted) expect({ how, ...run }).toEqual({ how, ...whole })
  }
  expectSame(feed(singleBytes(client)), 'byte by byte')
  for (const { said, at } of splits(client)) expectSame(feed(said), `split at ${at}`)
}

/** Expects the replies that a script has. */
export function expectReplies(replies: string, says: readonly string[]): void {
  const wanted = serverSays(says).split('\r\n')
  const lines = replies.split('\r\n')
  expect(lines.at(-1), 'the last reply has its CRLF').toBe(wanted.at(-1))
  // Where only the words are left open, the line that came stands in, so that the difference shows whole.
  const matched = wanted.map((line, n) => {
    const start = line.endsWith('*') ? line.slice(0, -1) : undefined
    return start !== undefined && lines[n]?.startsWith(start) ? lines[n] : line
  })
  expect(lines).toEqual(matched)
}
