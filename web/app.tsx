/**
 * The frame: a bar, the list, the message; one region at a time where it is narrow. Keys work everywhere but in fields.
 */
import './app.css'
import { useEffect, useRef, useState } from 'react'
import { useBadge } from './badge.js'
import { useCommands } from './commands.js'
import { Bar } from './components/Bar.js'
import { DropTarget } from './components/DropTarget.js'
import { Empty } from './components/Empty.js'
import { KeysHelp } from './components/KeysHelp.js'
import { List } from './components/List.js'
import { ListHead } from './components/ListHead.js'
import { MessagePane } from './components/MessagePane.js'
import { NothingFound } from './components/NothingFound.js'
import { SelectionHead, SelectionPane } from './components/SelectionPane.js'
import { Splitter, useListWidth } from './components/Splitter.js'
import { Toasts } from './components/Toasts.js'
import { useKeys } from './keys.js'
import { later } from './later.js'
import { useMessage } from './message.js'
import { useNarrow } from './narrow.js'
import { go, usePlace } from './url.js'
import { useMailbox } from './use-mailbox.js'

const RulesPage = later(async () => (await import('./components/RulesPage.js')).RulesPage)
const SessionsPage = later(async () => (await import('./components/SessionsPage.js')).SessionsPage)

/** Left while the page was looking. */
const GONE = { state: 'not-found' } as const

export function App() {
  const mailbox = useMailbox()
  const place = usePlace()
  const found = useMessage(place.id, mailbox.life, mailbox.connection !== 'lost')
  const message = place.id !== null && mailbox.isGone(place.id) ? GONE : found
  const [isHelpOpen, setHelpOpen] = useState(false)
  const [areInboxesOpen, setInboxesOpen] = useState(false)
  const listWidth = useListWidth()
  // What stands alone is the page's main part.
  const isListAlone = useNarrow() && place.id === null
  const searchField = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const { counts, listing } = mailbox
  const { rows } = listing

  useBadge(counts?.unread)
  const { inbox, q, unreadOnly } = place
  useEffect(() => mailbox.setFilter({ inbox, q, unreadOnly }), [mailbox, inbox, q, unreadOnly])

  const opened = message.state === 'ready' ? message.message : undefined
  const isComparing = place.compare && opened?.html != null && (place.tab ?? 'html') === 'html'
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

  const commands = useCommands(place.id, opened, list)
  const { selection, move, reach, close, remove, undo, toggleRead } = commands
  const everywhere = {
    '/': () => searchField.current?.select(),
    '?': () => setHelpOpen(true),
    'g i': () => setInboxesOpen(true),
    'g m': () => go({ view: 'messages', sessionId: null, ruleId: null }),
    'g s': () => go({ view: 'sessions', id: null, tab: null }),
    'g r': () => go({ view: 'rules', id: null, tab: null, sessionId: null }),
  }
  // One step at a time: out of the comparison, then out of the message.
  const leave = isComparing ? () => go({ compare: false }, 'replace') : close
  const onMessages = {
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    'shift j': () => reach(1),
    'shift k': () => reach(-1),
    'shift arrowdown': () => reach(1),
    'shift arrowup': () => reach(-1),
    x: commands.toggleSelected,
    u: leave,
    escape: leave,
    e: () => remove(commands.meant()),
    z: undo,
    r: toggleRead,
    y: commands.copyCode,
    o: commands.openLink,
    c: () => go({ tab: 'html', compare: !isComparing }, 'replace'),
  }
  const { view } = place
  useKeys(view === 'messages' ? { ...everywhere, ...onMessages } : everywhere, commands.openTab)

  const selectionActions = {
    messages: selection.messages,
    onRead: toggleRead,
    onDelete: () => remove(selection.messages),
    onClear: selection.clear,
  }

  const { filter } = listing
  const isFiltered = filter.inbox !== null || filter.q !== '' || filter.unreadOnly
  const nothing = listing.status === 'ready' && rows.total === 0
  const isEmpty = nothing && !isFiltered && (counts?.total ?? 0) === 0

  return (
    <div
      className="app"
      style={listWidth.style}
      data-rules={mailbox.rules.active > 0 || undefined}
      data-comparing={isComparing || undefined}
      data-region={place.id === null && place.sessionId === null ? 'list' : 'message'}
    >
      <Bar
        searchField={searchField}
        areInboxesOpen={areInboxesOpen}
        setInboxesOpen={setInboxesOpen}
        onHelp={() => setHelpOpen(true)}
      />
      {mailbox.refused ? (
        <main className="refused">
          <h1>{mailbox.refused.message}</h1>
          <p>{mailbox.refused.fix}</p>
        </main>
      ) : view === 'sessions' ? (
        <SessionsPage place={place} listWidth={listWidth} />
      ) : view === 'rules' ? (
        <RulesPage place={place} onUndo={undo} />
      ) : isEmpty && place.id === null ? (
        <main className="empty-region">
          <Empty />
        </main>
      ) : (
        <>
          <section className="list-region" role={isListAlone ? 'main' : undefined} aria-label="Messages">
            {isListAlone && selection.messages.length > 0 ? <SelectionHead {...selectionActions} /> : <ListHead />}
            <Splitter width={listWidth} />
            {listing.status !== 'ready' && listing.status !== 'loading' ? (
              <div className="nothing" role="alert">
                <strong>{listing.status.message}</strong>
                <span>{listing.status.fix}</span>
              </div>
            ) : nothing ? (
              <NothingFound />
            ) : (
              <List ref={list} openId={place.id} selection={selection} onOpen={commands.open} onDelete={remove} />
            )}
          </section>
          <main className="message-region" aria-label="Message">
            {selection.messages.length > 1 ? (
              <SelectionPane {...selectionActions} />
            ) : (
              <MessagePane
                place={place}
                summary={summary}
                message={message}
                isBeingDeleted={place.id !== null && mailbox.deletions.has(place.id)}
                onDelete={() => remove(commands.meant())}
                onUndo={undo}
              />
            )}
          </main>
        </>
      )}
      <Toasts onUndo={undo} />
      <DropTarget />
      <output className="off-screen" aria-label="Arrivals">
        {mailbox.announcements.text}
      </output>
      {isHelpOpen && <KeysHelp onClose={() => setHelpOpen(false)} />}
    </div>
  )
}
