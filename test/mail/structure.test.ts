import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBytes } from '../../server/mail/decode.js'
import { MAX_BLOCK_BYTES } from '../../server/mail/headers.js'
import type { MimeNode, Structure } from '../../server/mail/structure.js'
import { MAX_DEPTH, MAX_LINES, MAX_NODES, structureOf } from '../../server/mail/structure.js'
import { corpus, mailOf } from './corpus.js'
import { mail } from './message.js'

/** A tree as text: ids, types and what is nested. */
function outline({ id, contentType, children }: MimeNode): string {
  const inner = children.map(outline).join(' ')
  return `${id || '-'}:${contentType}${inner && `(${inner})`}`
}

const bodyOf = (raw: Buffer, { offset, size }: MimeNode) => raw.toString('latin1', offset, offset + size)

function nodes(node: MimeNode): MimeNode[] {
  return [node, ...node.children.flatMap(nodes)]
}

describe('the tree', () => {
  it.each([
    ['plain', '1:text/plain'],
    ['empty', '1:text/plain'],
    ['html-only', '1:text/html'],
    ['attachment-only', '1:application/pdf'],
    ['alternative', '-:multipart/alternative(1:text/plain 2:text/html)'],
    [
      'related',
      '-:multipart/mixed(1:multipart/alternative(1.1:text/plain 1.2:multipart/related(1.2.1:text/html 1.2.2:image/png)) 2:application/pdf)',
    ],
    ['rfc822', '-:multipart/mixed(1:text/plain 2:message/rfc822)'],
    ['digest', '-:multipart/digest(1:message/rfc822 2:message/rfc822)'],
    ['report', '-:multipart/report(1:text/plain 2:message/delivery-status 3:text/rfc822-headers)'],
    // Broken in every way that mail is.
    ['never-closed', '-:multipart/mixed(1:text/plain 2:application/pdf)'],
    [
      'inner-never-closed',
      '-:multipart/mixed(1:multipart/alternative(1.1:text/plain 1.2:text/html) 2:application/pdf)',
    ],
    ['boundary-prefix', '-:multipart/mixed(1:multipart/alternative(1.1:text/plain 1.2:text/html) 2:application/pdf)'],
    ['boundary-padding', '-:multipart/mixed(1:text/plain 2:text/html)'],
    ['boundary-unquoted-comment', '-:multipart/mixed(1:text/plain)'],
    ['close-in-preamble', '-:multipart/mixed(1:text/plain)'],
    ['dashes-in-text', '-:multipart/mixed(1:text/plain)'],
    ['duplicate-content-type', '1:text/plain'],
    ['content-type-invalid', '1:text/plain'],
    ['boundary-missing', '1:multipart/mixed'],
    ['alternative-lf', '-:multipart/alternative(1:text/plain 2:text/html)'],
  ])('%s', (name, expected) => {
    expect(outline(structureOf(mailOf(name)).root)).toBe(expected)
  })

  it('says where each body stands', () => {
    const raw = mailOf('mixed')
    const { root, parts, text } = structureOf(raw)
    expect(bodyOf(raw, text as MimeNode)).toBe('The text.\r\n')
    expect(decodeBytes(raw, parts[0] as MimeNode).toString()).toBe('%PDF-1.4 not really')
    expect(bodyOf(raw, root)).toMatch(/^A preamble[\s\S]*An epilogue\.\r\n$/)
  })

  it('is read in a message whose lines end with CR', () => {
    const raw = Buffer.from(mailOf('alternative').toString('latin1').replaceAll('\r\n', '\r'), 'latin1')
    const { text, html } = structureOf(raw)
    expect(bodyOf(raw, text as MimeNode)).toBe('The text.\r')
    expect(bodyOf(raw, html as MimeNode)).toBe('<p>The <b>HTML</b>.</p>\r')
  })
})

describe('what is text, attachment, inline', () => {
  const dispositions = ({ parts }: Structure) => parts.map(({ id, disposition }) => `${id} ${disposition}`)
  const read = (name: string) => structureOf(mailOf(name))

  it('an image of a related HTML is inline, whatever it says', () => {
    expect(dispositions(read('related'))).toEqual(['1.2.2 inline', '2 attachment'])
    expect(dispositions(read('related-attachment-disposition'))).toEqual(['2 inline'])
  })

  it('text that says it is an attachment is one', () => {
    expect(read('text-as-attachment')).toMatchObject({ text: null, html: null, parts: [{ filename: 'data.txt' }] })
    expect(dispositions(read('two-texts'))).toEqual(['2 inline', '3 attachment'])
  })

  it('what says nothing is an attachment, and so is what says something unknown', () => {
    const raw = mail(`
      Content-Type: multipart/mixed; boundary=b

      --b

      text
      --b
      Content-Type: text/x-log

      log
      --b
      Content-Disposition: x-strange

      strange
      --b--
    `)
    expect(dispositions(structureOf(raw))).toEqual(['2 attachment', '3 attachment'])
  })

  it('equal file names are kept apart by their ids, and names are as they were sent', () => {
    const { parts } = read('equal-names')
    expect(parts.map(({ id, filename }) => [id, filename])).toEqual([
      ['2', 'terms.pdf'],
      ['3', 'terms.pdf'],
      ['4', 'terms.pdf'],
    ])
  })

  it.each([
    ['names-rfc2231', ['Grüße plain.txt', 'Über.txt']],
    ['names-rfc2047', ['Grüße.txt']],
    ['names-8bit', ['Grüße.txt']],
  ])('%s', (name, filenames) => {
    expect(read(name).parts.map(({ filename }) => filename)).toEqual(filenames)
  })
})

describe('bounds', () => {
  it('stops at a number of parts, and says so', () => {
    const raw = Buffer.from(
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(MAX_NODES + 10)}`,
    )
    const { root, warnings } = structureOf(raw)
    expect(nodes(root)).toHaveLength(MAX_NODES)
    expect(warnings).toEqual([expect.stringMatching(/parts/)])
  })

  // 45 MB of such lines held everybody up for more than a second.
  it.each([
    ['text', '', '--\n'],
    ['a preamble', '', '--b--\n'],
    ['headers', '--b\na: b\n', '--x\n'],
  ])('stops at a number of lines that begin with -- in %s, and says so', (_where, before, line) => {
    const head = `Content-Type: multipart/mixed; boundary=b\n\n${before}`
    const end = '\n--b\n\nx\n--b--\n'
    const few = structureOf(Buffer.from(head + line.repeat(MAX_LINES - 10) + end))
    expect([few.root.children.at(-1)?.size, few.warnings]).toEqual([1, []])
    const many = structureOf(Buffer.from(head + line.repeat(MAX_LINES + 10) + end))
    expect(many.complete).toBe(false)
    expect(many.warnings).toContainEqual(expect.stringMatching(/lines begin with --/))
  })

  it('reads no more header fields than fit into a bound, and shows the rest as the body', () => {
    const fields = 'a: b\r\n'.repeat(MAX_BLOCK_BYTES / 6 + 1)
    const { root, headers } = structureOf(Buffer.from(`${fields}\r\nx\r\n`))
    expect(root.offset).toBe(MAX_BLOCK_BYTES)
    expect(headers.warnings).toContainEqual(expect.stringMatching(/MiB of header fields/))
  })

  it('reads no more parameters than a field has', () => {
    const many = Array.from({ length: 5000 }, (_, n) => `a${n}*0*=x`).join('; ')
    const { root } = structureOf(Buffer.from(`Content-Type: a/b; ${many}\r\n\r\n`))
    expect(Object.keys(root.params).length).toBeLessThan(300)
  })

  it('stops at a depth, and says so once', () => {
    const levels = Array.from(
      { length: MAX_DEPTH * 3 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
    )
    const { root, warnings } = structureOf(Buffer.from(levels.join('')))
    expect(nodes(root).length).toBeLessThanOrEqual(MAX_DEPTH + 1)
    expect(warnings.filter(warning => /deeper/.test(warning))).toHaveLength(1)
  })

  it('stops at a length of the headers of parts, and says so', () => {
    const part = `--b\r\nContent-Type: a/b; ${'x=y; '.repeat(6_000)}\r\n\r\nx\r\n`
    const raw = Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(1000)}`)
    const { root, complete, warnings } = structureOf(raw)
    expect(root.children.length).toBeGreaterThan(30)
    expect(root.children.length).toBeLessThan(60)
    expect(complete).toBe(false)
    expect(warnings).toEqual([expect.stringMatching(/headers of parts/)])
  })

  it.each([
    ['lines of dashes', '--\r\n'.repeat(300_000)],
    ['lines of dashes that end in CR, among headers', `--b\r\n${'--x\r'.repeat(2_000_000)}\n`],
    ['lines that are nearly delimiters', '--bb\n'.repeat(200_000)],
    ['delimiters without headers', '--b\r\nX: y\r\n'.repeat(100_000)],
    ['one long line', `--b${' '.repeat(1_000_000)}`],
  ])('reads hostile bodies in one pass: %s', (_, body) => {
    expect(
      nodes(structureOf(Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${body}`)).root).length,
    ).toBeLessThanOrEqual(MAX_NODES)
  })
})

describe('any message', () => {
  const check = (raw: Buffer) => {
    const { root, text, html, parts } = structureOf(raw)
    const all = nodes(root)
    for (const node of all) {
      expect(node.offset).toBeGreaterThanOrEqual(node.headersOffset)
      expect(node.size).toBeGreaterThanOrEqual(0)
      expect(node.offset + node.size).toBeLessThanOrEqual(raw.length)
      for (const child of node.children) {
        expect(child.headersOffset).toBeGreaterThanOrEqual(node.offset)
        expect(child.offset + child.size).toBeLessThanOrEqual(node.offset + node.size)
      }
    }
    for (const node of [text, html, ...parts]) if (node) expect(all).toContain(node)
  }

  it('has offsets within itself: random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => check(Buffer.from(bytes))))
  })

  it('has offsets within itself: pieces of mail in any order', () => {
    const pieces = [
      'Content-Type: multipart/mixed; boundary=b\r\n',
      'Content-Type: multipart/related; boundary="b-"\n',
      '\r\n',
      '\n',
      '\r',
      '--b\r\n',
      '--b--\r\n',
      '--b--',
      '--b-\n',
      '--b---\r\n',
      'text',
      'A: b\r\n',
      ' folded\r\n',
      '\0',
      'From x\r\n',
    ] // prettier-ignore
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), parts => check(Buffer.from(parts.join('')))),
      {
        numRuns: 500,
      },
    )
  })

  it('has offsets within itself: the corpus, cut anywhere', () => {
    fc.assert(
      fc.property(fc.constantFrom(...corpus), fc.double({ min: 0, max: 1, noNaN: true }), ({ raw }, part) =>
        check(raw.subarray(0, Math.floor(raw.length * part))),
      ),
    )
  })

  it('gives back the bytes of its parts', () => {
    const leaf = fc.record({ bytes: fc.uint8Array({ maxLength: 100 }), encoded: fc.boolean() })
    fc.assert(
      fc.property(fc.array(fc.array(leaf, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }), groups => {
        const inner = groups.map((leaves, group) => {
          const parts = leaves.map(({ bytes, encoded }) =>
            encoded
              ? `--in${group}\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(bytes).toString('base64')}\r\n`
              : `--in${group}\r\nContent-Type: a/b\r\n\r\n${Buffer.from(bytes).toString('hex')}\r\n`,
          )
          return `--out\r\nContent-Type: multipart/mixed; boundary=in${group}\r\n\r\n${parts.join('')}--in${group}--\r\n`
        })
        const raw = Buffer.from(`Content-Type: multipart/mixed; boundary=out\r\n\r\n${inner.join('')}--out--\r\n`)
        const expected = groups
          .flat()
          .map(({ bytes, encoded }) => (encoded ? Buffer.from(bytes) : Buffer.from(Buffer.from(bytes).toString('hex'))))
        const found = structureOf(raw).parts.map(part => decodeBytes(raw, part))
        expect(found.map(String)).toEqual(expected.map(String))
      }),
    )
  })
})
