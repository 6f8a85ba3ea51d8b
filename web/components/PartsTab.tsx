/** The MIME tree: what each part is, how it was sent, what is in it. */
import './PartsTab.css'
import { useState } from 'react'
import type { Message, Node, Part } from '../../server/http/schema.js'
import { partsZipUrl, partUrl, readText } from '../api.js'
import { type CalendarTime, readCalendar } from '../calendar.js'
import { useLoaded } from '../loaded.js'
import { formatSize, plural, revealedText } from '../text.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Fact } from './Facts.js'
import { Icon, type IconName } from './Icon.js'
import { Loading } from './Loading.js'
import { Revealed } from './Revealed.js'
import { Scrolled } from './Scrolled.js'
import { Time } from './Time.js'

/** Nodes drawn at once: a hostile mail has ten thousand. */
const SHOWN_NODES = 300
/** Larger text is downloaded, not shown. */
const MAX_SHOWN_TEXT_BYTES = 512 * 1024

/** What the browser draws and that cannot run anything. */
const RASTER = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/
const TEXT = /^(?:text\/|message\/|application\/(?:json|xml|ics)$)/

type Preview = 'calendar' | 'pdf' | 'text'

/** What a part can be shown as when it is asked for; null where the browser has nothing for it. */
function previewOf(contentType: string, size: number): Preview | null {
  // Phones have no viewer: there, a frame with a PDF in it is a download that nobody asked for.
  if (contentType === 'application/pdf') return navigator.pdfViewerEnabled ? 'pdf' : null
  if (!TEXT.test(contentType) || size > MAX_SHOWN_TEXT_BYTES) return null
  return /^(?:text\/calendar|application\/ics)$/.test(contentType) ? 'calendar' : 'text'
}

/** Encodings under which the size in the raw message is not that of the content. */
const ENCODED = /^(?:base64|quoted-printable)$/

interface Row {
  node: Node
  depth: number
}

function flatten(node: Node, depth = 0, rows: Row[] = []): Row[] {
  rows.push({ node, depth })
  for (const child of node.children) flatten(child, depth + 1, rows)
  return rows
}

export function PartsTab({ message }: { message: Message }) {
  const rows = flatten(message.structure)
  const parts = new Map(message.parts.map(part => [part.id, part]))
  return (
    <>
      {message.parts.length > 1 && (
        <div className="tools">
          <span className="quiet">
            {plural(message.parts.length, 'attachment')},{' '}
            {formatSize(message.parts.reduce((sum, { size }) => sum + size, 0))}
          </span>
          <div className="tools-end">
            <a className="button small" href={partsZipUrl(message.id)} download>
              <Icon name="download" /> Download all
            </a>
          </div>
        </div>
      )}
      <Scrolled label="Parts of the message">
        <ul className="parts">
          {rows.slice(0, SHOWN_NODES).map(({ node, depth }) => (
            <PartRow
              key={`${node.id}:${node.offset}`}
              messageId={message.id}
              node={node}
              depth={depth}
              part={parts.get(node.id)}
            />
          ))}
        </ul>
        {rows.length > SHOWN_NODES && <p className="quiet">and {plural(rows.length - SHOWN_NODES, 'more part')}</p>}
      </Scrolled>
    </>
  )
}

function iconOf({ contentType, children }: Node): IconName {
  if (children.length > 0 || contentType.startsWith('multipart/')) return 'folder'
  return contentType.startsWith('image/') ? 'image' : 'file'
}

interface PartProps {
  messageId: string
  node: Node
  depth: number
  /** What stands beside text and HTML; undefined for those two and for multiparts. */
  part: Part | undefined
}

function PartRow({ messageId, node, depth, part }: PartProps) {
  const mailbox = useMailboxActions()
  const [isShown, setShown] = useState(false)
  const isLeaf = node.children.length === 0 && !node.contentType.startsWith('multipart/')
  const url = partUrl(messageId, node.id)
  const isImage = RASTER.test(node.contentType)
  const preview = isLeaf ? previewOf(node.contentType, part?.size ?? node.size) : null
  const facts = [
    part?.disposition,
    node.encoding,
    node.charset,
    part
      ? formatSize(part.size)
      : isLeaf
        ? formatSize(node.size) + (ENCODED.test(node.encoding ?? '') ? ' encoded' : '')
        : undefined,
    part?.contentId ? `cid:${part.contentId}` : undefined,
  ].filter(Boolean)

  return (
    <li className="part" style={{ paddingLeft: Math.min(depth, 8) * 20 }}>
      <div className="part-row">
        <Icon name={iconOf(node)} />
        <span className="part-name">
          {part?.filename && (
            <b>
              <Revealed text={part.filename} />{' '}
            </b>
          )}
          <Revealed text={node.contentType} />
          {node.id && <span className="part-id">{node.id}</span>}
          <span className="part-facts">
            <Revealed text={facts.join(' · ')} />
            {part && (
              <>
                {' · '}
                <button
                  type="button"
                  className="part-hash"
                  title={`SHA-256 ${part.sha256}: copy`}
                  onClick={() => void mailbox.copy(part.sha256, 'the SHA-256')}
                >
                  <span className="off-screen">Copy the </span>sha256 {part.sha256.slice(0, 12)}…
                </button>
              </>
            )}
          </span>
        </span>
        {preview && (
          <button type="button" className="button small" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? 'Hide' : 'Show'}
          </button>
        )}
        {isLeaf && (
          <a
            className="icon-button"
            href={url}
            download={part?.filename ?? true}
            aria-label={`Download ${revealedText(part?.filename ?? node.contentType)}`}
            title="Download"
          >
            <Icon name="download" />
          </a>
        )}
      </div>
      {isLeaf && isImage && (
        <img className="part-image" src={url} alt={revealedText(part?.filename ?? 'without a name')} />
      )}
      {isShown && preview === 'text' && <PartText key={url} url={url} />}
      {isShown && preview === 'calendar' && <PartCalendar key={url} url={url} />}
      {isShown && preview === 'pdf' && (
        <iframe className="part-pdf" title={revealedText(part?.filename ?? 'PDF')} src={`${url}#navpanes=0`} />
      )}
    </li>
  )
}

function PartText({ url }: { url: string }) {
  const loaded = useLoaded(readText, url)
  if (loaded.state !== 'ready') return <Loading {...loaded} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <pre className="part-text" tabIndex={0}>
      <Revealed text={loaded.value} />
    </pre>
  )
}

/** The invitation, and below it what it was read from. */
function PartCalendar({ url }: { url: string }) {
  const loaded = useLoaded(readText, url)
  if (loaded.state !== 'ready') return null
  const { method, events } = readCalendar(loaded.value)
  return (
    <>
      {events.map((event, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity beyond their place
        <dl key={n} className="facts part-event">
          <Fact name="What">
            <b>
              <Revealed text={event.summary || 'No summary'} />
            </b>{' '}
            {(method || event.status) && (
              <span className="badge quiet">
                <Revealed text={[method.toLowerCase(), event.status].filter(Boolean).join(', ')} />
              </span>
            )}
          </Fact>
          {event.start && (
            <Fact name="When">
              <Moment at={event.start} />
              {event.end && (
                <>
                  {' to '}
                  <Moment at={event.end} />
                </>
              )}
            </Fact>
          )}
          {(
            [
              ['Repeats', event.repeats],
              ['Where', event.location],
              ['Organizer', event.organizer],
              ['Invited', event.attendees.join(', ')],
            ] as const
          ).map(
            ([name, text]) =>
              text && (
                <Fact key={name} name={name}>
                  <Revealed text={text} />
                </Fact>
              ),
          )}
        </dl>
      ))}
      <PartText url={url} />
    </>
  )
}

function Moment({ at }: { at: CalendarTime }) {
  return 'time' in at ? <Time at={at.time} /> : <Revealed text={at.text} />
}
