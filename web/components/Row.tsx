/** One message in the list. The row is a link, so it can be opened in a tab of its own; the code copies with a click. */
import './Row.css'
import { memo } from 'react'
import type { Summary } from '../../server/http/schema.js'
import { howSelected, type SelectHow } from '../selection.js'
import { plural, revealedText, shortName, withoutInvisible } from '../text.js'
import { currentPlace, formatPlace } from '../url.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { Revealed } from './Revealed.js'
import { RowTags } from './Tag.js'
import { Time } from './Time.js'

interface Props {
  message: Summary
  isOpen: boolean
  /** Whether Tab stops here. */
  isTabStop: boolean
  isSelected: boolean
  onSelect: (id: string, how: SelectHow) => void
  onOpen: (id: string) => void
  onDelete: (messages: Summary[]) => void
}

export const Row = memo(function Row({ message, isOpen, isTabStop, isSelected, onSelect, onOpen, onDelete }: Props) {
  const mailbox = useMailboxActions()
  const { id, read, from, envelope, subject, snippet, attachments, warnings, otp, receivedAt, tags } = message
  const sender = from ? shortName(from) : envelope.from || 'No sender'
  const [recipient = 'nobody', ...others] = envelope.to
  return (
    <div className="row" data-read={read || undefined} data-open={isOpen || isSelected || undefined}>
      <a
        className="row-link"
        href={formatPlace({ ...currentPlace(), id })}
        data-id={id}
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isOpen ? 'true' : undefined}
        onClick={event => {
          // The address in the link is for a tab of its own, by the middle button or the menu.
          event.preventDefault()
          const how = howSelected(event)
          if (how) onSelect(id, how)
          else onOpen(id)
        }}
      >
        <span className="row-line">
          {isSelected && <span className="off-screen">Selected, </span>}
          {!read && <span className="off-screen">Unread, </span>}
          <span className="row-sender">
            <Revealed text={sender} />
          </span>
          <span className="row-recipient" title={envelope.to.slice(0, 20).map(revealedText).join('\n')}>
            to <Revealed text={recipient} />
            {others.length > 0 && ` +${others.length}`}
          </span>
          <Time at={receivedAt} short />
        </span>
        <span className="row-line">
          <span className="row-subject" dir="auto">
            {subject ? <Revealed text={subject} /> : <em>No subject</em>}
          </span>
          {attachments > 0 && (
            <span className="row-sign">
              <Icon name="clip" />
              <span className="off-screen">{plural(attachments, 'attachment')}</span>
            </span>
          )}
          {warnings.length > 0 && (
            <span className="row-sign row-warning" title={warnings.map(revealedText).join('\n')}>
              <Icon name="warning" />
              <span className="off-screen">{plural(warnings.length, 'warning')}</span>
            </span>
          )}
        </span>
        <span className="row-line">
          <span className="row-snippet" dir="auto">
            {withoutInvisible(snippet)}
          </span>
          <RowTags tags={tags} />
          {otp && <span className="row-code-room">{otp}</span>}
        </span>
      </a>
      {otp && (
        <button
          type="button"
          className="row-code"
          tabIndex={isTabStop ? 0 : -1}
          title="Copy the code (y)"
          aria-label={`Copy the code ${otp}`}
          onClick={() => void mailbox.copy(otp, `the code ${otp}`)}
        >
          {otp}
        </button>
      )}
      <button
        type="button"
        className="row-delete"
        tabIndex={-1}
        title="Delete (e)"
        aria-label={`Delete ${subject || 'the message'}`}
        onClick={() => onDelete([message])}
      >
        <Icon name="trash" />
      </button>
    </div>
  )
})
