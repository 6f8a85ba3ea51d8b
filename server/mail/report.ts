/**
 * A report of mail as one HTML file that is whole without a server: messages as they look, what came with them, and what
 * was said on the connections. Pure: bytes in, text out.
 *
 * A mail is somebody else's HTML: it is shown made safe, in a frame of its own without scripts, and nothing loads from
 * anywhere, which the file's own policy says once more. The file needs no script.
 */
import { describeTried, quantity } from './explain.js'
import { Markup, markup } from './markup.js'
import type { Address, Message } from './message.js'
import type { Attempt, Session } from './session.js'

/** What is reported. */
export interface Reported {
  /** What the mail is of: the title of a test. */
  title: string
  /** Oldest first. */
  messages: readonly ReportedMessage[]
  /** How many there are that are older than `messages`, and not told of. */
  older?: number
  sessions: readonly Session[]
  attempts: readonly Attempt[]
  /** Where mail was to be sent, for those who find none. */
  smtpUrl: string
}

/** What is told of a message: the library's have it, too. */
type Reportable = Omit<Message, 'otp' | 'attempts'>

export interface ReportedMessage {
  message: Reportable
  /** Its HTML made safe to show (safe-html.ts), remote content blocked; null where it has none. */
  safeHtml: string | null
}

/** The newest are shown: a report is attached to one test, and opened in a browser. */
export const MAX_REPORTED_MESSAGES = 200
const MAX_SESSIONS = 200
/** Characters of one text or one HTML; a longer one is cut, or left out. */
const MAX_TEXT = 256 * 1024
const MAX_HTML = 8 * 1024 * 1024
/** Characters of all HTML together: images are within it. */
const MAX_ALL_HTML = 32 * 1024 * 1024

/** What the file may load: nothing from anywhere. */
export const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'"

const STYLE = `
:root { color-scheme: light dark; --soft: light-dark(#4c525d, #b1b7c2); --line: light-dark(#e2e4e9, #2d3139);
  --sunken: light-dark(#f5f6f8, #15171b); --accent: light-dark(#0a58ca, #82b4ff); --red: light-dark(#b3261e, #ff8a80); }
body { max-width: 960px; margin: 0 auto; padding: 24px; font: 14px/20px system-ui, sans-serif;
  background: light-dark(#ffffff, #1c1f24); color: light-dark(#191c21, #e8eaed); }
h1 { font-size: 20px; line-height: 28px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; line-height: 24px; margin: 0 0 8px; overflow-wrap: anywhere; }
article, section { margin-top: 24px; padding-top: 16px; border-top: 1px solid var(--line); }
p { margin: 4px 0; } a { color: var(--accent); overflow-wrap: anywhere; }
.soft, dt, th { color: var(--soft); } .wrong { color: var(--red); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 16px; margin: 0 0 8px; }
dd { margin: 0; overflow-wrap: anywhere; } ul { margin: 4px 0; padding-left: 20px; }
details { margin: 8px 0; } summary { cursor: pointer; font-weight: 600; }
iframe { width: 100%; height: 320px; resize: vertical; overflow: auto; border: 1px solid var(--line); background: #fff; }
pre, .said { margin: 8px 0; padding: 8px 12px; overflow-wrap: anywhere; white-space: pre-wrap; background: var(--sunken);
  border: 1px solid var(--line); border-radius: 8px; font: 12px/20px ui-monospace, monospace; }
table { border-spacing: 0; width: 100%; } th, td { padding: 2px 16px 2px 0; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; } th { font-weight: 400; white-space: nowrap; }
.said { list-style: none; } .client { color: var(--accent); } .note { color: var(--soft); font-style: italic; }
`

/** The report as an HTML document. */
export function mailReport({ title, messages, older = 0, sessions, attempts, smtpUrl }: Reported): string {
  const shown = messages.slice(-MAX_REPORTED_MESSAGES)
  const held = new Set(sessions.slice(-MAX_SESSIONS).map(({ id }) => id))
  let room = MAX_ALL_HTML
  const articles = shown.map(reported => {
    const fits = (reported.safeHtml?.length ?? 0) <= Math.min(room, MAX_HTML)
    if (fits) room -= reported.safeHtml?.length ?? 0
    return article(reported, fits, held)
  })
  const failed = attempts.filter(({ outcome }) => outcome !== 'accepted')
  const total = messages.length + older
  const counts = [quantity(total, 'message'), quantity(sessions.length, 'connection')].join(', ')
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">
<meta name="viewport" content="width=device-width">
<title>Mail: ${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
<p class="soft">${counts}${leftOut(total - shown.length, 'older message')}</p>
${nothing(messages.length, sessions.filter(({ protocol }) => protocol === 'smtp').length, smtpUrl)}
${failed.length === 0 ? '' : markup`<h2>Not delivered</h2>${list(failed.map(attempt => markup`${describeTried(attempt)}`))}`}
${articles}
${conversations(sessions)}
</body>
</html>
`.html
}

function nothing(messages: number, sessions: number, smtpUrl: string): Markup | string {
  if (messages > 0) return ''
  if (sessions > 0) return markup`<p class="wrong">No message arrived. What the app said is below.</p>`
  return markup`<p class="wrong">No message arrived, and no connection at all: is the app using ${smtpUrl}?</p>`
}

function article({ message, safeHtml }: ReportedMessage, fits: boolean, held: ReadonlySet<string>): Markup {
  const { subject, from, to, cc, receivedAt, size, warnings, links, otps, parts, text, sessionId } = message
  const dialogue =
    sessionId !== null && held.has(sessionId) ? markup` · <a href="#session-${sessionId}">what was said</a>` : ''
  return markup`<article>
<h2>${subject || '(no subject)'}</h2>
<dl>
${row('From', from ? [from] : [])}${row('To', to)}${row('Cc', cc)}
<dt>Received</dt><dd>${receivedAt} · ${size} bytes${dialogue}</dd>
${otps.length === 0 ? '' : markup`<dt>Code</dt><dd>${otps.join(', ')}</dd>`}
</dl>
${warnings.map(warning => markup`<p class="wrong">${warning}</p>`)}
${shownHtml(safeHtml, fits)}
${text === null ? '' : folded('Text', markup`<pre>${cut(text)}</pre>`, safeHtml === null)}
${links.length === 0 ? '' : folded('Links', list(links.map(link => markup`${link.text} <span class="soft">${link.href}</span>`)))}
${parts.length === 0 ? '' : folded('Attachments', list(parts.map(part => markup`${part.filename ?? '(no name)'} <span class="soft">${part.contentType}, ${part.size} bytes</span>`)))}
${folded('Headers', table(message.headers.map(({ name, value }) => [name, value])))}
${folded('Envelope', envelope(message))}
</article>
`
}

function shownHtml(safeHtml: string | null, fits: boolean): Markup | string {
  if (safeHtml === null) return ''
  if (!fits) return markup`<p class="soft">Its HTML is too large to be shown here.</p>`
  const frame = markup`<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${safeHtml}" title="HTML"></iframe>`
  return folded('HTML', frame, true)
}

function envelope({
  envelope: { verb, from, fromParams, recipients, helo, remoteAddress, tls, auth },
}: Reportable): Markup {
  const rows: [string, string][] = [
    [verb, `<${from}>${parameters(fromParams)}`],
    ...recipients.map(({ address, params }): [string, string] => ['RCPT', `<${address}>${parameters(params)}`]),
    ['Client', [helo, remoteAddress].filter(name => name !== null).join(' at ') || 'none: it was added by hand'],
  ]
  if (tls) rows.push(['TLS', `${tls.version}, ${tls.cipher}`])
  if (auth) rows.push(['Login', `${auth.username} (${auth.mechanism})`])
  return table(rows)
}

function parameters(given: Message['envelope']['fromParams']): string {
  return Object.entries(given)
    .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}=${value}`))
    .join('')
}

function conversations(sessions: readonly Session[]): Markup | string {
  if (sessions.length === 0) return ''
  const shown = sessions.slice(-MAX_SESSIONS)
  return markup`<section>
<h2>Connections</h2>
<p class="soft">${leftOut(sessions.length - shown.length, 'older connection')}</p>
${shown.map(conversation)}
</section>`
}

function conversation({ id, startedAt, outcome, transcript, messages }: Session): Markup {
  const said = transcript.map(
    ({ from, line }) => markup`<li class="${from}">${from === 'note' ? '' : `${from[0]?.toUpperCase()}: `}${line}</li>`,
  )
  const open = messages.length === 0 ? markup` open` : ''
  return markup`<details${open}>
<summary>${outcome}</summary>
<p class="soft">${startedAt}</p>
<ol class="said" id="session-${id}">${said}</ol>
</details>
`
}

function folded(name: string, content: Markup, open = false): Markup {
  return markup`<details${open ? markup` open` : ''}><summary>${name}</summary>${content}</details>`
}

function row(name: string, addresses: readonly Address[]): Markup | string {
  if (addresses.length === 0) return ''
  const written = addresses.map(({ name, address }) => (name ? `${name} <${address}>` : address)).join(', ')
  return markup`<dt>${name}</dt><dd>${written}</dd>`
}

function table(rows: readonly (readonly [string, string])[]): Markup {
  return markup`<table>${rows.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</table>`
}

function list(items: readonly Markup[]): Markup {
  return markup`<ul>${items.map(item => markup`<li>${item}</li>`)}</ul>`
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}\n... ${text.length - MAX_TEXT} characters more`
}

function leftOut(count: number, what: string): string {
  return count === 0 ? '' : ` (${quantity(count, what)} left out)`
}
