/** What DATA brought of a mail that was not stored: greyed, since it is no mail that anybody has. */
import './Brought.css'
import { useId, useState } from 'react'
import { attemptRawUrl, readText } from '../api.js'
import { useLoaded } from '../loaded.js'
import { formatSize } from '../text.js'
import { Revealed } from './Revealed.js'

/** Enough to know the mail by; the rest can be downloaded. */
const MAX_SHOWN = 16 * 1024

export function Brought({ attemptId }: { attemptId: string }) {
  const id = useId()
  const [isOpen, setOpen] = useState(false)
  return (
    <span className="brought">
      <button
        type="button"
        className="link-button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        what DATA brought
      </button>
      {' · '}
      <a href={attemptRawUrl(attemptId)} download={`${attemptId}.eml`}>
        download
      </a>
      {isOpen && <Text id={id} attemptId={attemptId} />}
    </span>
  )
}

const readBrought = (attemptId: string, signal: AbortSignal) => readText(attemptRawUrl(attemptId), signal)

function Text({ id, attemptId }: { id: string; attemptId: string }) {
  const loaded = useLoaded(readBrought, attemptId)
  if (loaded.state === 'loading') return null
  const text = loaded.state === 'ready' ? loaded.value : loaded.error.message
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <pre id={id} tabIndex={0}>
      <Revealed text={text.slice(0, MAX_SHOWN).replaceAll('\r\n', '\n')} />
      {text.length > MAX_SHOWN && `\n… the first ${formatSize(MAX_SHOWN)}; the download has what was kept`}
    </pre>
  )
}
