/** What a tab shows, scrolling by itself; it takes the focus, so that the keyboard can scroll it. */
import type { ReactNode, Ref } from 'react'

interface Props {
  label: string
  className?: string
  ref?: Ref<HTMLElement>
  children: ReactNode
}

export function Scrolled({ label, className = 'scrolled', ref, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className={className} tabIndex={0} aria-label={label} ref={ref}>
      {children}
    </section>
  )
}
