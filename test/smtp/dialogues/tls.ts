/** STARTTLS (RFC 3207) and TLS from the first byte. */
import { TLS } from '../../script.js'
import type { Dialogue } from '../play.js'
import { EHLO, GREETING, KEYWORDS, SHORT_MAIL } from './openings.js'

const QUEUED = 'S: 250 2.0.0 Ok: queued as id1'
const READY = 'S: 220 2.0.0 Ready to start TLS'
const KEYWORDS_WITH_STARTTLS = KEYWORDS.flatMap(line =>
  line.startsWith('S: 250-AUTH') ? ['S: 250-STARTTLS', line] : [line],
)
const CLEAR = [...GREETING, 'C: EHLO client.test', ...KEYWORDS_WITH_STARTTLS]
/** Up to the EHLO inside of TLS. */
const SECURED = [...CLEAR, 'C: STARTTLS', READY, 'TLS', 'C: EHLO client.test', ...KEYWORDS]

const starttls: Dialogue[] = [
  {
    name: 'EHLO offers it in its place, and no longer inside of TLS; the envelope has version and cipher',
    says: [...SECURED, ...SHORT_MAIL, QUEUED],
    messages: [{ tls: TLS }],
  },
  { name: 'mail in the clear has none', says: [...CLEAR, ...SHORT_MAIL, QUEUED], messages: [{ tls: null }] },
  {
    name: 'what was pipelined behind it in the clear is dropped (6; CVE-2011-0411)',
    says: [
      ...CLEAR,
      'C> STARTTLS\\r\\nEHLO evil.test\\r\\nMAIL FROM:<eve@evil.test>\\r\\nRCPT TO:<bob@double.test>\\r\\nDATA\\r\\n',
      READY,
      'TLS',
      'C: MAIL FROM:<ann@client.test>',
      'S: 503 5.5.1 Say EHLO or HELO first',
      'C: EHLO client.test',
      ...KEYWORDS,
      ...SHORT_MAIL,
      QUEUED,
    ],
    messages: [{ helo: 'client.test' }],
  },
  {
    name: 'half a command in the clear does not begin one inside of TLS',
    says: [...CLEAR, 'C> STARTTLS\\r\\nNOOP and', READY, 'TLS', 'C: EHLO client.test', ...KEYWORDS],
  },
  {
    name: 'who had logged in has to do so again (4.2)',
    says: [
      ...CLEAR,
      'C: AUTH PLAIN AGEAYg==',
      'S: 235 2.7.0 *',
      'C: STARTTLS',
      READY,
      'TLS',
      'C: EHLO client.test',
      ...KEYWORDS,
      'C: AUTH PLAIN AGMAZA==',
      'S: 235 2.7.0 *',
      ...SHORT_MAIL,
      QUEUED,
    ],
    messages: [{ auth: { mechanism: 'PLAIN', username: 'c' } }],
  },
  {
    name: 'a transaction that was open is forgotten',
    says: [
      ...CLEAR,
      ...SHORT_MAIL.slice(0, 4),
      'C: STARTTLS',
      READY,
      'TLS',
      'C: EHLO client.test',
      ...KEYWORDS,
      'C: DATA',
      'S: 503 5.5.1 Say MAIL first',
    ],
  },
  { name: 'before EHLO', says: [...GREETING, 'C: STARTTLS', READY, 'TLS', 'C: EHLO client.test', ...KEYWORDS] },
  { name: 'with an argument', says: [...CLEAR, 'C: STARTTLS now', 'S: 501 5.5.4 STARTTLS takes no argument'] },
  { name: 'inside of TLS', says: [...SECURED, 'C: STARTTLS', 'S: 503 5.5.1 TLS is active already'] },
  {
    name: 'HELP knows it',
    says: [...CLEAR, 'C: HELP STARTTLS', 'S: 214-2.0.0 STARTTLS', 'S: 214 2.0.0 *'],
  },
].map(dialogue => ({ ...dialogue, options: { tls: true } }))

const without: Dialogue[] = [
  {
    name: 'TLS is off',
    says: [
      ...EHLO,
      'C: STARTTLS',
      'S: 502 5.5.1 STARTTLS is not offered by this server',
      'C: HELP STARTTLS',
      'S: 504 5.5.4 *',
    ],
    outcome: /^STARTTLS was refused: 502/,
  },
  {
    name: '--require-tls: MAIL and AUTH get 530 in the clear',
    says: [
      ...CLEAR,
      'C: MAIL FROM:<a@b.test>',
      'S: 530 5.7.0 Say STARTTLS first',
      'C: SAML FROM:<a@b.test>',
      'S: 530 5.7.0 *',
      'C: AUTH PLAIN AGEAYg==',
      'S: 530 5.7.0 Say STARTTLS first',
      'C: NOOP',
      'S: 250 2.0.0 Ok',
      ...SECURED.slice(CLEAR.length),
      'C: AUTH PLAIN AGEAYg==',
      'S: 235 2.7.0 *',
      ...SHORT_MAIL,
      QUEUED,
    ],
    options: { tls: true, requireTls: true },
    messages: [{ tls: TLS }],
  },
]

const implicit: Dialogue[] = [
  {
    name: 'TLS from the first byte: the greeting comes inside of it',
    says: ['TLS', ...GREETING, 'C: EHLO client.test', ...KEYWORDS, ...SHORT_MAIL, QUEUED],
    messages: [{ tls: TLS }],
  },
  { name: 'STARTTLS there', says: ['TLS', ...EHLO, 'C: STARTTLS', 'S: 503 5.5.1 TLS is active already'] },
  {
    name: '--require-tls is content',
    says: ['TLS', ...EHLO, ...SHORT_MAIL, QUEUED],
    options: { tls: true, requireTls: true },
    messages: [{ tls: TLS }],
  },
].map(dialogue => ({ options: { tls: true }, ...dialogue }))

const endings: Dialogue[] = [
  {
    name: 'gone right after the handshake',
    says: [...CLEAR, 'C: STARTTLS', READY, 'TLS'],
    interrupt: 'end',
    outcome: /^the connection was lost right after the TLS handshake; perhaps the app does not trust the certificate/,
  },
  {
    name: 'gone after a command inside of TLS',
    says: SECURED,
    interrupt: 'end',
    outcome: /^the connection was lost after EHLO$/,
  },
  {
    name: 'shut down while TLS is awaited: 421 in the clear',
    says: [...CLEAR, 'C: STARTTLS', READY, 'S: 421 4.3.2 *'],
    interrupt: 'shutdown',
  },
].map(dialogue => ({ ...dialogue, options: { tls: true } }) as Dialogue)

export const tls: Record<string, Dialogue[]> = {
  STARTTLS: starttls,
  'TLS that is off, and TLS that is required': without,
  'TLS from the first byte': implicit,
  'how sessions with TLS break off': endings,
}
