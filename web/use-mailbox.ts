/** How components come by the mailbox, and what makes them render anew. */
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Connection } from './live.js'
import type { Mailbox } from './mailbox.js'

const MailboxContext = createContext<Mailbox | null>(null)
export const MailboxProvider = MailboxContext.Provider

/** The mailbox for what it can do: the component is not rendered anew when something in it changes. */
export function useMailboxActions(): Mailbox {
  const mailbox = useContext(MailboxContext)
  if (!mailbox) throw new Error('the mailbox is used outside of its MailboxProvider')
  return mailbox
}

/** Whether the server answers; the component renders anew when that changes, and for nothing else. */
export function useConnection(): Connection {
  const mailbox = useMailboxActions()
  return useSyncExternalStore(mailbox.subscribe, () => mailbox.connection)
}

/** The mailbox; the component renders anew whenever anything in it changes. */
export function useMailbox(): Mailbox {
  const mailbox = useMailboxActions()
  useSyncExternalStore(mailbox.subscribe, mailbox.version)
  return mailbox
}
