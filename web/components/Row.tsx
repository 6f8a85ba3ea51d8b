/** One message in the list. The row is a link, so it can be opened in a tab of its own; the code copies with a click. */
import './Row.css'
import { memo } from 'react'
import type { Summary } from '../../server/http/schema.js'
import { useMailboxActions } from '../mailbox.js'
import { formatListTime, formatTime, plural, revealedText, shortName, withoutInvisible } from '../text.js'
import { currentPlace, formatPlace, go } from '../url.js'
import { Icon } from './Icon.js'
import { Revealed } from './Revealed.js'

interface Props {
  message: Summary
  isOpen: boolean
  onDelete: (message: Summary) => void
}

export const Row = memo(function Row({ message, isOpen, onDelete }: Props) {
  const mailbox = useMailboxActions()
  const { id, read, from, envelope, subject, snippet, attachments, warnings, otp, receivedAt } = message
  const sender = from ? shortName(from) : envelope.from || 'No sender'
  const [recipient = 'nobody', ...others] = envelope.to
  return (
    <div className="row" data-read={read || undefined} data-open={isOpen || undefined}>
      <a
        className="row-link"
        href={formatPlace({ ...currentPlace(), id })}
        data-id={id}
        aria-current={isOpen ? 'true' : undefined}
        aria-label={describe(message)}
        onClick={event => {
          // The address in the link is as old as the row; what it is for is a tab of its own.
          if (event.ctrlKey || event.metaKey || event.shiftKey) return
          event.preventDefault()
          go({ id })
        }}
      >
        <span className="row-line">
          <span className="row-sender">
            <Revealed text={sender} />
          </span>
          <span className="row-recipient" title={envelope.to.slice(0, 20).map(revealedText).join('\n')}>
            to <Revealed text={recipient} />
            {others.length > 0 && ` +${others.length}`}
          </span>
          <time dateTime={receivedAt} title={formatTime(receivedAt)}>
            {formatListTime(receivedAt)}
          </time>
        </span>
        <span className="row-line">
          <span className="row-subject" dir="auto">
            {subject ? <Revealed text={subject} /> : <em>No subject</em>}
          </span>
          {attachments > 0 && <Icon name="clip" />}
          {warnings.length > 0 && (
            <span className="row-warning" title={warnings.join('\n')}>
              <Icon name="warning" />
            </span>
          )}
        </span>
        <span className="row-line">
          <span className="row-snippet" dir="auto">
            {withoutInvisible(snippet)}
          </span>
          {otp && <span className="row-code-room">{otp}</span>}
        </span>
      </a>
      {otp && (
        <button
          type="button"
          className="row-code"
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
        onClick={() => onDelete(message)}
      >
        <Icon name="trash" />
      </button>
    </div>
  )
})

/** The row in a sentence, for a screen reader. */
function describe({ read, from, envelope, subject, receivedAt, attachments, warnings }: Summary): string {
  const words = [
    read ? undefined : 'Unread',
    subject || 'No subject',
    `from ${from ? shortName(from) : envelope.from || 'nobody'}`,
    `to ${envelope.to[0] ?? 'nobody'}${envelope.to.length > 1 ? ` and ${envelope.to.length - 1} more` : ''}`,
    formatListTime(receivedAt),
    attachments > 0 ? plural(attachments, 'attachment') : undefined,
    warnings.length > 0 ? plural(warnings.length, 'warning') : undefined,
  ]
  return revealedText(words.filter(Boolean).join(', '))
}
