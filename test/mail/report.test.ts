/** The report of mail as a file: what it says, and that nothing a mail says becomes markup of it. */
import { describe, expect, test } from 'vitest'
import { Contents } from '../../server/mail/content.js'
import { mailReport, type Reported } from '../../server/mail/report.js'
import type { Session } from '../../server/mail/session.js'
import { makeStored, stillLoop } from './make.js'

const HOSTILE = '"><script>alert(1)</script>'

async function reported(source: string, sessionId: string | null = null): Promise<Reported['messages'][number]> {
  const contents = new Contents({ loop: stillLoop })
  const stored = makeStored({ source, sessionId })
  const safe = await contents.html(stored, { remote: false, scheme: null })
  return { message: await contents.message(stored), safeHtml: safe?.html ?? null }
}

function session(given: Partial<Session> = {}): Session {
  return {
    id: 's1',
    seq: 1,
    protocol: 'smtp',
    inboxes: ['default'],
    startedAt: '2026-01-31T12:00:00.000Z',
    endedAt: null,
    remoteAddress: '127.0.0.1',
    remotePort: 50_000,
    localPort: 1025,
    helo: 'client.example',
    tls: null,
    auth: null,
    messages: [],
    attempts: [],
    warnings: [],
    outcome: 'AUTH was refused: 535',
    fix: null,
    transcript: [
      { at: 0, from: 'server', line: '220 ready' },
      { at: 1, from: 'client', line: 'AUTH PLAIN ***' },
      { at: 2, from: 'note', line: 'the client went away' },
    ],
    ...given,
  }
}

const nothing: Reported = { title: 'signs up', messages: [], sessions: [], attempts: [], smtpUrl: 'smtp://127.0.0.1:1' }

/** The words of a document: what a reader sees of it, frames aside. */
const words = (html: string) =>
  html
    .replace(/<(style|title)>[\s\S]*?<\/\1>|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

describe('what it says', () => {
  test.each<[what: string, reported: Partial<Reported>, said: string]>([
    [
      'nothing at all',
      {},
      'signs up 0 messages, 0 connections No message arrived, and no connection at all: is the app using smtp://127.0.0.1:1?',
    ],
    [
      'a connection that delivered nothing',
      { sessions: [session()] },
      'signs up 0 messages, 1 connection No message arrived. What the app said is below. Connections AUTH was refused: 535 2026-01-31T12:00:00.000Z S: 220 ready C: AUTH PLAIN *** the client went away',
    ],
    [
      'an attempt that failed',
      {
        attempts: [
          {
            id: 'a1',
            seq: 2,
            at: '2026-01-31T12:00:00.000Z',
            sessionId: 's1',
            inboxes: [],
            from: 'app@example.org',
            to: ['ada@example.com'],
            replies: [],
            code: 451,
            outcome: 'refused',
            bytes: 0,
            messageId: null,
          },
        ],
      },
      'Not delivered refused 451: from app@example.org to ada@example.com',
    ],
  ])('%s', (_what, given, said) => {
    expect(words(mailReport({ ...nothing, ...given }))).toContain(said)
  })

  test('a message: how it looks, its words, headers and envelope, and where its dialogue is', async () => {
    const source = [
      'From: App <app@example.org>',
      'To: ada@example.com',
      'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
      'MIME-Version: 1.0',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Your code is 739204.',
      '--b',
      'Content-Type: text/html',
      '',
      '<p>Your code is <b>739204</b>. <img src="https://tracker.example/x.png"><a href="https://app.example/c">Confirm</a></p>',
      '--b--',
      '',
    ].join('\r\n')
    const report = mailReport({
      ...nothing,
      messages: [await reported(source, 's1')],
      sessions: [session({ messages: ['m1'] })],
    })
    const said = words(report)
    expect(said).toContain('Grüße From App &#60;app@example.org&#62; To ada@example.com')
    expect(said).toContain('Code 739204')
    expect(said).toContain('Links Confirm https://app.example/c')
    expect(said).toContain('Headers From App &#60;app@example.org&#62;')
    expect(said).toContain(
      'Envelope MAIL &#60;app@example.org&#62; RCPT &#60;ada@example.com&#62; Client client.example at 127.0.0.1',
    )
    expect(report).toContain('<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="')
    expect(report).toContain('Your code is &#60;b&#62;739204&#60;/b&#62;')
    expect(report).not.toContain('tracker.example')
    expect(report).toContain('<a href="#session-s1">what was said</a>')
    // Within the details, which a browser opens then.
    expect(report).toContain('<ol class="said" id="session-s1">')
  })
})

test('nothing that a mail, a client or a test says becomes markup', async () => {
  const source = `Subject: ${HOSTILE}\r\nX-Id: ${HOSTILE}\r\nContent-Type: text/html\r\n\r\n<p>${HOSTILE}</p>`
  const report = mailReport({
    title: HOSTILE,
    messages: [await reported(source), await reported(`Subject: x\r\n\r\n${HOSTILE}`)],
    sessions: [session({ outcome: HOSTILE, transcript: [{ at: 0, from: 'client', line: HOSTILE }] })],
    attempts: [],
    smtpUrl: HOSTILE,
  })
  expect(report).not.toContain('<script')
  expect(report.match(/<iframe [^>]*>/g)).toHaveLength(1)
})

test('a flood is bounded, and says so', async () => {
  const one = await reported('Subject: x\r\n\r\nHello')
  const long = await reported(`Subject: long\r\n\r\n${'a'.repeat(300_000)}`)
  const large = { ...one, safeHtml: 'x'.repeat(9 * 1024 * 1024) }
  const report = mailReport({
    ...nothing,
    messages: [...Array.from({ length: 300 }, () => one), long, large],
    sessions: Array.from({ length: 250 }, () => session()),
  })
  expect(report).toContain('302 messages, 250 connections (102 older messages left out)')
  expect(report).toContain('(50 older connections left out)')
  expect(report).toContain('37856 characters more')
  expect(report).toContain('too large to be shown here')
  expect(report.length).toBeLessThan(2 * 1024 * 1024)
})
