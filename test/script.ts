/**
 * The language of dialogues, for every text protocol. A script is a list of lines. `C: EHLO a` is a line of the client's
 * with CRLF behind it; `C> ...` is sent as it stands, with `\r \n \0 \\ \xHH` for bytes. `S: 250 2.1.0 Ok` is a line of the
 * server's; `S: 501 5.1.7 *` leaves its words open, and `S> 250 2.1.` stands as it is, with the same escapes, and has no line
 * end of its own. `D: pause 3000` is what the session wants of its driver. `TLS` is the handshake: what is said before it
 * is said in the clear.
 */

/** Bytes of the client's, or its handshake. */
export type Said = Buffer | 'TLS'

/** What a script's handshake brings. */
export const TLS = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }

/** The bytes that a script's escapes stand for. */
export function bytesOf(escaped: string): Buffer {
  const text = Buffer.from(escaped).toString('latin1')
  return Buffer.from(
    text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_all, hex?: string, letter?: string) => {
      if (hex) return String.fromCharCode(Number.parseInt(hex, 16))
      return { r: '\r', n: '\n', 0: '\0', '\\': '\\' }[letter as string] ?? fail(`unknown escape \\${letter}`)
    }),
    'latin1',
  )
}

/** What the client says in a script, its lines joined up to each handshake. */
export function clientSays(says: readonly string[]): Said[] {
  const pieces: Said[] = []
  let bytes: Buffer[] = []
  for (const line of [...says, 'TLS']) {
    if (/^(?:S[:>]|D:) /.test(line)) continue
    if (line.startsWith('C: ')) bytes.push(Buffer.from(`${line.slice(3)}\r\n`))
    else if (line.startsWith('C> ')) bytes.push(bytesOf(line.slice(3)))
    else if (line === 'TLS') {
      if (bytes.length > 0) pieces.push(Buffer.concat(bytes))
      pieces.push('TLS')
      bytes = []
    } else fail(`a script's line begins with C:, C>, S:, S> or D:, or is TLS, not "${line}"`)
  }
  return pieces.slice(0, -1)
}

/** What the server is to say in a script, as one text. */
export function serverSays(says: readonly string[]): string {
  return says.map(wantedFor).join('')
}

/** What a line of a script wants to come. */
function wantedFor(line: string): string {
  const text = line.slice(3)
  if (line.startsWith('S: ')) return `${text}\r\n`
  if (line.startsWith('S> ')) return bytesOf(text).toString('latin1')
  return line.startsWith('D: ') ? `(${text})\r\n` : ''
}

/** What is said, in single bytes. */
export function* singleBytes(said: readonly Said[]): Generator<Said> {
  for (const bytes of said) {
    if (bytes === 'TLS') yield bytes
    else for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
  }
}

/** What is said, with one of its stretches in two pieces: every way to do so. */
export function* splits(said: readonly Said[]): Generator<{ said: Said[]; at: number }> {
  for (const [n, bytes] of said.entries()) {
    if (bytes === 'TLS') continue
    for (let at = 1; at < bytes.length; at++)
      yield { said: said.toSpliced(n, 1, bytes.subarray(0, at), bytes.subarray(at)), at }
  }
}

function fail(why: string): never {
  throw new Error(why)
}
