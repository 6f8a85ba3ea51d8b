/** The edge between the list and the message: dragged, or moved by arrow keys; a double click puts it back. */
import './Splitter.css'
import { type CSSProperties, type KeyboardEvent, type PointerEvent, useState } from 'react'
import { remember, remembered } from '../remembered.js'

const NAME = 'list-width'
const MIN_PX = 280
const MAX_PX = 800
const STEP_PX = 16

const within = (px: number) => Math.round(Math.min(MAX_PX, Math.max(MIN_PX, px)))

export interface ListWidth {
  /** Null for what the style sheet thinks right. */
  px: number | null
  set: (px: number | null) => void
  /** For the element that holds both regions. */
  style: CSSProperties
}

export function useListWidth(): ListWidth {
  const [px, setPx] = useState(() => {
    const before = Number(remembered(NAME) ?? Number.NaN)
    return Number.isFinite(before) ? within(before) : null
  })
  const set = (wanted: number | null) => {
    const next = wanted === null ? null : within(wanted)
    setPx(next)
    remember(NAME, next === null ? null : String(next))
  }
  return { px, set, style: px === null ? {} : ({ '--list-width': `${px}px` } as CSSProperties) }
}

export function Splitter({ width }: { width: ListWidth }) {
  const now = (element: HTMLElement) => element.parentElement?.getBoundingClientRect().width ?? MIN_PX

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    event.preventDefault()
  }
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    width.set(event.clientX - (event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0))
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const moves: Record<string, number> = {
      ArrowLeft: now(event.currentTarget) - STEP_PX,
      ArrowRight: now(event.currentTarget) + STEP_PX,
      Home: MIN_PX,
      End: MAX_PX,
    }
    const next = moves[event.key]
    if (next === undefined) return
    width.set(next)
    event.preventDefault()
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is no hr
    <div
      className="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the list"
      aria-valuemin={MIN_PX}
      aria-valuemax={MAX_PX}
      aria-valuenow={width.px ?? MIN_PX}
      aria-valuetext={width.px === null ? 'as usual' : `${width.px} pixels`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
      onDoubleClick={() => width.set(null)}
    />
  )
}
