/** The keyboard: what each key does, and the keys as the help shows them. */
import { useEffect, useRef } from 'react'

/** As listed in the help, in its order. */
export const KEYS: { title: string; keys: { keys: string[]; does: string }[] }[] = [
  {
    title: 'Moving',
    keys: [
      { keys: ['j', '↓'], does: 'Next message' },
      { keys: ['k', '↑'], does: 'Previous message' },
      { keys: ['enter'], does: 'Open what has the focus' },
      { keys: ['u', 'esc'], does: 'Back to the list' },
      { keys: ['1', '…', '7'], does: 'Tabs of the message' },
    ],
  },
  {
    title: 'Going',
    keys: [
      { keys: ['/'], does: 'Search' },
      { keys: ['g', 'i'], does: 'Choose an inbox' },
      { keys: ['g', 's'], does: 'Sessions' },
      { keys: ['g', 'r'], does: 'Rules' },
      { keys: ['g', 'm'], does: 'Messages' },
    ],
  },
  {
    title: 'Selecting',
    keys: [
      { keys: ['x'], does: 'Select or deselect' },
      { keys: ['shift', 'j', 'k'], does: 'Extend the selection' },
      { keys: ['ctrl', 'click'], does: 'Likewise; shift extends' },
    ],
  },
  {
    title: 'Doing',
    keys: [
      { keys: ['y'], does: 'Copy the code' },
      { keys: ['o'], does: 'Open the main link' },
      { keys: ['c'], does: 'Compare phone and desktop' },
      { keys: ['r'], does: 'Mark as read or unread' },
      { keys: ['e', 'del'], does: 'Delete' },
      { keys: ['z'], does: 'Undo the deletion' },
      { keys: ['?'], does: 'Show these keys' },
    ],
  },
]

const ALIASES: Record<string, string> = { Delete: 'e', Backspace: 'e' }

/** A second key counts as part of a pair this long after the first. */
const PAIR_MS = 1_000
/** The key that begins a pair: `g i`. */
const FIRST_OF_PAIR = 'g'

/** Calls the handler of a key (its name in lower case; `shift j` where that has one of its own) or of a pair (`g i`), or `onDigit` with the number of a tab, from 0. Fields keep their keys. */
export function useKeys(handlers: Record<string, () => void>, onDigit: (tab: number) => void): void {
  const latest = useRef({ handlers, onDigit })
  latest.current = { handlers, onDigit }

  useEffect(() => {
    let firstAt = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as HTMLElement
      if (target.matches('input, textarea, select') || target.closest('dialog')) return
      // Arrows belong to what has the focus, where that scrolls or has arrows of its own.
      if (event.key.startsWith('Arrow') && target !== document.body && !target.closest('[data-id]')) return
      const { handlers, onDigit } = latest.current
      const key = ALIASES[event.key] ?? event.key.toLowerCase()
      const isSecond = event.timeStamp - firstAt < PAIR_MS
      firstAt = key === FIRST_OF_PAIR && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY
      const handler = isSecond
        ? handlers[`${FIRST_OF_PAIR} ${key}`]
        : /^[1-9]$/.test(key)
          ? () => onDigit(Number(key) - 1)
          : (event.shiftKey && handlers[`shift ${key}`]) || handlers[key]
      if (!handler) return
      handler()
      event.preventDefault()
    }
    // A click into a mail moves the focus, and with it the keys, into its frame; they come back with the pointer.
    const onPointer = (event: PointerEvent) => {
      const { activeElement } = document
      if (activeElement instanceof HTMLIFrameElement && event.target !== activeElement) activeElement.blur()
    }
    addEventListener('keydown', onKey)
    addEventListener('pointerover', onPointer)
    return () => {
      removeEventListener('keydown', onKey)
      removeEventListener('pointerover', onPointer)
    }
  }, [])
}
