/** What the sender may want to know before real people get the mail: errors first, each with its place in the source. */
import './ChecksTab.css'
import type { Check, CheckList, Link, Message } from '../../server/http/schema.js'
import { linked } from '../links.js'
import type { Loaded } from '../loaded.js'
import { plural, revealedText } from '../text.js'
import { currentPlace, formatPlace, go } from '../url.js'
import { Icon, type IconName } from './Icon.js'
import { Loading } from './Loading.js'
import { Revealed } from './Revealed.js'
import { Scrolled } from './Scrolled.js'

/** Links that are listed; a mail with more is no longer read by people. */
const SHOWN_LINKS = 200

const LEVELS: { level: Check['level']; one: string; many: string; icon: IconName }[] = [
  { level: 'error', one: 'error', many: 'errors', icon: 'close' },
  { level: 'warning', one: 'warning', many: 'warnings', icon: 'warning' },
]

export function ChecksTab({ message, loaded }: { message: Message; loaded: Loaded<CheckList> }) {
  if (loaded.state !== 'ready') return <Loading {...loaded} />
  const { checks } = loaded.value
  const good = groupsOf(checks, 'info')
  const isWell = checks.every(({ level }) => level === 'info')
  return (
    <Scrolled label="Checks of the message">
      {isWell && (
        <div className="checks-well">
          <Icon name="check" />
          <div>
            <h3>Nothing to mend</h3>
            <p>Links, placeholders, images, what clients show, headers, text and bytes: no error, no warning.</p>
          </div>
        </div>
      )}
      {LEVELS.map(({ level, one, many, icon }) => {
        const groups = groupsOf(checks, level)
        if (groups.length === 0) return null
        const count = groups.reduce((sum, { places }) => sum + places.length, 0)
        return (
          <section key={level} className="checks" data-level={level}>
            <h3>{plural(count, one, many)}</h3>
            <Groups groups={groups} icon={icon} message={message} />
          </section>
        )
      })}
      {good.length > 0 && (
        <details className="checks" data-level="info" open={isWell}>
          <summary>
            <h3>Good to know</h3>
          </summary>
          <Groups groups={good} icon="info" message={message} />
        </details>
      )}
    </Scrolled>
  )
}

/** Results of one check that are explained in the same words. */
interface Group {
  id: string
  explanation: string
  places: Check[]
}

function groupsOf(checks: readonly Check[], level: Check['level']): Group[] {
  const groups: Group[] = []
  for (const check of checks) {
    if (check.level !== level) continue
    const { id, explanation } = check
    const alike = groups.find(group => group.id === id && explanation.startsWith(group.explanation))
    if (!alike) {
      groups.push({ id, explanation, places: [check] })
      continue
    }
    alike.places.push(check)
    // The last also says how many more there are.
    alike.explanation = explanation
  }
  return groups
}

function Groups({ groups, icon, message }: { groups: Group[]; icon: IconName; message: Message }) {
  return (
    <ul>
      {groups.map(({ id, explanation, places }) => (
        <li key={`${id} ${places[0]?.title}`} className="check">
          <Icon name={icon} />
          <div>
            {places.map((place, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: results have no identity beyond their place
              <CheckPlace key={n} check={place} />
            ))}
            <p>
              <Explanation text={explanation} />
            </p>
            {id === 'links' && message.links.length > 0 && <Links links={message.links} />}
          </div>
        </li>
      ))}
    </ul>
  )
}

function CheckPlace({ check: { title, offset } }: { check: Check }) {
  return (
    <div className="check-title">
      <h4>
        <Revealed text={title} />
      </h4>
      {offset !== null && (
        <a
          aria-label={`Show in source: ${revealedText(title)}`}
          href={formatPlace({ ...currentPlace(), tab: 'raw', at: offset })}
          onClick={event => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return
            event.preventDefault()
            go({ tab: 'raw', at: offset })
          }}
        >
          <span className="check-where">Show in </span>source
        </a>
      )}
    </div>
  )
}

/** Words that lead on only where we said where to. */
function Explanation({ text }: { text: string }) {
  return linked(text).map((piece, n) =>
    typeof piece !== 'string' && piece.href.startsWith('https://www.caniemail.com/features/') ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity beyond their place
      <a key={n} href={piece.href} target="_blank" rel="noreferrer">
        caniemail.com
      </a>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: likewise
      <Revealed key={n} text={typeof piece === 'string' ? piece : piece.href} />
    ),
  )
}

function Links({ links }: { links: readonly Link[] }) {
  return (
    <details className="check-links">
      <summary>List them</summary>
      <ol>
        {links.slice(0, SHOWN_LINKS).map(({ href, text }, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: links have no identity beyond their place
          <li key={n}>
            {text !== href && (
              <>
                <Revealed text={text} />{' '}
              </>
            )}
            <code>
              <Revealed text={href} />
            </code>
          </li>
        ))}
      </ol>
      {links.length > SHOWN_LINKS && <p className="quiet">and {plural(links.length - SHOWN_LINKS, 'more link')}</p>}
    </details>
  )
}
