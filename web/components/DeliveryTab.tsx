/** What the client said about the message, beside what the message says: where they differ, and how it came. */
import './DeliveryTab.css'
import { type ReactNode, useState } from 'react'
import type { EsmtpParams, Message, Session } from '../../server/http/schema.js'
import { listAttemptsOf, readSessionOf } from '../api.js'
import { compareRecipients, PARAMS, partOf, sameAddress } from '../delivery.js'
import { useLoaded } from '../loaded.js'
import { formatNumber, plural } from '../text.js'
import { formatPlace, HOME } from '../url.js'
import { Fact, Mono } from './Facts.js'
import { Revealed } from './Revealed.js'
import { Scrolled } from './Scrolled.js'
import { Time } from './Time.js'
import { Transcript } from './Transcript.js'
import { Tries } from './Tries.js'

/** Recipients shown before "show all": a message may have 10,000. */
const SHOWN_RECIPIENTS = 100
/** Beyond it the Date header is worth a remark: clocks of a test set-up agree. */
const CLOCK_TOLERANCE_MS = 120_000

export function DeliveryTab({ message }: { message: Message }) {
  const { envelope, from, date, receivedAt } = message
  const [areAllShown, setAllShown] = useState(false)
  const recipients = compareRecipients(message)
  const shown = areAllShown ? recipients : recipients.slice(0, SHOWN_RECIPIENTS)
  const hidden = recipients.filter(({ header }) => header === null).length
  const header = (name: string) => message.headers.find(field => field.name.toLowerCase() === name)?.value
  const sender = header('sender')
  const returnPath = header('return-path')
  const clockDifferenceMs = date === null ? null : new Date(date).getTime() - new Date(receivedAt).getTime()

  return (
    <Scrolled label="Delivery of the message" className="scrolled delivery">
      <table className="compared">
        <thead>
          <tr>
            <td />
            <th scope="col">
              Envelope <span>what SMTP was told</span>
            </th>
            <th scope="col">
              Headers <span>what the mail says</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Sender</th>
            <td>
              {envelope.from ? (
                <Mono text={envelope.from} />
              ) : (
                <>
                  &lt;&gt; <Remark quiet>null path: a bounce or a notice</Remark>
                </>
              )}
              <Params params={envelope.fromParams} />
            </td>
            <td>
              {from ? (
                <>
                  <Mono text={from.name ? `${from.name} <${from.address}>` : from.address} />{' '}
                  {envelope.from && !sameAddress(envelope.from, from.address) && <Remark quiet>differs</Remark>}
                </>
              ) : (
                <Remark>no From header</Remark>
              )}
              {sender && (
                <div>
                  Sender: <Mono text={sender} />
                </div>
              )}
              {returnPath && (
                <div>
                  Return-Path: <Mono text={returnPath} /> <Remark quiet>set by the sender, not by delivery</Remark>
                </div>
              )}
            </td>
          </tr>
          {shown.map(({ envelope: address, params, header: named }, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a recipient may stand twice
            <tr key={n}>
              {n === 0 ? <th scope="row">Recipients</th> : <td />}
              <td>
                {address === null ? <Remark>not in the envelope: not delivered there</Remark> : <Mono text={address} />}
                <Params params={params} />
              </td>
              <td>
                {named === null ? (
                  <Remark>hidden: in no header</Remark>
                ) : (
                  <>
                    {named.name}: <Mono text={named.text} /> {named.name === 'Bcc' && <Remark>leaks</Remark>}
                  </>
                )}
              </td>
            </tr>
          ))}
          {recipients.length > shown.length && (
            <tr>
              <td />
              <td colSpan={2}>
                <button type="button" className="link-button" onClick={() => setAllShown(true)}>
                  Show all {recipients.length}
                </button>
                {hidden > 0 && ` · ${hidden} hidden`}
              </td>
            </tr>
          )}
          <tr>
            <th scope="row">Time</th>
            <td>
              <Time at={receivedAt} />
            </td>
            <td>
              {date === null ? (
                <Remark>no Date header that can be read</Remark>
              ) : (
                <>
                  <Time at={date} />{' '}
                  {clockDifferenceMs !== null && Math.abs(clockDifferenceMs) > CLOCK_TOLERANCE_MS && (
                    <Remark quiet>{describeDifference(clockDifferenceMs)}</Remark>
                  )}
                </>
              )}
            </td>
          </tr>
        </tbody>
      </table>

      <h3>How it came</h3>
      {envelope.helo === null && envelope.remoteAddress === null ? (
        <p className="quiet">It was added through the API: no SMTP client brought it.</p>
      ) : (
        <dl className="facts">
          <Fact name="Client">
            <Mono
              text={`${envelope.remoteAddress ?? 'unknown'}${envelope.remotePort ? ` port ${envelope.remotePort}` : ''}`}
            />
          </Fact>
          <Fact name="Greeted as">{envelope.helo ? <Mono text={envelope.helo} /> : 'no HELO or EHLO'}</Fact>
          {envelope.localPort !== null && (
            <Fact name="To our port">
              <Mono text={String(envelope.localPort)} />
            </Fact>
          )}
          {envelope.verb !== 'MAIL' && (
            <Fact name="Command">
              <Mono text={envelope.verb} /> in place of MAIL (RFC 821)
            </Fact>
          )}
          {envelope.tls && <Fact name="TLS">{`${envelope.tls.version}, ${envelope.tls.cipher}`}</Fact>}
          {envelope.auth && <Fact name="Logged in">{`${envelope.auth.username} (${envelope.auth.mechanism})`}</Fact>}
          <Fact name="Message-ID">{message.messageId ? <Mono text={message.messageId} /> : <Remark>none</Remark>}</Fact>
        </dl>
      )}
      {message.sessionId !== null && <Dialogue id={message.id} />}
    </Scrolled>
  )
}

/** What it took, and what was said meanwhile; the server keeps this for a while only. */
function Dialogue({ id }: { id: string }) {
  const attempts = useLoaded(listAttemptsOf, id)
  const session = useLoaded(readSessionOf, id)
  if (attempts.state === 'loading' || session.state === 'loading') return null
  return (
    <>
      {attempts.state === 'ready' && attempts.value.attempts.length > 1 && (
        <>
          <h3>{plural(attempts.value.attempts.length, 'try', 'tries')}</h3>
          <Tries attempts={attempts.value.attempts} />
        </>
      )}
      <h3>What was said</h3>
      {session.state === 'ready' ? (
        <Said session={session.value} messageId={id} />
      ) : (
        <p className="quiet">{session.error.message}</p>
      )}
    </>
  )
}

/** On a pooled connection, what was said about other messages is folded away. */
function Said({ session, messageId }: { session: Session; messageId: string }) {
  const [isWhole, setWhole] = useState(false)
  const { id, transcript } = session
  const part = partOf(transcript, messageId)
  const isFolded = part !== null && !isWhole
  return (
    <>
      {part && (
        <p className="quiet delivery-part">
          {isFolded ? 'About this message only. ' : `Everything that was said on the connection. `}
          <button type="button" className="link-button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
            {isFolded ? `Show all ${formatNumber(transcript.length)} lines` : 'Show this message only'}
          </button>
        </p>
      )}
      <Transcript lines={isFolded ? transcript.slice(part.from, part.to) : transcript} />
      <p className="delivery-more">
        <a href={formatPlace({ ...HOME, view: 'sessions', sessionId: id })}>The whole session</a>
      </p>
    </>
  )
}

function describeDifference(milliseconds: number): string {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000)
  const [amount, unit] =
    minutes < 120
      ? [minutes, 'minute']
      : minutes < 2880
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / 1440), 'day']
  return `${plural(amount as number, unit as string)} ${milliseconds < 0 ? 'before' : 'after'} it came`
}

function Remark({ children, quiet }: { children: ReactNode; quiet?: boolean }) {
  return <span className={quiet ? 'badge quiet' : 'badge'}>{children}</span>
}

function Params({ params }: { params: EsmtpParams }) {
  const entries = Object.entries(params)
  if (entries.length === 0) return null
  return (
    <ul className="params">
      {entries.map(([name, value]) => (
        <li key={name} className="mono" title={PARAMS[name]}>
          <Revealed text={value === true ? name : `${name}=${value}`} />
        </li>
      ))}
    </ul>
  )
}
