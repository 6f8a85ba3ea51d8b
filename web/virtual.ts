/**
 * Which rows of a long list are drawn: those in sight and some on either side. All rows are of one height, so where a row
 * is follows from its number: a library that also measures rows would be 10 kB, compressed, of what the page loads first.
 */
import { type RefObject, useCallback, useLayoutEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** Rows, from the first to the one after the last. */
export interface Range {
  start: number
  end: number
}

/** The rows that are at least partly in sight. */
export function rangeInSight(scrollTop: number, height: number, rowPx: number): Range {
  const top = Math.max(0, scrollTop)
  return { start: Math.floor(top / rowPx), end: Math.ceil((top + height) / rowPx) }
}

/** The rows to draw of so many. */
export function rangeDrawn({ start, end }: Range, count: number, overscan: number): Range {
  const last = Math.min(count, end + overscan)
  return { start: Math.max(0, Math.min(start - overscan, last)), end: last }
}

/** Where to scroll so that a row is seen whole; `nearest` leaves it where it is seen already. */
export function scrollTopFor(
  index: number,
  { scrollTop, height, rowPx }: { scrollTop: number; height: number; rowPx: number },
  align: 'nearest' | 'center',
): number {
  const top = index * rowPx
  if (align === 'center') return Math.max(0, top - (height - rowPx) / 2)
  if (top < scrollTop) return top
  return Math.max(scrollTop, top + rowPx - height)
}

export interface VirtualRows {
  /** The numbers of the rows to draw, in order. */
  drawn: number[]
  /** The first one in sight. */
  firstInSight: number
  scrollTo(index: number, align: 'nearest' | 'center'): void
}

/** Follows the scrolling and the size of an element that holds `count` rows. */
export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  { count, rowPx, overscan }: { count: number; rowPx: number; overscan: number },
): VirtualRows {
  const [inSight, setInSight] = useState<Range>({ start: 0, end: 0 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const look = () => {
      const next = rangeInSight(element.scrollTop, element.clientHeight, rowPx)
      setInSight(before => (before.start === next.start && before.end === next.end ? before : next))
    }
    // Drawn in the frame that has scrolled: a frame later, fast scrolling would show nothing.
    const onScroll = () => flushSync(look)
    const sizes = new ResizeObserver(look)
    look()
    sizes.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      sizes.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [scroller, rowPx])

  const scrollTo = useCallback(
    (index: number, align: 'nearest' | 'center') => {
      const element = scroller.current
      if (!element) return
      const { scrollTop, clientHeight: height } = element
      element.scrollTop = scrollTopFor(index, { scrollTop, height, rowPx }, align)
    },
    [scroller, rowPx],
  )
  const { start, end } = rangeDrawn(inSight, count, overscan)
  return {
    drawn: Array.from({ length: end - start }, (_, n) => start + n),
    firstInSight: Math.max(0, Math.min(inSight.start, count - 1)),
    scrollTo,
  }
}
