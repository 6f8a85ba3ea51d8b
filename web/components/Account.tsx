/** How to add the account to a mail program, where POP3 or IMAP is on. */
import type { Listener } from '../../server/http/schema.js'
import { addressFor } from '../addresses.js'

const PROTOCOLS = ['imap', 'pop3'] as const

export function Account({ listeners }: { listeners: readonly Listener[] }) {
  const servers = PROTOCOLS.flatMap(protocol => {
    const address = addressFor(listeners, protocol, location.hostname)
    const tls = addressFor(listeners, `${protocol}s`, location.hostname)
    return address ? [{ protocol: protocol.toUpperCase(), ...address, tlsPort: tls?.port }] : []
  })
  if (servers.length === 0) return null
  return (
    <section aria-label="Mail program">
      <h2>Read the mail in a mail program</h2>
      <dl className="empty-address empty-account">
        {servers.map(({ protocol, host, port, tlsPort }) => (
          <div key={protocol}>
            <dt>{protocol}</dt>
            <dd>
              {host}:{port}
            </dd>
            {tlsPort !== undefined && <dd className="empty-remark">TLS at {tlsPort}</dd>}
          </div>
        ))}
        <div>
          <dt>User</dt>
          <dd>all</dd>
          <dd className="empty-remark">or an inbox, or an address</dd>
        </div>
        <div>
          <dt>Password</dt>
          <dd>any</dd>
          <dd className="empty-remark">unless --mailbox-auth is on</dd>
        </div>
      </dl>
    </section>
  )
}
