/**
 * The search box. What is typed is searched for after a pause; a fault is shown where it is, and keeps the last list. A
 * word that could begin an operator is completed: arrows choose, Enter or Tab takes, Escape closes.
 */
import './Search.css'
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useId, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { RequestError } from '../api.js'
import { useNarrow } from '../narrow.js'
import { complete, type Fault, faultOf } from '../query.js'
import { currentPlace, go, usePlace } from '../url.js'
import { useMailbox } from '../use-mailbox.js'
import { Icon } from './Icon.js'

/** A pause in typing after which the search runs. */
const TYPING_MS = 150
/** A longer pause after which a fault is one: `from:` is about to go on. */
const FAULT_MS = 700

export function Search({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const id = useId()
  const { listing, inboxes } = useMailbox()
  const isNarrow = useNarrow()
  const { q } = usePlace()
  const [words, setWords] = useState(q)
  const [caret, setCaret] = useState<number | null>(null)
  const [isAsked, setAsked] = useState(false)
  const [active, setActive] = useState<number | null>(null)
  const [shownFault, setShownFault] = useState<Fault | null>(null)
  const [scrolledPx, setScrolledPx] = useState(0)
  const [isFocused, setFocused] = useState(false)

  /** The search that the field itself asked for last: its echo must not overwrite what was typed since. */
  const asked = useRef(q)
  const search = useCallback((wanted: string) => {
    asked.current = wanted
    go({ view: 'messages', sessionId: null, q: wanted }, 'replace')
  }, [])

  // Going back, or a link, changes the search from outside.
  useEffect(() => {
    if (q === asked.current) return
    asked.current = q
    setWords(q)
  }, [q])
  useEffect(() => {
    setShownFault(null)
    const fault = faultOf(words)
    if (fault) {
      const timer = setTimeout(() => setShownFault(fault), FAULT_MS)
      return () => clearTimeout(timer)
    }
    const wanted = words.trim()
    if (wanted === currentPlace().q) return
    const timer = setTimeout(() => search(wanted), TYPING_MS)
    return () => clearTimeout(timer)
  }, [words, search])

  // What only the server knows to be wrong: a regular expression.
  const { status, filter } = listing
  const serverFault = status instanceof RequestError && filter.q === words.trim() ? status.place : null
  const fault = shownFault ?? serverFault

  const { start, end, suggestions } =
    caret === null
      ? { start: 0, end: 0, suggestions: [] }
      : complete(
          words,
          caret,
          inboxes.list.map(({ name }) => name),
          isAsked,
        )
  const areSuggested = suggestions.length > 0
  const isFaultTold = fault !== null && isFocused && !areSuggested
  const closeSuggestions = () => {
    setCaret(null)
    setActive(null)
    setAsked(false)
  }
  const take = (insert: string) => {
    const to = start + insert.length
    // At once: a caret that is set a frame later jumps back from what was typed meanwhile.
    flushSync(() => setWords(words.slice(0, start) + insert + words.slice(end)))
    field.current?.setSelectionRange(to, to)
    setActive(null)
    setAsked(false)
    setCaret(to)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = active === null ? undefined : suggestions[active]
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!areSuggested) {
        setAsked(true)
        setCaret(event.currentTarget.selectionStart)
        return
      }
      const step = event.key === 'ArrowDown' ? 1 : -1
      const from = active ?? (step === 1 ? -1 : suggestions.length)
      setActive((from + step + suggestions.length) % suggestions.length)
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) {
      event.preventDefault()
      take(chosen.insert)
    } else if (event.key === 'Escape') {
      if (areSuggested) closeSuggestions()
      else if (words === '') field.current?.blur()
      else setWords('')
    }
  }

  return (
    <form
      className="search"
      onSubmit={event => {
        event.preventDefault()
        const wrong = faultOf(words)
        setShownFault(wrong)
        closeSuggestions()
        if (wrong) return
        search(words.trim())
        field.current?.blur()
      }}
    >
      <Icon name="search" />
      {fault && <Underline text={words} fault={fault} scrolledPx={scrolledPx} />}
      <input
        ref={field}
        className="field"
        type="text"
        role="combobox"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        aria-label="Search messages"
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        aria-expanded={areSuggested}
        aria-controls={`${id}-list`}
        aria-activedescendant={active === null ? undefined : `${id}-${active}`}
        aria-invalid={fault !== null}
        aria-describedby={isFaultTold ? `${id}-fault` : undefined}
        placeholder={isNarrow ? 'Search' : 'Search subject, address, text'}
        value={words}
        onChange={event => {
          setWords(event.target.value)
          setCaret(event.target.selectionStart)
          setActive(null)
        }}
        onScroll={event => setScrolledPx(event.currentTarget.scrollLeft)}
        onKeyDown={onKeyDown}
        onFocus={() => setFocused(true)}
        onBlur={() => {
          setFocused(false)
          closeSuggestions()
        }}
      />
      {words === '' ? (
        <kbd>/</kbd>
      ) : (
        <button
          type="button"
          className="icon-button"
          aria-label="Clear the search"
          onClick={() => {
            setWords('')
            field.current?.focus()
          }}
        >
          <Icon name="close" />
        </button>
      )}
      {isFaultTold && (
        <div className="search-popover search-fault" role="alert" id={`${id}-fault`}>
          <strong>{fault.message}</strong>
          <span>{fault.fix}</span>
        </div>
      )}
      <div
        className={areSuggested ? 'search-popover' : undefined}
        role="listbox"
        id={`${id}-list`}
        aria-label="Ways to go on"
      >
        {suggestions.map(({ insert, about }, n) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and points at the active option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={insert}
            id={`${id}-${n}`}
            className="search-option"
            role="option"
            aria-selected={n === active}
            // The field must not lose the focus to what is clicked on.
            onMouseDown={event => event.preventDefault()}
            onClick={() => take(insert)}
          >
            <code>{insert}</code>
            <span>{about}</span>
          </div>
        ))}
      </div>
    </form>
  )
}

/** Lies under the field with the same text, unseen but for the line under what is at fault. */
function Underline({ text, fault, scrolledPx }: { text: string; fault: Fault; scrolledPx: number }) {
  const from = fault.position ?? 0
  const to = fault.position === null ? text.length : from + fault.length
  return (
    <div className="search-underline" aria-hidden="true">
      <span style={{ transform: `translateX(${-scrolledPx}px)` }}>
        {text.slice(0, from)}
        <mark>{text.slice(from, to) || ' '}</mark>
      </span>
    </div>
  )
}
