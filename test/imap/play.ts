/** Plays a dialogue against a fresh ImapSession: whatever the split, the same replies and the same mail must come out. */
import { expect } from 'vitest'
import { expectReplies } from '../play.js'
import { clientSays, type Said, singleBytes, splits } from '../script.js'
import { type Circumstances, feed, type Run } from './drive.js'

/** What a dialogue is to bring, beside its replies. What is left out is not looked at. */
export interface Dialogue extends Circumstances {
  /** Names the case, and the section that it shows. */
  name: string
  says: readonly string[]
  /** What is in the store at the end. */
  stored?: readonly Partial<Run['stored'][number]>[]
  outcome?: string | RegExp
  /** What was recorded: `client: a1 NOOP`; these lines must be among it. */
  transcript?: readonly string[]
  /** Whether the session has ended of itself; false if left out. */
  ended?: boolean
}

/** Splits that are tried of a dialogue; every one of a short one. Each is a run, and there are hundreds of dialogues. */
const MAX_SPLITS = 25
/** What is played byte by byte: a longer one in pieces of some bytes. */
const MAX_SINGLE_BYTES = 3000
const PIECE_BYTES = 97

export async function play(dialogue: Dialogue): Promise<void> {
  const client = clientSays(dialogue.says)
  const whole = await feed(client, dialogue)
  expectReplies(whole.replies, dialogue.says)
  if (dialogue.stored) expect(whole.stored).toMatchObject([...dialogue.stored])
  if (dialogue.outcome) expect(whole.outcome).toMatch(dialogue.outcome)
  if (dialogue.transcript) expect(whole.transcript).toEqual(expect.arrayContaining([...dialogue.transcript]))
  expect(whole.ended).toBe(dialogue.ended ?? dialogue.interrupt !== undefined)

  const wanted = JSON.stringify(whole)
  const expectSame = (run: Run, how: string) => {
    if (JSON.stringify(run) !== wanted) expect({ how, ...run }).toEqual({ how, ...whole })
  }
  expectSame(await feed(inPieces(client), dialogue), 'byte by byte')
  const all = [...splits(client)]
  const step = Math.max(1, all.length / MAX_SPLITS)
  for (let n = 0; n < all.length; n += step) {
    const { said, at } = all[Math.floor(n)] as (typeof all)[number]
    expectSame(await feed(said, dialogue), `split at ${at}`)
  }
}

function inPieces(said: readonly Said[]): Iterable<Said> {
  const bytes = said.reduce((sum, each) => sum + each.length, 0)
  return bytes <= MAX_SINGLE_BYTES
    ? singleBytes(said)
    : said.flatMap<Said>(each => (each === 'TLS' ? [each] : pieces(each)))
}

function pieces(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / PIECE_BYTES)
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES))
}
