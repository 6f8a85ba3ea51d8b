/** The empty list: how to get the first mail. */
import './Empty.css'
import { useEffect, useState } from 'react'
import type { Info } from '../../server/http/schema.js'
import { addressFor } from '../addresses.js'
import { caUrl, readInfo } from '../api.js'
import { sampleMail } from '../sample.js'
import { CA_FILE, LOGIN, PLACES, type Place, SNIPPETS, type Snippet } from '../snippets.js'
import { useMailbox } from '../use-mailbox.js'
import { Account } from './Account.js'
import { Icon } from './Icon.js'
import { Lights } from './Lights.js'
import { describeLeft } from './NothingFound.js'
import { Segments } from './Segments.js'
import { Time } from './Time.js'
import { WithCode } from './WithCode.js'

/** What the app has to say about TLS and a login: in one line where that is nothing. */
function securityOf({ requireTls, requireAuth }: Info['limits'], hasTls: boolean): [string, string][] {
  if (!hasTls && !requireAuth) return [['Security, login', 'none']]
  return [
    ['Security', requireTls ? 'TLS is required' : hasTls ? 'as you like' : 'none'],
    ['Login', requireAuth ? 'required' : 'as you like'],
  ]
}

export function Empty() {
  const mailbox = useMailbox()
  const [info, setInfo] = useState<Info>()
  const [place, setPlace] = useState(PLACES[0] as Place)
  const [snippet, setSnippet] = useState(SNIPPETS[0] as Snippet)
  const { connection } = mailbox
  const beingDeleted = mailbox.deletions.countsIn(null).total
  // A restart may have moved the ports, and a deletion that is carried out is counted.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (connection !== 'lost') readInfo().then(setInfo, () => {})
  }, [connection, beingDeleted])

  const smtp = info && addressFor(info.listeners, 'smtp', location.hostname)
  const left = info && describeLeft(info.counts)
  const tlsPort = info?.listeners.find(({ protocol }) => protocol === 'smtps')?.port
  const target = smtp && {
    host: place.host(smtp.host),
    port: smtp.port,
    tls: info.limits.requireTls,
    login: info.limits.requireAuth,
  }
  const code = target ? snippet.code(target) : ''
  return (
    <div className="empty">
      <header>
        <h1>{left || beingDeleted ? 'No mail' : 'No mail yet'}</h1>
        <p>Point your app here and send. Mail shows up by itself; nothing is delivered to anybody.</p>
        {left && <p className="quiet">{left}</p>}
        {mailbox.life > 0 && info && (
          <p className="quiet">
            maildouble was started anew at <Time at={info.startedAt} short />: what it held before is gone.
          </p>
        )}
      </header>

      <section>
        <h2 id="where">Where does the app run?</h2>
        <Segments
          label="Where does the app run?"
          value={place.id}
          options={PLACES.map(({ id, name }) => ({ value: id, name }))}
          onChange={id => setPlace(PLACES.find(other => other.id === id) ?? place)}
        />
        {place.notes.length > 0 && (
          <ul className="empty-notes">
            {place.notes.map(note => (
              <li key={note}>
                <WithCode text={note} />
              </li>
            ))}
          </ul>
        )}
        {target && (
          <dl className="empty-address">
            <div>
              <dt>Host</dt>
              <dd>{target.host}</dd>
            </div>
            <div>
              <dt>Port</dt>
              <dd>{target.port}</dd>
            </div>
            {securityOf(info.limits, tlsPort !== undefined).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        {info?.limits.requireAuth && (
          <p className="empty-tls">
            {info.limits.knownLoginsOnly
              ? `Every mail needs a login that maildouble was started with, in place of “${LOGIN.user}” and “${LOGIN.password}”.`
              : 'Every mail needs a login: any user and password will do.'}
          </p>
        )}
        {tlsPort !== undefined && (
          <p className="empty-tls">
            STARTTLS at this port, TLS from the first byte at port {tlsPort}.{' '}
            {info?.hasCa ? (
              <>
                Let the app trust{' '}
                <a href={caUrl()} download={CA_FILE}>
                  the CA
                </a>
                .
              </>
            ) : (
              <WithCode text={`The app has to trust what signed your certificate: \`${CA_FILE}\` stands for that.`} />
            )}
          </p>
        )}
      </section>

      <section className="snippet">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a column in every browser */}
        <div className="snippet-names" role="group" aria-label="Snippet for">
          {SNIPPETS.map(other => (
            <button
              key={other.id}
              type="button"
              aria-pressed={other.id === snippet.id}
              onClick={() => setSnippet(other)}
            >
              {other.name}
            </button>
          ))}
        </div>
        <div className="snippet-body">
          <div className="snippet-head">
            <span>{snippet.file}</span>
            <button
              type="button"
              className="button small"
              onClick={() => void mailbox.copy(code, `the lines for ${snippet.name}`)}
            >
              <Icon name="copy" /> Copy
            </button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
          <pre tabIndex={0}>{code}</pre>
        </div>
      </section>

      <Lights />

      {info && <Account listeners={info.listeners} />}

      <section className="empty-more">
        <div className="empty-buttons">
          <button
            type="button"
            className="button primary"
            onClick={() => {
              const sample = sampleMail()
              void mailbox.addMessage(sample.raw, sample)
            }}
          >
            <Icon name="plus" /> Add a sample mail
          </button>
          <button type="button" className="button" onClick={() => mailbox.chooseFiles()}>
            <Icon name="file" /> Add .eml or mbox files …
          </button>
        </div>
        <details>
          <summary>The app says it has sent, and nothing arrives?</summary>
          <ul>
            <li>
              The framework is set to log or to collect mail: a test backend, a log mailer, deliveries switched off.
            </li>
            <li>The mail waits in a queue whose worker is not running.</li>
            <li>The app was started before the setting changed: restart it.</li>
            <li>It insists on TLS or on a login: switch both off for this server.</li>
          </ul>
        </details>
      </section>
    </div>
  )
}
