/** Subject, who to whom, when; the code to copy, the link to open, and what can be done. */
import './MessageHead.css'
import { Fragment, useState } from 'react'
import type { Address, Message, Summary } from '../../server/http/schema.js'
import { isChoice } from '../inboxes.js'
import { mainLink } from '../links.js'
import { formatSize, plural } from '../text.js'
import { currentPlace, formatPlace, go, HOME } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { Revealed } from './Revealed.js'
import { ShareMenu } from './ShareMenu.js'
import { TagLink } from './Tag.js'
import { Time } from './Time.js'
import { Warnings } from './Warnings.js'

/** Addresses shown before "and 40 more". */
const SHOWN_ADDRESSES = 6

interface Props {
  summary: Summary | Message
  message: Message | undefined
  onDelete: () => void
}

export function MessageHead({ summary, message, onDelete }: Props) {
  const mailbox = useMailbox()
  const {
    id,
    subject,
    from,
    to,
    cc,
    bcc,
    hiddenRecipients,
    receivedAt,
    size,
    read,
    warnings,
    envelope,
    attempts,
    tags,
  } = summary
  // Where every message is at least, there is no word to lose about it.
  const inboxes = isChoice(mailbox.inboxes.list) ? summary.inboxes : []
  const code = (message ?? summary).otp
  const link = message && mainLink(message.links)

  return (
    <header className="head">
      <div className="head-top">
        <button
          type="button"
          className="icon-button head-back"
          aria-label="Back to the list"
          onClick={() => go({ id: null, tab: null })}
        >
          <Icon name="back" />
        </button>
        <h2 className="head-subject" dir="auto">
          {subject ? <Revealed text={subject} /> : <em>No subject</em>}
        </h2>
        <div className="head-actions">
          <button
            type="button"
            className="icon-button"
            aria-label={read ? 'Mark as unread' : 'Mark as read'}
            title={read ? 'Mark as unread (r)' : 'Mark as read (r)'}
            onClick={() => void mailbox.setRead([summary], !read)}
          >
            <Icon name={read ? 'mail' : 'mailOpen'} />
          </button>
          <ShareMenu summary={summary} message={message} />
          <a
            className="icon-button head-own-tab"
            href={formatPlace({ ...HOME, id })}
            target="_blank"
            rel="noreferrer"
            aria-label="Open in a tab of its own"
            title="Open in a tab of its own"
          >
            <Icon name="external" />
          </a>
          <button type="button" className="icon-button" aria-label="Delete" title="Delete (e)" onClick={onDelete}>
            <Icon name="trash" />
          </button>
        </div>
      </div>

      <div className="head-body">
        <dl className="head-fields">
          <Field name="From">
            {from ? (
              <OneAddress address={from} />
            ) : (
              <span className="quiet">no From header; the envelope says {envelope.from || 'nobody'}</span>
            )}
          </Field>
          <Addresses name="To" list={to} />
          <Addresses name="Cc" list={cc} />
          <Addresses name="Bcc" list={bcc} badge="a header that leaks" />
          <Addresses
            name="Hidden"
            list={hiddenRecipients.map(address => ({ name: '', address }))}
            badge={to.length + cc.length + bcc.length === 0 ? 'envelope only' : 'in no header'}
          />
          {inboxes.length > 0 && (
            <Field name={inboxes.length === 1 ? 'Inbox' : 'Inboxes'}>
              {inboxes.map((inbox, n) => (
                <Fragment key={inbox}>
                  {n > 0 && ', '}
                  <a href={formatPlace({ ...currentPlace(), inbox })}>{inbox}</a>
                </Fragment>
              ))}
            </Field>
          )}
          {tags.length > 0 && (
            <Field name="Tags">
              {tags.map(tag => (
                <Fragment key={tag}>
                  <TagLink tag={tag} />{' '}
                </Fragment>
              ))}
            </Field>
          )}
        </dl>
        <p className="head-facts">
          <Time at={receivedAt} />
          <span>{formatSize(size)}</span>
          {attempts > 1 && (
            <a className="badge" href={formatPlace({ ...currentPlace(), tab: 'delivery' })}>
              {plural(attempts, 'try', 'tries')}
            </a>
          )}
        </p>
      </div>

      <Warnings warnings={warnings} />

      {(code || link) && (
        <div className="head-purpose">
          {code && (
            <button
              type="button"
              className="button head-code"
              title="Copy the code (y)"
              aria-keyshortcuts="y"
              onClick={() => void mailbox.copy(code, `the code ${code}`)}
            >
              <Icon name="copy" />
              <span className="off-screen">Copy the code </span>
              <b>{code}</b>
            </button>
          )}
          {link && (
            <a
              className="button head-link"
              href={link.href}
              target="_blank"
              rel="noreferrer"
              title={`${link.href} (o)`}
              aria-keyshortcuts="o"
            >
              <Icon name="external" />
              <span>
                <Revealed text={link.text || link.href} />
              </span>
            </a>
          )}
        </div>
      )}
    </header>
  )
}

function Field({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function OneAddress({ address: { name, address } }: { address: Address }) {
  return (
    <span className="address">
      {name && (
        <b>
          <Revealed text={name} />{' '}
        </b>
      )}
      <span>
        <Revealed text={name ? `<${address}>` : address} />
      </span>
    </span>
  )
}

function Addresses({ name, list, badge }: { name: string; list: Address[]; badge?: string }) {
  const [isWhole, setWhole] = useState(false)
  if (list.length === 0) return null
  const shown = isWhole ? list : list.slice(0, SHOWN_ADDRESSES)
  return (
    <Field name={name}>
      {shown.map((address, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an address may stand twice
        <Fragment key={n}>
          {n > 0 && ', '}
          <OneAddress address={address} />
        </Fragment>
      ))}
      {list.length > shown.length && (
        <>
          {' '}
          <button type="button" className="link-button" onClick={() => setWhole(true)}>
            and {plural(list.length - shown.length, 'more', 'more')}
          </button>
        </>
      )}
      {badge && (
        <>
          {' '}
          <span className="badge">{badge}</span>
        </>
      )}
    </Field>
  )
}
