/** What was said on a connection, line by line, both sides told apart. */
import './Transcript.css'
import type { TranscriptLine } from '../../server/http/schema.js'
import { isOfRule } from '../rule-words.js'
import { Revealed } from './Revealed.js'
import { WithRule } from './WithRule.js'

const SPEAKERS = { client: 'app', server: 'maildouble', note: 'note' } as const

/** A reply that refuses: SMTP's code begins with 4 or 5, POP3 says -ERR, and IMAP NO or BAD behind a tag. */
const REFUSAL = /^(?:[45]\d\d[ -]|-ERR\b|\S+ (?:NO|BAD)\b)/

export function Transcript({ lines }: { lines: readonly TranscriptLine[] }) {
  if (lines.length === 0) return <p className="quiet">Nothing was said.</p>
  return (
    <ol className="transcript">
      {lines.map(({ at, from, line }, n) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity beyond their place
          key={n}
          data-from={from}
          data-rule={(from === 'note' && isOfRule(line)) || undefined}
          data-refusal={(from === 'server' && REFUSAL.test(line)) || undefined}
        >
          <time>{formatAt(at)}</time>
          <span className="transcript-who">{lines[n - 1]?.from === from ? '' : SPEAKERS[from]}</span>
          <span className="transcript-line">
            {from === 'note' ? <WithRule text={line} /> : <Revealed text={line} />}
          </span>
        </li>
      ))}
    </ol>
  )
}

/** Milliseconds since the connection, as a person compares them. */
function formatAt(atMs: number): string {
  return atMs < 1000 ? `${atMs} ms` : `${(atMs / 1000).toFixed(atMs < 10_000 ? 2 : 1)} s`
}
