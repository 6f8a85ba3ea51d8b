/** In place of a message, when several are selected: what can be done with all of them. */
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
  const q = selectionQuery(messages.map(({ id }) => id))
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
        {q !== undefined && (
          <Menu label="Save" className="button" groups={[savedAs({ inbox: null, q, unreadOnly: false }, 'Save as')]}>
            <Icon name="download" /> Save
            <Icon name="down" />
          </Menu>
        )}
        <button type="button" className="button" title="esc" onClick={onClear}>
          Clear
        </button>
      </div>
      {q === undefined && <p>Up to {MAX_QUERY_IDS} can be saved at a time; of a search, any number can.</p>}
    </div>
  )
}
