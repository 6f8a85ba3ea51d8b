/**
 * The frame: a bar, the list, the message; one region at a time where it is narrow. Keys work everywhere but in fields.
 */
import './app.css'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Summary } from '../server/http/schema.js'
import { useBadge } from './badge.js'
import { Bar } from './components/Bar.js'
import { Empty, NothingFound } from './components/Empty.js'
import { KeysHelp } from './components/KeysHelp.js'
import { List } from './components/List.js'
import { ListHead } from './components/ListHead.js'
import { MessagePane } from './components/MessagePane.js'
import { SelectionPane } from './components/SelectionPane.js'
import { Toasts } from './components/Toasts.js'
import { useKeys } from './keys.js'
import { isOpenable, mainLink } from './links.js'
import { useMessage } from './message.js'
import { useSelection } from './selection.js'
import { go, usePlace } from './url.js'
import { useMailbox } from './use-mailbox.js'

const GONE = { state: 'not-found' } as const
const NARROW = matchMedia('(max-width: 859px)')

export function App() {
  const mailbox = useMailbox()
  const place = usePlace()
  const found = useMessage(place.id, mailbox.life, mailbox.connection !== 'lost')
  const message = place.id !== null && mailbox.isGone(place.id) ? GONE : found
  const [helpIsOpen, setHelpOpen] = useState(false)
  const searchField = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const { counts, listing } = mailbox
  const { rows } = listing

  useBadge(counts?.unread)
  useEffect(() => mailbox.setFilter({ q: place.q, unreadOnly: place.unreadOnly }), [mailbox, place.q, place.unreadOnly])

  const opened = message.state === 'ready' ? message.message : undefined
  const summary = place.id === null ? undefined : (rows.get(place.id) ?? opened)
  // Only opening marks as read: a message that is marked as unread while it is open stays so.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (opened) void mailbox.setRead([rows.get(opened.id) ?? opened], true)
  }, [opened?.id])

  // Back in the list, the keyboard goes on where it left.
  const lastOpen = useRef<string>(null)
  useEffect(() => {
    if (place.id === null && lastOpen.current !== null) {
      list.current?.querySelector<HTMLElement>(`[data-id="${lastOpen.current}"]`)?.focus({ preventScroll: true })
    }
    lastOpen.current = place.id
  }, [place.id])

  const focusedRow = () => (document.activeElement as HTMLElement | null)?.dataset.id ?? null

  const selection = useSelection(rows, place.id)
  const { clear } = selection
  const move = (step: 1 | -1) => {
    const listOnly = NARROW.matches && place.id === null
    const from = listOnly ? focusedRow() : place.id
    // From nowhere, to where one looks: the row at which Tab would stop.
    const firstSeen = list.current?.querySelector<HTMLElement>('[data-id][tabindex="0"]')?.dataset.id
    const next = from === null ? firstSeen : mailbox.neighbour(from, step)?.id
    if (next === undefined) return
    clear()
    if (!listOnly) go({ id: next }, place.id === null ? 'push' : 'replace')
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-id="${next}"]`)?.focus())
  }

  const openRow = useCallback(
    (id: string) => {
      clear()
      go({ id })
    },
    [clear],
  )

  const openId = place.id
  const remove = useCallback(
    (messages: Summary[]) => {
      clear()
      const next = openId === null ? undefined : (mailbox.neighbour(openId, 1) ?? mailbox.neighbour(openId, -1))
      mailbox.delete(messages)
      if (!messages.some(({ id }) => id === openId)) return
      go({ id: NARROW.matches || !next || mailbox.deletions.has(next.id) ? null : next.id }, 'replace')
    },
    [mailbox, openId, clear],
  )

  const undo = () => {
    const what = mailbox.undo()?.what
    const [only, ...others] = what?.type === 'some' ? what.messages : []
    if (only && others.length === 0 && !NARROW.matches) go({ id: only.id }, 'replace')
  }

  /** The messages that a key means: the selected, else the open one, else the one that has the focus in the list. */
  const meant = (): Summary[] => {
    if (selection.messages.length > 0) return selection.messages
    const id = place.id ?? focusedRow()
    const one = id === null ? undefined : (rows.get(id) ?? (opened?.id === id ? opened : undefined))
    return one ? [one] : []
  }
  const toggleRead = () => {
    const messages = meant()
    void mailbox.setRead(messages, !messages.every(({ read }) => read))
  }

  const copyCode = () => {
    const code = (place.id === null ? undefined : opened?.otps[0]) ?? meant()[0]?.otp
    if (code) void mailbox.copy(code, `the code ${code}`)
  }

  const openLink = () => {
    const link = opened && mainLink(opened.links)
    if (link && isOpenable(link.href)) open(link.href, '_blank', 'noopener,noreferrer')
  }

  const openTab = (number: number) => document.querySelectorAll<HTMLElement>('[role=tab]')[number]?.click()

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    u: () => go({ id: null, tab: null }),
    escape: () => (selection.ids.size > 0 ? clear() : go({ id: null, tab: null })),
    e: () => remove(meant()),
    z: undo,
    r: toggleRead,
    y: copyCode,
    o: openLink,
    '/': () => searchField.current?.select(),
    '?': () => setHelpOpen(true),
  }
  useKeys(keys, openTab)

  const filtered = place.q !== '' || place.unreadOnly
  const nothing = listing.status === 'ready' && rows.total === 0
  const isEmpty = nothing && !filtered && (counts?.total ?? 0) === 0

  return (
    <div className="app" data-region={place.id === null ? 'list' : 'message'} data-empty={isEmpty || undefined}>
      <Bar searchField={searchField} onHelp={() => setHelpOpen(true)} />
      {mailbox.refused ? (
        <main className="refused">
          <h1>{mailbox.refused.message}</h1>
          <p>{mailbox.refused.fix}</p>
        </main>
      ) : isEmpty && place.id === null ? (
        <main className="empty-region">
          <Empty />
        </main>
      ) : (
        <>
          <section className="list-region" aria-label="Messages">
            <ListHead />
            {listing.status !== 'ready' && listing.status !== 'loading' ? (
              <div className="nothing" role="alert">
                <strong>{listing.status.message}</strong>
                <span>{listing.status.fix}</span>
              </div>
            ) : nothing ? (
              <NothingFound />
            ) : (
              <List ref={list} openId={place.id} selection={selection} onOpen={openRow} onDelete={remove} />
            )}
          </section>
          <main className="message-region" aria-label="Message">
            {selection.messages.length > 1 ? (
              <SelectionPane
                messages={selection.messages}
                onRead={toggleRead}
                onDelete={() => remove(selection.messages)}
                onClear={clear}
              />
            ) : (
              <MessagePane
                place={place}
                summary={summary}
                message={message}
                isBeingDeleted={place.id !== null && mailbox.deletions.has(place.id)}
                onDelete={() => remove(meant())}
                onUndo={undo}
              />
            )}
          </main>
        </>
      )}
      <Toasts onUndo={undo} />
      {helpIsOpen && <KeysHelp onClose={() => setHelpOpen(false)} />}
    </div>
  )
}
