/**
 * Mail that a server begins with, from files, and mail that it leaves behind, as one: what --import and --export-on-exit
 * do. A file that cannot be taken as a whole stops the start, named: a server with half of its mail would let tests pass
 * for the wrong reason.
 */
import { createWriteStream } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Log } from './log.js'
import { type Added, explainRefusal, type GivenEnvelope, givenOf } from './mail/by-hand.js'
import { isMbox, type MboxMessage, type MboxSource, mboxPieces, messagesOfMbox } from './mail/mbox.js'
import { OptionError } from './options.js'
import { growingPath } from './whole-file.js'

/** The largest file: it is read as a whole, and Node reads no larger one so. */
const MAX_FILE_BYTES = 2 ** 31 - 1
/** After so many messages the log says how far it is: a large mailbox takes seconds. */
const PROGRESS_MESSAGES = 5000

const EML = /\.eml$/i
/** The first line of a mail: a header field (RFC 5322 2.2), with the blanks of old ones. */
const FIELD = /^[!-9;-~]+[ \t]*:/

const FORMS = 'Give a mail as .eml, an mbox, or a folder of .eml files.'

/** What an import is given. */
export interface Import {
  path: string
  /** How the option is called where it was given. */
  option: string
  /** A file that is not there yet is none: it is written at the end, and read the next time. */
  mayBeMissing: boolean
  add: (raw: Buffer, given: GivenEnvelope) => Promise<Added>
  log: Log
}

/** Puts in what a path has, and gives how many messages that was. Throws OptionError, which names the file. */
export async function importMail({ path, option, mayBeMissing, add, log }: Import): Promise<number> {
  const wrong = (file: string, problem: string, fix = FORMS) => new OptionError(`${option}: ${file} ${problem}`, fix)
  const cannot = (file: string) => (error: unknown) => {
    throw wrong(file, `cannot be read: ${(error as Error).message}`)
  }
  const found = await stat(path).catch(error => {
    if (mayBeMissing && error.code === 'ENOENT') return undefined
    return cannot(path)(error)
  })
  if (!found) return 0
  const files = found.isDirectory() ? await emlFilesIn(path).catch(cannot(path)) : [path]
  if (files.length === 0) throw wrong(path, 'is a folder without .eml files')

  let count = 0
  for (const file of files) {
    if ((await stat(file).catch(cannot(file))).size > MAX_FILE_BYTES)
      throw wrong(file, 'is larger than 2 GiB', 'Split it.')
    const bytes = await readFile(file).catch(cannot(file))
    let number = 0
    for (const message of messagesIn(file, bytes, () => wrong(file, 'is no mail, and no mbox'))) {
      // Nobody is served yet who could be held up.
      if (message === null) continue
      const { raw, envelope } = message
      number += 1
      // A slice would keep the whole file in memory as long as one of its messages.
      const kept = raw.length === bytes.length ? raw : Buffer.from(raw)
      const added = await add(kept, givenOf(envelope))
      if (added.type === 'refused') {
        const [problem, fix] = explainRefusal(added.reason)
        throw wrong(file, `cannot be taken whole, from message ${number} on: ${problem}`, fix)
      }
      count += 1
      if (count % PROGRESS_MESSAGES === 0) log.info('importing', `${count} messages of ${path} are in`, { path, count })
    }
  }
  return count
}

/** The messages of a file. What ends in .eml is one, whatever is in it: a mail may be anything. */
function messagesIn(file: string, bytes: Buffer, noMail: () => OptionError): Iterable<MboxMessage | null> {
  const whole = [{ raw: bytes, envelope: null }]
  if (EML.test(file)) return whole
  if (isMbox(bytes)) return messagesOfMbox(bytes)
  // An mbox of nothing is a file of nothing.
  if (bytes.length === 0) return []
  if (FIELD.test(bytes.toString('latin1', 0, 1000))) return whole
  throw noMail()
}

async function emlFilesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(name => EML.test(name))
  const { compare } = new Intl.Collator('en', { numeric: true })
  return names.sort(compare).map(name => join(folder, name))
}

/** Makes sure, before there is mail to lose, that it can be written. Throws OptionError. */
export async function assertWritable(path: string, option: string): Promise<void> {
  try {
    const isFolder = await stat(path).then(
      found => found.isDirectory(),
      () => false,
    )
    if (isFolder) throw new Error('it is a folder')
    const growing = growingPath(path)
    await (await open(growing, 'w')).close()
    if (growing !== path) await rm(growing)
  } catch (error) {
    throw cannotWrite(path, option, error)
  }
}

/** Writes messages as an mbox, which is there when it is whole. Throws OptionError. */
export async function exportMail(path: string, option: string, messages: Iterable<MboxSource>): Promise<void> {
  const growing = growingPath(path)
  try {
    await pipeline(Readable.from(piecesOf(messages), { objectMode: false }), createWriteStream(growing))
    if (growing !== path) await rename(growing, path)
  } catch (error) {
    if (growing !== path) await rm(growing, { force: true })
    throw cannotWrite(path, option, error)
  }
}

/** Whether two options name one file. */
export const isSameFile = (a: string | null, b: string | null) => a !== null && b !== null && resolve(a) === resolve(b)

function* piecesOf(messages: Iterable<MboxSource>): Generator<Buffer> {
  for (const message of messages) yield* mboxPieces(message)
}

function cannotWrite(path: string, option: string, error: unknown): OptionError {
  const fix = 'Give the path of a file in a folder that is there and can be written to.'
  return new OptionError(`${option}: ${path} cannot be written: ${(error as Error).message}`, fix)
}
