/**
 * The list: virtual, newest first, live. Away from the top nothing moves: what arrives is held back and counted in a
 * pill, until the reader is back at the top.
 */
import './List.css'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import type { Summary } from '../../server/http/schema.js'
import type { Selection } from '../selection.js'
import { plural } from '../text.js'
import { useMailbox } from '../use-mailbox.js'
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
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    getItemKey: index => rows.at(index + newer)?.id ?? index,
  })
  const items = virtualizer.getVirtualItems()
  const first = (items[0]?.index ?? 0) + newer
  const last = (items.at(-1)?.index ?? 0) + newer
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
  const isOpenRendered = items.some(({ index }) => index + newer === openIndex)
  const tabStop = isOpenRendered && openIndex !== undefined ? openIndex - newer : (virtualizer.range?.startIndex ?? 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only opening another scrolls, never an arrival
  useEffect(() => {
    if (openIndex === undefined) return
    if (openIndex >= newer) virtualizer.scrollToIndex(openIndex - newer, { align: 'auto' })
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
        <ul style={{ height: virtualizer.getTotalSize() }}>
          {items.map(item => {
            const message = rows.at(item.index + newer)
            const isTabStop = item.index === tabStop
            return (
              <li
                key={item.key}
                style={{ transform: `translateY(${item.start}px)` }}
                aria-setsize={count}
                aria-posinset={item.index + 1}
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
