/** How most dialogues begin, up to the point that matters. */

/** APOP's and CRAM-MD5's, which drive.ts makes the same for every session. */
export const CHALLENGE = `<${'ab'.repeat(12)}.${Date.UTC(2026, 0, 2)}@double.test>`

export const GREETING = [`S: +OK double.test POP3 maildouble ${CHALLENGE}`]

/** A login as anybody, to what there is. */
export function loggedIn(count: number, bytes: number): string[] {
  return [
    ...GREETING,
    'C: USER ada',
    'S: +OK *',
    'C: PASS any',
    `S: +OK ${count} ${count === 1 ? 'message' : 'messages'} (${bytes} octets)`,
  ]
}

/** What every login sees unless said: 13 and 9 octets. */
export const TWO_MESSAGES = ['A: 1\\r\\n\\r\\nx\\r\\n\\r\\n', 'B: 2\\r\\n\\r\\ny']
export const LOGIN = loggedIn(2, 22)
