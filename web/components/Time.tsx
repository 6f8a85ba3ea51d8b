/** A time, as this reader wants times. */
import { formatListTime, formatTime, useDateStyle } from '../dates.js'

/** `short` is for lists; to the second is what the pointer then shows. */
export function Time({ at, short }: { at: string; short?: boolean }) {
  const style = useDateStyle()
  const exact = formatTime(at, style)
  return (
    <time dateTime={at} title={short ? exact : undefined}>
      {short ? formatListTime(at, style) : exact}
    </time>
  )
}
