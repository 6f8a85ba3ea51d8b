/** Makes what tests of the store and of queries need: messages, stores, and a loop that gives way at once. */
import { createHash } from 'node:crypto'
import { Inboxes } from '../../server/mail/inboxes.js'
import type { Loop } from '../../server/mail/loop.js'
import type { Envelope, Received, Stored } from '../../server/mail/message.js'
import { type Bounds, MailStore, makeEpoch } from '../../server/mail/store.js'

/** A loop in which time stands still; `turn` resolves at once. */
export const stillLoop: Loop = { now: () => 0, turn: () => Promise.resolve() }

/** A loop whose clock runs on with every look, so that every slice is used up at once. */
export function busyLoop(): Loop & { turns: number } {
  let now = 0
  const loop = {
    turns: 0,
    now: () => {
      now += 1000
      return now
    },
    turn: () => {
      loop.turns += 1
      return new Promise<void>(resolve => setImmediate(resolve))
    },
  }
  return loop
}

export function makeEnvelope(envelope: Partial<Envelope> = {}): Envelope {
  const to = envelope.to ?? ['ada@example.com']
  return {
    verb: 'MAIL',
    from: 'app@example.org',
    fromParams: {},
    to,
    recipients: to.map(address => ({ address, params: {} })),
    helo: 'client.example',
    remoteAddress: '127.0.0.1',
    remotePort: 50_000,
    localPort: 1025,
    tls: null,
    auth: null,
    ...envelope,
  }
}

export function makeReceived(received: Partial<Received> & { source?: string } = {}): Received {
  const { source = 'Subject: hello\r\n\r\nHello Ada\r\n', ...rest } = received
  return {
    raw: Buffer.from(source),
    envelope: makeEnvelope(),
    receivedAtMs: Date.UTC(2026, 0, 31, 12),
    inboxes: ['default'],
    sessionId: null,
    attempts: 1,
    warnings: [],
    ...rest,
  }
}

export function makeStored(received: Partial<Received> & { source?: string } = {}): Stored {
  return { ...makeReceived(received), id: 'id1', uid: 1, read: false, tags: null }
}

export function makeStore(bounds: Partial<Bounds> = {}, loop: Loop = stillLoop): MailStore {
  return new MailStore({
    epoch: makeEpoch(Date.UTC(2026, 0, 31), Buffer.from([1, 2, 3, 4, 5])),
    bounds: { maxMessages: 1000, maxBytes: 1024 ** 2, maxAgeMs: null, whenFull: 'evict', ...bounds },
    loop,
  })
}

/** Appends, and fails where the store refuses. */
export async function append(
  store: MailStore,
  received: Partial<Received> & { source?: string } = {},
): Promise<Stored> {
  const appended = await store.append(makeReceived(received))
  if (appended.type === 'refused') throw new Error(`refused: ${appended.reason}`)
  return appended.message
}

/** Inboxes that make up the same names every time. */
export function makeInboxes(): Inboxes {
  let made = 0
  const sha256 = (text: string) => createHash('sha256').update(text).digest()
  return new Inboxes({
    sha256,
    random(bytes) {
      made += 1
      return sha256(String(made)).subarray(0, bytes)
    },
  })
}
