/**
 * Chooses the inbox that is looked at. A field and a list under a button (the combobox pattern of the ARIA practices):
 * words narrow the list, arrows move in it, Enter chooses, Escape closes.
 */
import './InboxSwitch.css'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { Inbox } from '../../server/http/schema.js'
import { groupInboxes, isChoice } from '../inboxes.js'
import { formatNumber, plural } from '../text.js'
import { go, usePlace } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon } from './Icon.js'

/** Inboxes shown at a time: the tests of a large suite are found by words, not by scrolling. */
const MAX_SHOWN = 100

interface Props {
  isOpen: boolean
  setOpen: (isOpen: boolean) => void
}

export function InboxSwitch({ isOpen, setOpen }: Props) {
  const mailbox = useMailbox()
  const { inboxes, elsewhere } = mailbox
  const { inbox } = usePlace()
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!isOpen) return
    mailbox.seeElsewhere()
    const onPointer = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', onPointer)
    return () => removeEventListener('pointerdown', onPointer)
  }, [isOpen, mailbox, setOpen])

  if (inbox === null && !isChoice(inboxes.list)) return null
  const name = inbox === null ? 'All inboxes' : (inboxes.get(inbox)?.label ?? inbox)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <div className="inboxes" ref={root} data-chosen={inbox !== null || undefined}>
      <button
        ref={button}
        type="button"
        className="inboxes-button"
        aria-haspopup="listbox"
        aria-expanded={isOpen}
        aria-keyshortcuts="g i"
        title="Choose an inbox (g i)"
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="inbox" />
        <span className="off-screen">Inbox: </span>
        <span className="inboxes-name">{name}</span>
        {elsewhere > 0 && (
          <span className="inboxes-unread" title={`${formatNumber(elsewhere)} came to other inboxes`}>
            +{formatNumber(elsewhere)}
            <span className="off-screen"> in other inboxes</span>
          </span>
        )}
        <Icon name="down" />
      </button>
      {isOpen && <Chooser list={inboxes.list} chosen={inbox} onClose={close} onLeave={() => setOpen(false)} />}
    </div>
  )
}

interface Option {
  /** Null for all inboxes. */
  inbox: string | null
  name: string
  counts: Pick<Inbox, 'total' | 'unread'> | undefined
}

interface ChooserProps {
  list: readonly Inbox[]
  chosen: string | null
  /** Closes, and gives the focus back. */
  onClose: () => void
  /** Closes, the focus being elsewhere. */
  onLeave: () => void
}

function Chooser({ list, chosen, onClose, onLeave }: ChooserProps) {
  const id = useId()
  const [words, setWords] = useState('')
  const [active, setActive] = useState<string | null>(chosen)
  const popover = useRef<HTMLDivElement>(null)

  const { named, tests } = useMemo(() => groupInboxes(list, words), [list, words])
  const option = (inbox: Inbox): Option => ({ inbox: inbox.name, name: inbox.name, counts: inbox })
  const groups: { title: string | null; options: Option[] }[] = []
  if (words.trim() === '')
    groups.push({ title: null, options: [{ inbox: null, name: 'All inboxes', counts: undefined }] })
  let room = MAX_SHOWN
  const add = (title: string | null, inboxes: Inbox[]) => {
    if (room > 0 && inboxes.length > 0) groups.push({ title, options: inboxes.slice(0, room).map(option) })
    room -= inboxes.length
  }
  add(tests.length > 0 ? 'Inboxes' : null, named)
  for (const { label, inboxes } of tests) add(label ?? 'Tests', inboxes)
  const options = groups.flatMap(group => group.options)
  const activeIndex = Math.max(
    0,
    options.findIndex(({ inbox }) => inbox === active),
  )
  const optionId = (inbox: string | null) => `${id}-${inbox === null ? 'all' : `in-${inbox}`}`

  const choose = (inbox: string | null) => {
    if (inbox !== chosen) go({ inbox, id: null, tab: null, sessionId: null })
    onClose()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const next = options[(activeIndex + step + options.length) % options.length]
    if (step !== 0 && next) setActive(next.inbox)
    else if (event.key === 'Enter' && options[activeIndex]) choose(options[activeIndex].inbox)
    else if (event.key === 'Escape') onClose()
    else return
    event.preventDefault()
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is active is what has to be seen
  useEffect(() => {
    popover.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' })
  }, [activeIndex, words])

  return (
    <div className="inboxes-popover" ref={popover}>
      <input
        className="field"
        type="text"
        role="combobox"
        aria-label="Find an inbox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={options[activeIndex] && optionId(options[activeIndex].inbox)}
        autoComplete="off"
        spellCheck={false}
        placeholder="Find an inbox"
        // biome-ignore lint/a11y/noAutofocus: it was opened to choose from
        autoFocus
        value={words}
        onChange={event => setWords(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={event => {
          if (event.relatedTarget && !event.relatedTarget.closest('.inboxes')) onLeave()
        }}
      />
      <div className="inboxes-list" role="listbox" id={`${id}-list`} aria-label="Inboxes">
        {groups.map(({ title, options: members }) => (
          // biome-ignore lint/a11y/useSemanticElements: the groups of a listbox
          <div key={title ?? members[0]?.inbox ?? 'all'} role="group" aria-label={title ?? 'Inboxes'}>
            {title !== null && (
              <div className="inboxes-title" aria-hidden="true" title={title}>
                {title}
              </div>
            )}
            {members.map(({ inbox, name, counts }) => (
              // biome-ignore lint/a11y/useFocusableInteractive: see above
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
              <div
                key={inbox}
                id={optionId(inbox)}
                className="inboxes-option"
                role="option"
                aria-selected={inbox === chosen}
                data-active={inbox === options[activeIndex]?.inbox || undefined}
                onClick={() => choose(inbox)}
                onPointerMove={() => setActive(inbox)}
              >
                <Icon name={inbox === chosen ? 'check' : 'none'} />
                <span className="inboxes-name">{name}</span>
                {counts && <Numbers {...counts} />}
              </div>
            ))}
          </div>
        ))}
        {options.length === 0 && <p className="inboxes-none">No inbox has these words.</p>}
      </div>
      {room < 0 && <p className="inboxes-none">{formatNumber(-room)} more: words narrow the list.</p>}
    </div>
  )
}

function Numbers({ total, unread }: { total: number; unread: number }) {
  return (
    <>
      {unread > 0 && (
        <span className="inboxes-unread" title={`${formatNumber(unread)} unread`}>
          {formatNumber(unread)}
          <span className="off-screen"> unread of </span>
        </span>
      )}
      <span className="inboxes-total" title={plural(total, 'message')}>
        {formatNumber(total)}
      </span>
    </>
  )
}
