/** Messages for the tests of this folder: as the store keeps them, from as little as a test cares about. */
import type { Stored } from '../../server/mail/message.js'

let uid = 0

/** A stored message of these bytes; text has its line ends made CRLF. */
export function stored(raw: Buffer | string, to: string[] = ['ada@example.com'], extra: Partial<Stored> = {}): Stored {
  uid += 1
  return {
    id: `test${uid}`,
    uid,
    raw: typeof raw === 'string' ? mail(raw) : raw,
    envelope: {
      verb: 'MAIL',
      from: 'app@example.com',
      fromParams: {},
      to,
      recipients: to.map(address => ({ address, params: {} })),
      helo: 'app',
      remoteAddress: '127.0.0.1',
      remotePort: 50000,
      localPort: 1025,
      tls: null,
      auth: null,
    },
    receivedAtMs: Date.UTC(2026, 10, 22, 14),
    inboxes: ['default'],
    sessionId: 's1',
    attempts: 1,
    warnings: [],
    read: false,
    tags: [],
    ...extra,
  }
}

/** A template literal as a mail: indented or not, with CRLF. */
export function mail(text: string): Buffer {
  return Buffer.from(text.replace(/^\n/, '').replace(/^ +/gm, '').replace(/\r?\n/g, '\r\n'))
}

/** A loop whose turns are the real ones, and that counts them. */
export function countingLoop() {
  return {
    turns: 0,
    now: () => performance.now(),
    turn(): Promise<void> {
      this.turns += 1
      return new Promise(resolve => setImmediate(resolve))
    },
  }
}
