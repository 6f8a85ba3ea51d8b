/** The address for mail, where a page has nothing else to show: the empty list, which says it, is gone by then. */
import { useEffect, useState } from 'react'
import { addressFor } from '../addresses.js'
import { readInfo } from '../api.js'
import type { SmtpAddress } from '../snippets.js'
import { useMailbox } from '../use-mailbox.js'

export function TakenAt() {
  const mailbox = useMailbox()
  const [smtp, setSmtp] = useState<SmtpAddress>()
  const { connection } = mailbox
  // A restart may have moved the port.
  useEffect(() => {
    if (connection !== 'lost')
      readInfo().then(
        info => setSmtp(addressFor(info.listeners, 'smtp', location.hostname)),
        () => {},
      )
  }, [connection])
  if (!smtp) return null
  const address = `${smtp.host}:${smtp.port}`
  return (
    <p className="placeholder-keys">
      Mail is taken at{' '}
      <button
        type="button"
        className="link-button mono"
        title="Copy the address"
        onClick={() => void mailbox.copy(address, `the address ${address}`)}
      >
        {address}
      </button>
    </p>
  )
}
