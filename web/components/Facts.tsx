/** Names and what they stand for, in two columns: `<dl className="facts">` with these in it. */
import './Facts.css'
import type { ReactNode } from 'react'
import { Revealed } from './Revealed.js'

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** As it was said, in the type of code. */
export function Mono({ text }: { text: string }) {
  return (
    <span className="mono">
      <Revealed text={text} />
    </span>
  )
}
