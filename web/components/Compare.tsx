/**
 * A mail on a phone and on a desktop, light and dark, at one glance: each frame is as wide as there, and drawn smaller so
 * that all of them have room. Where they stand one below the other, each has the whole width.
 */
import './Compare.css'
import { useLayoutEffect, useRef, useState } from 'react'
import type { Message } from '../../server/http/schema.js'
import type { Scheme } from '../api.js'
import { MailFrame } from './MailFrame.js'

const PHONE_PX = 375
/** The reading pane of a usual desktop client. */
const DESKTOP_PX = 800
const GAP_PX = 12
/** Below it, side by side is too small to see anything. */
const NARROW_PX = 700

const VIEWS: { name: string; widthPx: number; scheme: Scheme }[] = [
  { name: 'Phone, light', widthPx: PHONE_PX, scheme: 'light' },
  { name: 'Phone, dark', widthPx: PHONE_PX, scheme: 'dark' },
  { name: 'Desktop, light', widthPx: DESKTOP_PX, scheme: 'light' },
  { name: 'Desktop, dark', widthPx: DESKTOP_PX, scheme: 'dark' },
]
const ALL_PX = VIEWS.reduce((sum, { widthPx }) => sum + widthPx, 0)

export function Compare({ message, remote }: { message: Message; remote: boolean }) {
  const root = useRef<HTMLDivElement>(null)
  const [roomPx, setRoomPx] = useState(0)
  useLayoutEffect(() => {
    const element = root.current
    if (!element) return
    const observer = new ResizeObserver(() => setRoomPx(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const isNarrow = roomPx < NARROW_PX
  const scaleOf = (widthPx: number) =>
    isNarrow
      ? Math.min(1, (roomPx - 2 * GAP_PX) / widthPx)
      : Math.min(1, (roomPx - (VIEWS.length + 1) * GAP_PX) / ALL_PX)
  return (
    <div className="compare" ref={root} data-narrow={isNarrow || undefined}>
      {roomPx > 0 &&
        VIEWS.map(({ name, widthPx, scheme }) => {
          const scale = scaleOf(widthPx)
          return (
            <figure key={name} style={{ width: Math.floor(widthPx * scale) }}>
              <figcaption>
                {name} <span>{widthPx} px</span>
              </figcaption>
              <div>
                <MailFrame
                  message={message}
                  scheme={scheme}
                  remote={remote}
                  name={name}
                  style={{ width: widthPx, height: `${100 / scale}%`, transform: `scale(${scale})` }}
                />
              </div>
            </figure>
          )
        })}
    </div>
  )
}
