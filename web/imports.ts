/**
 * Files -> messages of the server, one file after the other: what each is, how far it is, what came of it. A file that
 * cannot be taken is named with the reason, and the others go on.
 */
import { addFilesUrl } from './api.js'
import { formatSize } from './text.js'

/** What the server takes as one mbox. */
const MAX_MBOX_BYTES = 256 * 1024 * 1024
/** Of these bytes is seen what a file is. */
const HEAD_BYTES = 1000

const EML = /\.eml$/i
/** The first line of a mail: a header field. */
const FIELD = /^[!-9;-~]+[ \t]*:/

/** Files that are to be put in, and the inbox of what names no other. */
export interface Batch {
  files: readonly File[]
  inbox: string | null
}

/** How far it is. */
export interface Progress {
  /** The file that is on its way; null when all are done. */
  file: string | null
  done: number
  /** Bytes sent of all there are. */
  sent: number
  total: number
  /** Messages that were put in. */
  added: number
  faults: readonly { file: string; problem: string }[]
}

/** Puts files in, telling after each step; resolves when all are done. Once `signal` is aborted nothing more is sent. */
export async function addFiles(
  { files, inbox }: Batch,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const faults: { file: string; problem: string }[] = []
  let sent = 0
  let added = 0
  const report = (file: string | null, done: number, now = 0) =>
    tell({ file, done, sent: sent + now, total, added, faults: [...faults] })
  for (const [n, file] of files.entries()) {
    if (signal.aborted) return
    report(file.name, n)
    try {
      added += await send(file, await typeOf(file), inbox, now => report(file.name, n, now), signal)
    } catch (error) {
      faults.push({ file: file.name, problem: (error as Error).message })
    }
    sent += file.size
  }
  report(null, files.length)
}

/** The type of a file by its name and its first bytes. Throws what is said of one that is no mail. */
export async function typeOf(file: File): Promise<'message/rfc822' | 'application/mbox'> {
  const head = await file
    .slice(0, HEAD_BYTES)
    .text()
    .catch(() => {
      throw new Error('It cannot be read. Of a folder, add the files in it.')
    })
  if (EML.test(file.name)) return 'message/rfc822'
  if (head.startsWith('From ')) {
    if (file.size <= MAX_MBOX_BYTES) return 'application/mbox'
    throw new Error(`It is larger than ${formatSize(MAX_MBOX_BYTES)}. Start maildouble with --import.`)
  }
  if (FIELD.test(head)) return 'message/rfc822'
  throw new Error('It is no mail, and no mbox.')
}

/** Sends one file; resolves to how many messages it had. fetch does not tell how much is sent. */
function send(
  file: File,
  type: string,
  inbox: string | null,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const failed = (reason: string) => reject(new Error(reason))
    request.upload.onprogress = ({ loaded }) => sent(loaded)
    request.onload = () => {
      const answer = answerOf(request.responseText)
      if (answer?.ids) resolve(answer.ids.length)
      else failed(answer?.message ? `${answer.message} ${answer.fix}` : `The server answered ${request.status}.`)
    }
    request.onerror = () => failed('The server did not take it: is it still running, and the file not too large?')
    request.onabort = () => failed('It was stopped.')
    signal.addEventListener('abort', () => request.abort())
    request.open('POST', addFilesUrl(inbox))
    request.setRequestHeader('content-type', type)
    request.send(file)
  })
}

function answerOf(text: string): { ids?: string[]; message?: string; fix?: string } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
