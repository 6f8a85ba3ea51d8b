/**
 * Names of files as mails propose them: any script, any length, and made by anyone. Here they become names that every
 * file system takes, that lead nowhere, and that cannot be mistaken for others. They never become a path of ours.
 */

/** Longest name that is proposed: file systems take 255 bytes, and this leaves room for a number and an ending. */
const MAX_NAME_LENGTH = 200
const MAX_NAME_BYTES = 220

/** Control characters, what separates directories, and what makes a name look like another: bidi and zero-width ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
const UNSAFE = /[\x00-\x1f\x7f-\x9f/\\\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\p{Surrogate}/gu

/** On Windows `C:boot.ini` is a path, to wherever one is on that drive. */
const DRIVE = /^([a-z]):/i

/** What Windows takes in no name, and the names that are devices there, whatever their ending. */
const FORBIDDEN = /[<>:"|?*]/g
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** A name without what misleads; `file` where nothing is left of it. */
export function cleanedName(name: string): string {
  const cleaned = [...name.replace(UNSAFE, '_').replace(DRIVE, '$1_')].slice(0, MAX_NAME_LENGTH).join('')
  return /^[. ]*$/.test(cleaned) ? 'file' : cleaned
}

/** A name that every file system takes as it is; an ending of usual length is kept where the name has to be cut. */
export function portableName(name: string): string {
  const cleaned = cleanedName(name)
    .replace(FORBIDDEN, '_')
    .normalize('NFC')
    .trim()
    .replace(/^\.+|[. ]+$/g, '_')
  const safe = DEVICE.test(cleaned) ? `_${cleaned}` : cleaned
  const [stem, ending] = parted(safe)
  return cut(stem, MAX_NAME_BYTES - Buffer.byteLength(ending)) + ending
}

/** Makes each name differ from those before, on file systems that ignore case, too: `a.txt`, `a (2).txt`. */
export function uniqueNames(): (name: string) => string {
  const taken = new Set<string>()
  /** The last number of each name: a thousand parts of one name must not try a thousand numbers each. */
  const numbers = new Map<string, number>()
  return name => {
    const [stem, ending] = parted(name)
    const key = name.toLowerCase()
    let number = numbers.get(key) ?? 1
    let unique = name
    while (taken.has(unique.toLowerCase())) {
      number += 1
      unique = `${stem} (${number})${ending}`
    }
    numbers.set(key, number)
    taken.add(unique.toLowerCase())
    return unique
  }
}

/** A name for what has a subject: an ending is ours to give. */
export function nameOfSubject(subject: string, ending: string): string {
  return portableName(`${subject.trim().replace(/\s+/g, ' ') || 'No subject'}${ending}`)
}

/** A name without its ending, and the ending with its dot: at most 12 characters, so that it never eats the name. */
function parted(name: string): [stem: string, ending: string] {
  const ending = /(?<=.)\.[A-Za-z0-9]{1,11}$/.exec(name)?.[0] ?? ''
  return [name.slice(0, name.length - ending.length), ending]
}

function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxBytes) break
    end += character.length
  }
  return text.slice(0, end)
}
