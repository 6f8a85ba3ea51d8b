/**
 * The mail as a client would draw it, in a frame that runs nothing and, until asked, loads nothing from the network.
 */
import './HtmlTab.css'
import { useEffect, useState } from 'react'
import type { Message } from '../../server/http/schema.js'
import { countBlocked, htmlUrl } from '../api.js'
import { plural, revealedText } from '../text.js'
import { Segments } from './Segments.js'

const WIDTHS = [
  { value: 'phone', name: 'Phone, 375 px', icon: 'phone' },
  { value: 'tablet', name: 'Tablet, 768 px', icon: 'tablet' },
  { value: 'full', name: 'Full width', icon: 'desktop' },
] as const
const SCHEMES = [
  { value: 'light', name: 'Light', icon: 'sun' },
  { value: 'dark', name: "Dark, by the mail's own rules", icon: 'moon' },
] as const

type Width = (typeof WIDTHS)[number]['value']
type Scheme = (typeof SCHEMES)[number]['value']

/** Chosen once, meant for every mail of the visit. */
let lastWidth: Width = 'full'
let lastScheme: Scheme = 'light'

export function HtmlTab({ message }: { message: Message }) {
  const { id, subject } = message
  const [width, setWidth] = useState(lastWidth)
  const [scheme, setScheme] = useState(lastScheme)
  const [remote, setRemote] = useState(false)
  const [blocked, setBlocked] = useState(0)

  useEffect(() => {
    const abort = new AbortController()
    countBlocked(id, abort.signal).then(setBlocked, () => {})
    return () => abort.abort()
  }, [id])

  return (
    <>
      <div className="tools">
        <Segments
          label="Width"
          value={width}
          options={WIDTHS}
          onChange={value => {
            lastWidth = value
            setWidth(value)
          }}
        />
        <Segments
          label="Appearance"
          value={scheme}
          options={SCHEMES}
          onChange={value => {
            lastScheme = value
            setScheme(value)
          }}
        />
        {blocked > 0 && (
          <output className="blocked">
            {remote ? (
              <span>Remote content loaded</span>
            ) : (
              <>
                <span>{plural(blocked, 'piece')} of remote content blocked</span>
                <button type="button" className="button small" onClick={() => setRemote(true)}>
                  Load
                </button>
              </>
            )}
          </output>
        )}
      </div>
      <div className="stage" data-width={width} data-scheme={scheme}>
        <iframe
          title={`The mail: ${revealedText(subject) || 'no subject'}`}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerPolicy="no-referrer"
          src={htmlUrl(id, scheme, remote)}
        />
      </div>
    </>
  )
}
