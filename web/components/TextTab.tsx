/** The plain text part: as sent or wrapped, its links clickable. */
import './TextTab.css'
import { useState } from 'react'
import { isOpenable, linked } from '../links.js'
import { formatSize } from '../text.js'
import { useMailboxActions } from '../use-mailbox.js'
import { Icon } from './Icon.js'
import { Scrolled } from './Scrolled.js'
import { Segments } from './Segments.js'

/** What is drawn at once; a browser takes seconds to lay out megabytes of text. */
const SHOWN_CHARACTERS = 200_000

const WRAPS = [
  { value: 'wrapped', name: 'Wrapped' },
  { value: 'sent', name: 'As sent' },
] as const

export function TextTab({ text }: { text: string }) {
  const mailbox = useMailboxActions()
  const [wrap, setWrap] = useState<'wrapped' | 'sent'>('wrapped')
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? text : text.slice(0, SHOWN_CHARACTERS)
  return (
    <>
      <div className="tools">
        <Segments label="Lines" value={wrap} options={WRAPS} onChange={setWrap} />
        <div className="tools-end">
          <button
            type="button"
            className="icon-button"
            aria-label="Copy the text"
            title="Copy the text"
            onClick={() => void mailbox.copy(text, 'the text')}
          >
            <Icon name="copy" />
          </button>
        </div>
      </div>
      <Scrolled label="Text of the message">
        {text.trim() === '' && <p className="quiet">The text part is empty.</p>}
        <pre className="plain-text" data-wrap={wrap} dir="auto">
          {linked(shown).map((piece, n) =>
            typeof piece === 'string' ? (
              piece
            ) : isOpenable(piece.href) ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: likewise
              <a key={n} href={piece.href} target="_blank" rel="noreferrer">
                {piece.href}
              </a>
            ) : (
              piece.href
            ),
          )}
        </pre>
        {shown.length < text.length && (
          <button type="button" className="button" onClick={() => setWhole(true)}>
            Show all {formatSize(text.length)}
          </button>
        )}
      </Scrolled>
    </>
  )
}
