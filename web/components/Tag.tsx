/** One tag: in a row a word, in the header a link to all that have it. */
import './Tag.css'
import { formatQuery } from '../../server/mail/query.js'
import { formatPlace, HOME } from '../url.js'
import { Revealed } from './Revealed.js'

/** Tags that a row has room for. */
const SHOWN_TAGS = 2

export function RowTags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return null
  return (
    <span className="row-tags">
      <span className="off-screen">Tagged </span>
      {tags.slice(0, SHOWN_TAGS).map(tag => (
        <span key={tag} className="tag" dir="auto">
          <Revealed text={tag} />
        </span>
      ))}
      {tags.length > SHOWN_TAGS && <span className="tag">+{tags.length - SHOWN_TAGS}</span>}
    </span>
  )
}

export function TagLink({ tag }: { tag: string }) {
  const q = formatQuery({ type: 'term', operator: 'tag', value: { kind: 'name', text: tag } })
  return (
    <a className="tag" dir="auto" href={formatPlace({ ...HOME, q })} title="Show all with this tag">
      <Revealed text={tag} />
    </a>
  )
}
