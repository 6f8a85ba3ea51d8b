/** The mail as clients would draw it: at one width in one appearance, or in several ways side by side. */
import './HtmlTab.css'
import { useEffect, useState } from 'react'
import type { Message } from '../../server/http/schema.js'
import { countBlocked, type Scheme } from '../api.js'
import { plural } from '../text.js'
import { go } from '../url.js'
import { Compare } from './Compare.js'
import { Icon, type IconName } from './Icon.js'
import { MailFrame } from './MailFrame.js'
import { Segments } from './Segments.js'

const WIDTHS = [
  { value: 'phone', name: 'Phone, 375 px', icon: 'phone' },
  { value: 'tablet', name: 'Tablet, 768 px', icon: 'tablet' },
  { value: 'full', name: 'Full width', icon: 'desktop' },
] as const
const SCHEMES = [
  { value: 'light', name: 'Light', icon: 'sun' },
  { value: 'dark', name: "Dark, by the mail's own rules", icon: 'moon' },
  { value: 'forced-dark', name: 'Forced dark, about as some clients recolour', icon: 'contrast' },
] as const satisfies { value: Scheme; name: string; icon: IconName }[]

type Width = (typeof WIDTHS)[number]['value']

/** Chosen once, meant for every mail of the visit. */
let lastWidth: Width = 'full'
let lastScheme: Scheme = 'light'

export function HtmlTab({ message, isComparing }: { message: Message; isComparing: boolean }) {
  const { id } = message
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
        {!isComparing && (
          <>
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
          </>
        )}
        <button
          type="button"
          className="button small"
          aria-pressed={isComparing}
          aria-keyshortcuts="c"
          title="Compare phone and desktop, light and dark (c)"
          onClick={() => go({ tab: 'html', compare: !isComparing }, 'replace')}
        >
          <Icon name="compare" /> Compare
        </button>
        {scheme === 'forced-dark' && !isComparing && (
          <span className="badge quiet" title="Clients that recolour mail do so each by rules of its own.">
            approximate
          </span>
        )}
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
      {isComparing ? (
        <Compare message={message} remote={remote} />
      ) : (
        <div className="stage" data-width={width}>
          <MailFrame message={message} scheme={scheme} remote={remote} />
        </div>
      )}
    </>
  )
}
