/**
 * Whole messages, by both parsers: the tree lies within the bytes, and everything that is shown of a message can be had,
 * without one turn that is long.
 */
import { Contents } from '../../../server/mail/content.js'
import { MAX_NODES, type MimeNode } from '../../../server/mail/structure.js'
import { makeStored } from '../../mail/make.js'
import { promise, type Target } from '../target.js'
import { headers } from './headers.js'

export const mime: Target = {
  name: 'mime',
  folders: ['mail/corpus'],
  tokens: [
    ...headers.tokens,
    '--b',
    '--b--',
    '\r\n--b\r\n',
    '\r\n--',
    '\n--\n',
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n',
    'Content-Type: multipart/alternative; boundary="',
    'Content-Type: text/html; charset=',
    'Content-Type: text/plain; charset=utf-7\r\n',
    'Content-Type: text/plain; charset=iso-2022-jp\r\n',
    'Content-Type: text/plain; charset=utf-16\r\n',
    'Content-Type: message/rfc822\r\n\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    'Content-Transfer-Encoding: quoted-printable\r\n',
    'Content-Transfer-Encoding: x-uuencode\r\n',
    'Content-ID: <a>\r\n',
    'begin 644 a\n',
    '=\r\n',
    '=C3=BC',
    '+AGE-',
    '\x1b$B',
    'QUJD',
    'Your code is 739204\r\n',
    'https://a.test/',
    '<a href="https://a.test">',
    '<!--',
    '{{ name }}',
  ],
  maxBytes: 32 * 1024 * 1024,
  swollenOneIn: 250,
  async run(raw, turn) {
    const contents = new Contents({ loop: { now: () => performance.now(), turn } })
    const message = makeStored({ raw })
    const summary = contents.summary(message)
    await turn()
    const full = await contents.message(message)
    promise(full.snippet === summary.snippet, 'a summary says otherwise once the message was read')
    await turn()
    const ids = new Set<string>()
    const seen = (node: MimeNode, from: number, end: number) => {
      // An empty part begins at the delimiter behind it, whose line break its parent ends before.
      const isWithin =
        node.size === 0 ? node.offset <= raw.length : node.offset >= from && node.offset + node.size <= end
      promise(isWithin, `part ${node.id} lies outside of its parent`)
      promise(!ids.has(node.id), `two parts are ${node.id}`)
      ids.add(node.id)
      for (const child of node.children) seen(child, node.offset, node.offset + node.size)
    }
    const { structure } = contents.reading(message)
    seen(structure.root, 0, raw.length)
    promise(ids.size <= MAX_NODES, 'there are more parts than the bound')
    await turn()
    await contents.checks(message)
    await turn()
    await contents.html(message, { remote: false, scheme: 'dark' })
    await turn()
    let parts = 0
    for await (const { part, bytes } of contents.parts(message)) {
      promise(part.size === bytes.length, `part ${part.id} is not as large as it says`)
      if (++parts > 100) break
    }
  },
}
