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
import { Toasts } from './components/Toasts.js'
import { useKeys } from './keys.js'
import { isOpenable, mainLink } from './links.js'
import { useMailbox } from './mailbox.js'
import { useMessage } from './message.js'
import { go, usePlace } from './url.js'

const GONE = { state: 'not-found' } as const
const NARROW = matchMedia('(max-width: 859px)')

export function App() {
  const mailbox = useMailbox()
  const place = usePlace()
  const found = useMessage(place.id, mailbox.life)
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
    if (opened) void mailbox.setRead(rows.get(opened.id) ?? opened, true)
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

  const move = (step: 1 | -1) => {
    const listOnly = NARROW.matches && place.id === null
    const next = mailbox.neighbour(listOnly ? focusedRow() : place.id, step)
    if (!next) return
    if (!listOnly) go({ id: next.id }, place.id === null ? 'push' : 'replace')
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-id="${next.id}"]`)?.focus())
  }

  const remove = useCallback(
    (what: Pick<Summary, 'id'>) => {
      const row = mailbox.listing.rows.get(what.id)
      const target = row ?? opened
      if (!target) return
      const next = mailbox.neighbour(target.id, 1) ?? mailbox.neighbour(target.id, -1)
      mailbox.delete({ ...target, envelope: { from: target.envelope.from, to: target.envelope.to } })
      if (place.id === target.id)
        go({ id: NARROW.matches || !next || next.id === target.id ? null : next.id }, 'replace')
    },
    [mailbox, opened, place.id],
  )

  const undo = () => {
    const deletion = mailbox.undo()
    if (deletion?.what.type === 'one' && !NARROW.matches) go({ id: deletion.what.message.id }, 'replace')
  }

  /** The message that a key means: the open one, else the one that has the focus in the list. */
  const subject = () => {
    const id = place.id ?? focusedRow()
    return id === null ? undefined : (rows.get(id) ?? (opened?.id === id ? opened : undefined))
  }

  const copyCode = () => {
    const code = (place.id === null ? undefined : opened?.otps[0]) ?? subject()?.otp
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
    escape: () => (helpIsOpen ? setHelpOpen(false) : go({ id: null, tab: null })),
    e: () => {
      const target = subject()
      if (target) remove(target)
    },
    z: undo,
    r: () => {
      const target = subject()
      if (target) void mailbox.setRead(target, !target.read)
    },
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
              <List ref={list} openId={place.id} onDelete={remove} />
            )}
          </section>
          <main className="message-region" aria-label="Message">
            <MessagePane
              place={place}
              summary={summary}
              message={message}
              isBeingDeleted={place.id !== null && mailbox.isBeingDeleted(place.id)}
              onDelete={remove}
              onUndo={undo}
            />
          </main>
        </>
      )}
      <Toasts onUndo={undo} />
      {helpIsOpen && <KeysHelp onClose={() => setHelpOpen(false)} />}
    </div>
  )
}
