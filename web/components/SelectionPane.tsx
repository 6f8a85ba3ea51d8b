/** When several messages are selected, what can be done with all of them: in place of a message, or above a list that stands alone. */
import type { ReactNode } from 'react'
import type { Summary } from '../../server/http/schema.js'
import { MAX_QUERY_IDS, selectionQuery } from '../selection.js'
import { formatSize, plural } from '../text.js'
import { Icon } from './Icon.js'
import { savedAs } from './ListMenu.js'
import { Menu } from './Menu.js'

interface Props {
  messages: Summary[]
  onRead: () => void
  onDelete: () => void
  onClear: () => void
}

export function SelectionPane({ messages, onRead, onDelete, onClear }: Props) {
  const size = messages.reduce((sum, message) => sum + message.size, 0)
  const areAllRead = messages.every(({ read }) => read)
  return (
    <div className="placeholder">
      <p>
        <strong>{plural(messages.length, 'message')} selected</strong>
      </p>
      <p>{formatSize(size)}</p>
      <div className="placeholder-actions">
        <button type="button" className="button" title="r" onClick={onRead}>
          <Icon name={areAllRead ? 'mail' : 'mailOpen'} />
          {areAllRead ? 'Mark as unread' : 'Mark as read'}
        </button>
        <button type="button" className="button" title="e" onClick={onDelete}>
          <Icon name="trash" /> Delete
        </button>
        <SaveMenu messages={messages} className="button">
          <Icon name="download" /> Save
          <Icon name="down" />
        </SaveMenu>
        <button type="button" className="button" title="esc" onClick={onClear}>
          Clear
        </button>
      </div>
      {messages.length > MAX_QUERY_IDS && (
        <p>Up to {MAX_QUERY_IDS} can be saved at a time; of a search, any number can.</p>
      )}
    </div>
  )
}

/** The same in the place of the list's head. */
export function SelectionHead({ messages, onRead, onDelete, onClear }: Props) {
  const mark = messages.every(({ read }) => read) ? 'Mark as unread' : 'Mark as read'
  return (
    <div className="list-head">
      <button type="button" className="icon-button" aria-label="Clear the selection" onClick={onClear}>
        <Icon name="close" />
      </button>
      <h1 className="list-count">{plural(messages.length, 'message')} selected</h1>
      <span className="list-head-gap" />
      <button type="button" className="icon-button" aria-label={mark} title={mark} onClick={onRead}>
        <Icon name="mailOpen" />
      </button>
      <SaveMenu messages={messages} className="icon-button">
        <Icon name="download" />
      </SaveMenu>
      <button type="button" className="icon-button" aria-label="Delete" title="Delete (e)" onClick={onDelete}>
        <Icon name="trash" />
      </button>
    </div>
  )
}

function SaveMenu({ messages, ...look }: { messages: Summary[]; className: string; children: ReactNode }) {
  const q = selectionQuery(messages.map(({ id }) => id))
  if (q === undefined) return null
  return <Menu label="Save" groups={[savedAs({ inbox: null, q, unreadOnly: false }, 'Save as')]} {...look} />
}
