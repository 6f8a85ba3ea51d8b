/** The page begins here. */
import './styles/tokens.css'
import './styles/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { loadTheRest } from './later.js'
import { Mailbox } from './mailbox.js'
import { applyTheme } from './theme.js'
import { currentPlace } from './url.js'
import { MailboxProvider } from './use-mailbox.js'

/** When what is not needed at first is fetched. */
const REST_MS = 1_500

applyTheme()
const mailbox = new Mailbox(currentPlace())
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <MailboxProvider value={mailbox}>
      <App />
    </MailboxProvider>
  </StrictMode>,
)

// Not in the way of the first list and the first mail.
setTimeout(loadTheRest, REST_MS)
