/** What a mail is made of: charsets, the text beside the HTML, sizes, attachments that nobody lets through. */
import { isKnownCharset } from '../decode.js'
import type { MimeNode } from '../structure.js'
import type { Mail, Report, Subject } from './check.js'
import { plural, shown } from './check.js'

/** Gmail shows this much of the HTML, and a link for the rest. */
const GMAIL_CLIP_BYTES = 102 * 1024
/** Of which a mail that will grow should keep away. */
const NEAR_CLIP_BYTES = 90 * 1024
/** What Gmail (25 MB) and Outlook.com (20 MB by default) take, encoding included. */
const LARGE_BYTES = 20 * 1024 * 1024
const HEAVY_BYTES = 10 * 1024 * 1024

/** What Gmail and Outlook block by its name. */
const BLOCKED =
  /\.(?:ade|adp|apk|appx|bat|cab|chm|cmd|com|cpl|dll|dmg|exe|hta|ins|iso|jar|js|jse|lnk|mde|msc|msi|msp|mst|ps1|reg|scr|sys|vb|vbe|vbs|vhd|vxd|wsc|wsf|wsh|xll)$/i

export const parts: Subject = (mail, report) => {
  const { structure, html } = mail
  for (const node of [structure.text, structure.html]) if (node) checkCharset(mail, node, report)
  for (const warning of structure.warnings) {
    report({
      id: 'structure',
      level: 'warning',
      title: warning.replace(/\.$/, ''),
      explanation: 'Clients make different things of a message like that. Let a library build it.',
    })
  }
  checkAlternatives(mail, report)
  if (structure.html && html !== null) checkSize(structure.html, html, report)
  if (mail.raw.length > HEAVY_BYTES) {
    const isLarge = mail.raw.length > LARGE_BYTES
    report({
      id: 'size',
      level: isLarge ? 'warning' : 'info',
      title: `The message has ${megabytes(mail.raw.length)}`,
      explanation: `Gmail takes 25 MB and Outlook.com 20 MB, base64 included, which makes files a third larger. ${isLarge ? 'Many recipients will never see it. ' : ''}Link to large files.`,
    })
  }
  for (const { id, filename, headersOffset } of structure.parts) {
    if (filename === null || !BLOCKED.test(filename)) continue
    report({
      id: 'attachment-blocked',
      level: 'warning',
      title: `${shown(filename)} will be blocked`,
      explanation: 'Gmail and Outlook refuse mail with such a file, also within a .zip. Link to it.',
      place: { type: 'byte', part: id, offset: headersOffset },
    })
  }
  return {}
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`

function checkCharset({ structure, text, html }: Mail, node: MimeNode, report: Report): void {
  const place = { type: 'byte', part: node.id, offset: node.headersOffset } as const
  const words = (node === structure.text ? text : html) ?? ''
  if (node.charset !== null && !isKnownCharset(node.charset)) {
    report({
      id: 'charset-unknown',
      level: 'error',
      title: `Nobody knows the charset ${shown(node.charset)}`,
      explanation: 'Clients guess, and readers see garbled letters. Send utf-8, and say so.',
      place,
    })
  } else if (node.charset === null && /[^\0-\x7f]/.test(words)) {
    report({
      id: 'charset-missing',
      level: 'error',
      title: `The ${node.contentType} part does not say its charset`,
      explanation:
        'It has letters beyond ASCII, so clients guess, and some readers see “Ã©” for “é”. Add “; charset=utf-8” to its Content-Type.',
      place,
    })
  } else if (words.includes('\ufffd')) {
    report({
      id: 'charset-wrong',
      level: 'error',
      title: `The ${node.contentType} part has bytes that are no ${node.charset ?? 'utf-8'}`,
      explanation: 'Readers see “�” there. Send the text in the charset that Content-Type says.',
      place: { type: 'character', node, offset: words.indexOf('\ufffd') },
    })
  }
}

function checkAlternatives({ structure, text }: Mail, report: Report): void {
  const { html } = structure
  if (!html) return
  if (text === null || text.trim() === '') {
    report({
      id: 'text-missing',
      level: 'warning',
      title: text === null ? 'There is no text part beside the HTML' : 'The text part is empty',
      explanation:
        'Watches, screen readers, previews and clients without HTML show nothing, and filters count it as spam. Send multipart/alternative: the text first, then the HTML.',
      place: { type: 'byte', part: structure.text?.id ?? html.id, offset: (structure.text ?? html).headersOffset },
    })
  } else if (structure.text && html.offset < structure.text.offset && siblings(structure.root, html, structure.text)) {
    report({
      id: 'alternative-order',
      level: 'warning',
      title: 'The text stands after the HTML',
      explanation:
        'Of alternatives clients show the last that they can (RFC 2046 5.1.4): here the text, and never the HTML. Put the text first.',
      place: { type: 'byte', part: structure.text.id, offset: structure.text.headersOffset },
    })
  }
}

/** Whether two parts are alternatives of each other. */
function siblings(node: MimeNode, one: MimeNode, other: MimeNode): boolean {
  if (node.contentType === 'multipart/alternative' && node.children.includes(one) && node.children.includes(other))
    return true
  return node.children.some(child => siblings(child, one, other))
}

function checkSize(node: MimeNode, html: string, report: Report): void {
  const bytes = Buffer.byteLength(html)
  if (bytes <= NEAR_CLIP_BYTES) return
  const isClipped = bytes > GMAIL_CLIP_BYTES
  report({
    id: 'gmail-clipping',
    level: isClipped ? 'warning' : 'info',
    title: `The HTML has ${plural(Math.ceil(bytes / 1024), 'kilobyte')}; Gmail shows 102`,
    explanation: isClipped
      ? 'The rest hides behind “View entire message”: most readers never see it, the link to unsubscribe and what counts openings included. Shorten the HTML: inline styles and repeated markup weigh most.'
      : 'A little more, and Gmail hides the rest behind “View entire message”. Links that are rewritten to be counted make it grow.',
    place: isClipped
      ? { type: 'character', node, offset: charactersIn(html, GMAIL_CLIP_BYTES) }
      : { type: 'byte', part: node.id, offset: node.headersOffset },
  })
}

/** How many characters the first `bytes` bytes of a text hold. */
function charactersIn(text: string, bytes: number): number {
  return Buffer.from(text.slice(0, bytes)).subarray(0, bytes).toString().length
}
