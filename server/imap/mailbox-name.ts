/**
 * Mailbox names as IMAP writes them: modified UTF-7 (RFC 3501 5.1.3), in which printable ASCII stands for itself, `&-`
 * for an ampersand, and everything else for UTF-16 in base64 between `&` and `-`, with a comma for the slash.
 */

/** Stretches that do not stand for themselves. */
const HIDDEN = /[^ -~]+/g
const SHIFTED = /&([A-Za-z0-9+,]*)-/g
const LONE_SURROGATE = /\p{Surrogate}/u

/** A name as it is written. */
export function encodeMailboxName(name: string): string {
  return name.replaceAll('&', '&-').replace(HIDDEN, hidden => {
    const units = Buffer.from(hidden, 'utf16le').swap16()
    return `&${units.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`
  })
}

/**
 * A name as it was meant. What is no modified UTF-7 is the name itself: clients that send `R&D`, or a name in UTF-8,
 * mean that. `text` has one character a byte.
 */
export function decodeMailboxName(text: string): string {
  let broken = text.replace(SHIFTED, '').includes('&')
  const name = text.replace(SHIFTED, (_, digits: string) => {
    if (digits === '') return '&'
    const units = Buffer.from(digits.replaceAll(',', '/'), 'base64')
    // What is left over of the last digit is less than one, and is not to be half a character.
    if (digits.length % 4 === 1 || units.length % 2 === 1) {
      broken = true
      return ''
    }
    return units.swap16().toString('utf16le')
  })
  if (!broken && !LONE_SURROGATE.test(name) && !NON_ASCII.test(text)) return name
  return NON_ASCII.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text
}

const NON_ASCII = /[\x80-\xff]/
