/** Above the list: how many there are, and what can be done with all of them. */
import './ListHead.css'
import { formatNumber, plural } from '../text.js'
import { go, usePlace } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { ListMenu } from './ListMenu.js'

export function ListHead() {
  const mailbox = useMailbox()
  const { q, unreadOnly } = usePlace()
  const { counts, listing } = mailbox
  const { total } = listing.rows
  const unread = counts?.unread ?? 0
  const { filter } = listing
  const isFiltered = filter.q !== '' || filter.unreadOnly
  const where = filter.inbox === null ? '' : ` in ${filter.inbox}`
  const markAll = `${q ? 'Mark all found' : 'Mark all'}${where} as read`
  const deleteAll = `${isFiltered ? 'Delete all found' : 'Delete all'}${where}`

  return (
    <div className="list-head">
      <h1 className="list-count">
        {listing.status === 'loading'
          ? 'Loading …'
          : q === ''
            ? plural(counts?.total ?? total, 'message')
            : `${formatNumber(total)} found`}
      </h1>
      {(unread > 0 || unreadOnly) && (
        <button
          type="button"
          className="list-unread"
          aria-pressed={unreadOnly}
          title={unreadOnly ? 'Show all' : 'Show unread only'}
          onClick={() => go({ unreadOnly: !unreadOnly }, 'replace')}
        >
          {q === '' ? `${formatNumber(unread)} unread` : 'Unread only'}
          {unreadOnly && <Icon name="close" />}
        </button>
      )}
      <span className="list-head-gap" />
      <button
        type="button"
        className="icon-button"
        aria-label={markAll}
        title={markAll}
        disabled={unread === 0}
        onClick={() => void mailbox.markAllRead()}
      >
        <Icon name="checkAll" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={deleteAll}
        title={deleteAll}
        disabled={total === 0}
        onClick={() => {
          mailbox.deleteAll()
          go({ id: null, tab: null }, 'replace')
        }}
      >
        <Icon name="trash" />
      </button>
      <ListMenu filter={filter} isEmpty={total === 0} />
    </div>
  )
}
