/** What keys and buttons do with messages: move among them, open, mark, delete, bring back. */
import { type RefObject, useCallback, useEffect, useRef } from 'react'
import type { Message, Summary } from '../server/http/schema.js'
import { isOpenable, mainLink } from './links.js'
import { isNarrow } from './narrow.js'
import { type Selection, useSelection } from './selection.js'
import { go } from './url.js'
import { useMailbox } from './use-mailbox.js'

export interface Commands {
  selection: Selection
  /** To the next message, or the one before; in a list that stands alone, or has a selection, only the focus moves. */
  move(step: 1 | -1): void
  /** Likewise, selecting all on the way. */
  reach(step: 1 | -1): void
  /** Selects the message that has the focus, else the open one; a selected one no longer. */
  toggleSelected(): void
  open(id: string): void
  /** Back to the list. */
  close(): void
  remove(messages: Summary[]): void
  undo(): void
  toggleRead(): void
  copyCode(): void
  openLink(): void
  openTab(number: number): void
  /** The messages that a key means: the selected, else the open one, else the one that has the focus in the list. */
  meant(): Summary[]
}

/** `opened` is the open message once it has been read; `list` is the element that holds the rows. */
export function useCommands(
  openId: string | null,
  opened: Message | undefined,
  list: RefObject<HTMLElement | null>,
): Commands {
  const mailbox = useMailbox()
  const { rows } = mailbox.listing
  const selection = useSelection(rows, openId)
  const { clear } = selection

  const focusRow = useCallback(
    (id: string) => {
      const focus = () => list.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus()
      // At once, since the next key may come before the next frame; and then, where it was not drawn yet.
      focus()
      requestAnimationFrame(focus)
    },
    [list],
  )

  const move = (step: 1 | -1) => {
    const isSelecting = selection.messages.length > 0
    const onlyFocus = isSelecting || (isNarrow() && openId === null)
    const from = isSelecting ? (focusedId() ?? openId) : onlyFocus ? focusedId() : openId
    // From nowhere, to where one looks: the row at which Tab would stop.
    const firstSeen = list.current?.querySelector<HTMLElement>('[data-id][tabindex="0"]')?.dataset.id
    const next = from === null ? firstSeen : mailbox.neighbour(from, step)?.id
    if (next === undefined) return
    if (!onlyFocus) go({ id: next }, openId === null ? 'push' : 'replace')
    focusRow(next)
  }

  const reach = (step: 1 | -1) => {
    const from = focusedId() ?? openId
    const next = from === null ? undefined : mailbox.neighbour(from, step)?.id
    if (from === null || next === undefined) return
    if (selection.messages.length === 0) selection.select(from, 'reach')
    selection.select(next, 'reach')
    focusRow(next)
  }

  const toggleSelected = () => {
    const id = focusedId() ?? openId
    // The open one counts as selected for a click with ctrl; here it is what is meant.
    if (id !== null) selection.select(id, selection.messages.length === 0 ? 'reach' : 'toggle')
  }

  const open = useCallback(
    (id: string) => {
      clear()
      go({ id })
    },
    [clear],
  )

  const remove = useCallback(
    (messages: Summary[]) => {
      const ids = new Set(messages.map(({ id }) => id))
      const from = openId ?? focusedId()
      const survivor = (step: 1 | -1) => {
        let next = from === null ? undefined : mailbox.neighbour(from, step)
        while (next && ids.has(next.id)) next = mailbox.neighbour(next.id, step)
        return next?.id
      }
      const target = survivor(1) ?? survivor(-1) ?? null
      clear()
      mailbox.delete(messages)
      if (from === null || !ids.has(from)) return
      if (openId !== null) go({ id: isNarrow() ? null : target }, 'replace')
      if (target !== null) focusRow(target)
    },
    [mailbox, openId, clear, focusRow],
  )

  const undo = () => {
    const what = mailbox.undo()?.what
    const [only, ...others] = what?.type === 'some' ? what.messages : []
    if (!only || others.length > 0) return
    if (!isNarrow()) go({ id: only.id }, 'replace')
    focusRow(only.id)
  }

  const meant = (): Summary[] => {
    if (selection.messages.length > 0) return selection.messages
    const id = openId ?? focusedId()
    const one = id === null ? undefined : (rows.get(id) ?? (opened?.id === id ? opened : undefined))
    return one ? [one] : []
  }

  const toggleRead = () => {
    const messages = meant()
    void mailbox.setRead(messages, !messages.every(({ read }) => read))
  }

  const copyCode = () => {
    const code = (opened ?? meant()[0])?.otp
    if (code) void mailbox.copy(code, `the code ${code}`)
  }

  const openLink = () => {
    const link = opened && mainLink(opened.links)
    if (link && isOpenable(link.href)) window.open(link.href, '_blank', 'noopener,noreferrer')
  }

  // A hand is faster than the server: a tab asked for while the message is being read opens when it is there.
  const wantedTab = useRef<{ id: string; number: number }>(null)
  const openTab = (number: number) => {
    if (openId !== null && opened === undefined) wantedTab.current = { id: openId, number }
    else clickTab(number)
  }
  useEffect(() => {
    const wanted = wantedTab.current
    wantedTab.current = null
    if (wanted && wanted.id === opened?.id) clickTab(wanted.number)
  }, [opened?.id])

  const close = () => {
    if (selection.ids.size > 0) clear()
    else go({ id: null, tab: null })
  }

  return {
    selection,
    move,
    reach,
    toggleSelected,
    open,
    close,
    remove,
    undo,
    toggleRead,
    copyCode,
    openLink,
    openTab,
    meant,
  }
}

function clickTab(number: number): void {
  document.querySelectorAll<HTMLElement>('[role=tab]')[number]?.click()
}

/** The message whose row has the focus. */
function focusedId(): string | null {
  return (document.activeElement as HTMLElement | null)?.dataset.id ?? null
}
