/** The bytes of a mail, line by line: length (RFC 5322 2.1.1), line endings (RFC 5321 2.3.8), bytes above 127, NUL. */
import type { MimeNode } from '../structure.js'
import { isMultipart } from '../structure.js'
import type { Line, Mail, Report, Subject } from './check.js'
import { plural } from './check.js'

/** RFC 5322 2.1.1, without the line ending. */
const MAX_LINE = 998

/** What is counted, and where it was first. */
interface Tally {
  count: number
  at: number
  part: string
  most: number
}

export const lines: Subject = (mail, report) => {
  const { root } = mail.structure
  const leaves = leavesOf(root)
  const isUtf8Header = mail.envelope.fromParams.SMTPUTF8 !== undefined
  const tallies = new Map<string, Tally>()
  let crlfs = 0
  let leafAt = 0

  const add = (id: string, at: number, part: string, size = 0) => {
    const tally = tallies.get(id) ?? { count: 0, at, part, most: 0 }
    tally.count += 1
    tally.most = Math.max(tally.most, size)
    tallies.set(id, tally)
  }
  /** The part whose body a byte is in; undefined in headers and between parts. */
  const leafOf = (offset: number): MimeNode | undefined => {
    while (leafAt < leaves.length && offset >= end(leaves[leafAt] as MimeNode)) leafAt += 1
    const leaf = leaves[leafAt]
    return leaf && offset >= leaf.offset ? leaf : undefined
  }

  return {
    line(line) {
      const leaf = leafOf(line.start)
      const part = leaf?.id ?? ''
      const isBinary = leaf?.encoding === 'binary'
      if (line.ending === 'crlf') crlfs += 1
      if (!isBinary) {
        const length = line.end - line.start
        if (length > MAX_LINE) add('line-too-long', line.start, part, length)
        if (line.ending === 'lf') add('bare-lf', line.end, part)
        if (line.bareCr >= 0) add('bare-cr', line.bareCr, part)
        if (line.nul >= 0) add('nul', line.nul, part)
      }
      if (line.eightBit < 0) return
      if (leaf) {
        if (leaf.encoding === null || leaf.encoding === '7bit') add('undeclared-8bit', line.eightBit, part)
      } else if (!isUtf8Header && isInHeader(line, root, leaves[leafAt])) {
        add('header-8bit', line.eightBit, leaves[leafAt]?.id ?? '')
      }
    },
    end() {
      // A mail that was added by hand from a file has the line endings of files; they are put right when it is sent.
      if (mail.receivedAtMs === null && crlfs === 0) tallies.delete('bare-lf')
      tell(mail, tallies, report)
    },
  }
}

function tell(mail: Mail, tallies: ReadonlyMap<string, Tally>, report: Report): void {
  for (const [id, { count, at, part, most }] of tallies) {
    const place = { type: 'byte', part, offset: at } as const
    const lines = plural(count, 'line')
    const are = count === 1 ? 'is' : 'are'
    switch (id) {
      case 'line-too-long':
        report({
          id,
          level: 'error',
          title: `${lines} ${are} longer than ${MAX_LINE} bytes; the longest has ${most.toLocaleString('en')}`,
          explanation:
            'Servers may refuse the mail or break the line anywhere, within a tag or a link (RFC 5322 2.1.1). Send the part as quoted-printable or base64.',
          place,
        })
        break
      case 'bare-lf':
      case 'bare-cr': {
        const name = id === 'bare-lf' ? 'LF' : 'CR'
        report({
          id: 'bare-line-break',
          level: 'error',
          title: `${lines} ${count === 1 ? 'has' : 'have'} ${name} without ${name === 'LF' ? 'CR' : 'LF'}`,
          explanation:
            'Lines end with CRLF (RFC 5321 2.3.8). Since SMTP smuggling became known, Postfix and Gmail refuse anything else. Let the SMTP library turn line endings into CRLF.',
          place,
        })
        break
      }
      case 'nul':
        report({
          id,
          level: 'error',
          title: `${lines} ${count === 1 ? 'has' : 'have'} a NUL byte`,
          explanation:
            'Servers refuse it or drop it (RFC 5322 4.1), so that the mail arrives cut. Send the part as base64.',
          place,
        })
        break
      case 'undeclared-8bit':
        report({
          id,
          level: 'warning',
          title: `Part ${part || '1'} has bytes above 127 and does not say so`,
          explanation: `${mail.envelope.fromParams.BODY === undefined ? 'Nor did the client announce 8BITMIME. ' : ''}A server on the way may cut the eighth bit off: “é” becomes “C)”. Say “Content-Transfer-Encoding: 8bit”, or send it as quoted-printable (RFC 2045 6.2).`,
          place,
        })
        break
      case 'header-8bit':
        report({
          id,
          level: 'warning',
          title: `${plural(count, 'header line')} ${count === 1 ? 'has' : 'have'} bytes above 127`,
          explanation:
            'Without SMTPUTF8 a header is ASCII: others see garbled words, or refuse the mail. Encode them (RFC 2047): “=?utf-8?q?Gr=C3=BC=C3=9Fe?=”; every mail library can.',
          place,
        })
    }
  }
}

const end = ({ offset, size }: MimeNode) => offset + size

/** Whether a line outside of all bodies is in the header of the message or of the next part. */
function isInHeader({ start }: Line, root: MimeNode, next: MimeNode | undefined): boolean {
  return start < root.offset || (next !== undefined && start >= next.headersOffset)
}

function leavesOf(node: MimeNode): MimeNode[] {
  return isMultipart(node) && node.children.length > 0 ? node.children.flatMap(leavesOf) : [node]
}
