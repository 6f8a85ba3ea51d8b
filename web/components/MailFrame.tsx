/** A mail's HTML in a frame that runs nothing and, until asked, loads nothing from the network. */
import './MailFrame.css'
import type { CSSProperties } from 'react'
import type { Message } from '../../server/http/schema.js'
import { htmlUrl, type Scheme } from '../api.js'
import { revealedText } from '../text.js'

interface Props {
  message: Message
  scheme: Scheme
  remote: boolean
  /** What tells it from others beside it. */
  name?: string
  style?: CSSProperties
}

export function MailFrame({ message: { id, subject }, scheme, remote, name, style }: Props) {
  return (
    <iframe
      className="mail-frame"
      data-scheme={scheme}
      title={`The mail${name ? `, ${name}` : ''}: ${revealedText(subject) || 'no subject'}`}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      src={htmlUrl(id, scheme, remote)}
      style={style}
    />
  )
}
