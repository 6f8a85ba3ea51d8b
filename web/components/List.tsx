/**
 * The list: virtual, newest first, live. Away from the top nothing moves: what arrives is held back and counted in a
 * pill, until the reader is back at the top.
 */
import './List.css'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import type { Summary } from '../../server/http/schema.js'
import type { Selection } from '../selection.js'
import { plural } from '../text.js'
import { useMailbox } from '../use-mailbox.js'
import { useVirtualRows } from '../virtual.js'
import { Icon } from './Icon.js'
import { Row } from './Row.js'

/** Height of a row: --row-height in tokens.css. */
const ROW_PX = 80
const OVERSCAN = 8

interface Props {
  ref: Ref<HTMLDivElement>
  openId: string | null
  selection: Selection
  onOpen: (id: string) => void
  onDelete: (messages: Summary[]) => void
}

export function List({ ref, openId, selection, onOpen, onDelete }: Props) {
  const mailbox = useMailbox()
  const { listing } = mailbox
  const { rows } = listing
  const scroller = useRef<HTMLDivElement>(null)
  useImperativeHandle(ref, () => scroller.current as HTMLDivElement)

  const { newer } = rows
  const count = rows.total - newer
  const { drawn, firstInSight, scrollTo } = useVirtualRows(scroller, { count, rowPx: ROW_PX, overscan: OVERSCAN })
  const first = (drawn[0] ?? 0) + newer
  const last = (drawn.at(-1) ?? 0) + newer
  useEffect(() => listing.see(first, last), [listing, first, last])

  const onScroll = () => {
    const isAtTop = (scroller.current?.scrollTop ?? 0) <= 0
    const before = rows.newer
    if (isAtTop) rows.release()
    else rows.anchor()
    if (rows.newer !== before) mailbox.refresh()
  }

  const showNewest = () => {
    rows.release()
    mailbox.refresh()
    scroller.current?.scrollTo({ top: 0 })
  }

  // Another list begins at its top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is what makes it another list
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
  }, [listing.filter.inbox, listing.filter.q, listing.filter.unreadOnly])
  useEffect(() => {
    if ((scroller.current?.scrollTop ?? 0) > 0) rows.anchor()
  }, [rows])

  const openIndex = openId === null ? undefined : rows.indexOf(openId)
  // One row takes part in the order of Tab; the keys that move lead to the others.
  const isOpenDrawn = openIndex !== undefined && drawn.includes(openIndex - newer)
  const tabStop = isOpenDrawn ? openIndex - newer : firstInSight
  // biome-ignore lint/correctness/useExhaustiveDependencies: only opening another scrolls, never an arrival
  useEffect(() => {
    if (openIndex === undefined) return
    if (openIndex >= newer) scrollTo(openIndex - newer, 'nearest')
    else showNewest()
  }, [openId])

  return (
    <div className="list">
      {newer > 0 && (
        <button type="button" className="pill" onClick={showNewest}>
          <Icon name="up" /> {plural(newer, 'new', 'new')}
        </button>
      )}
      <div className="list-scroller" ref={scroller} onScroll={onScroll} tabIndex={-1}>
        <ul style={{ height: count * ROW_PX }}>
          {drawn.map(index => {
            const message = rows.at(index + newer)
            const isTabStop = index === tabStop
            return (
              <li
                key={message?.id ?? index}
                style={{ transform: `translateY(${index * ROW_PX}px)` }}
                aria-setsize={count}
                aria-posinset={index + 1}
              >
                {message ? (
                  <Row
                    message={message}
                    isOpen={message.id === openId && selection.ids.size === 0}
                    isTabStop={isTabStop}
                    isSelected={selection.ids.has(message.id)}
                    onSelect={selection.select}
                    onOpen={onOpen}
                    onDelete={onDelete}
                  />
                ) : (
                  <div className="row-blank" />
                )}
              </li>
            )
          })}
        </ul>
      </div>
    </div>
  )
}
