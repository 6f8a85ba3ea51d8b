/**
 * Two parsers that agree: structure.ts and decode.ts are ours, to be synchronous and to keep offsets, and mailparser is
 * what many apps read mail with. Where they read the same mail differently, one of them is wrong, or the reason is here.
 */
import type { Headers } from 'mailparser'
import { simpleParser } from 'mailparser'
import { describe, expect, it } from 'vitest'
import { decodeBytes, decodeText } from '../../server/mail/decode.js'
import { addresses, firstHeader } from '../../server/mail/headers.js'
import type { MimeNode } from '../../server/mail/structure.js'
import { structureOf } from '../../server/mail/structure.js'
import { corpus } from './corpus.js'

/** Where we differ on purpose. */
const EXCEPTIONS: Record<string, string> = {
  'body-only': 'mailparser takes a message without any header for headers; we show its words',
  'boundary-missing': 'mailparser shows nothing of a multipart without parts; we show its source',
  'boundary-never-used': 'the same',
  'charset-missing-latin1': 'without a charset, what is no UTF-8 is windows-1252 to us',
  'charset-utf-7': 'mailparser refuses UTF-7, since it hides markup from filters; ours looks at decoded text',
  'content-type-invalid': 'a type that cannot be understood is text/plain (RFC 2045 5.2)',
  digest: 'parts of a digest are messages unless they say otherwise (RFC 2046 5.1.5)',
  flowed: 'mailparser joins the lines of format=flowed; we change nothing',
}

/** mailparser turns CRLF into LF and puts line breaks between parts. */
const normal = (text: string | undefined | false) =>
  (text || '')
    .replace(/\r\n/g, '\n')
    .replace(/\n{2,}/g, '\n')
    .trim()

function ours(raw: Buffer) {
  const { text, html, parts, headers } = structureOf(raw)
  const isText = (type: string) => (node: MimeNode) => node.contentType === type && node.disposition === 'inline'
  const texts = [text, ...parts.filter(isText('text/plain'))].flatMap(node => node ?? [])
  const htmls = [html, ...parts.filter(isText('text/html'))].flatMap(node => node ?? [])
  return {
    subject: firstHeader(headers.fields, 'Subject') ?? '',
    to: addresses(headers.fields, 'To'),
    cc: addresses(headers.fields, 'Cc'),
    text: normal(texts.map(node => decodeText(raw, node)).join('\n')),
    html: normal(htmls.map(node => decodeText(raw, node)).join('\n')),
    parts: parts
      .filter(node => !texts.includes(node) && !htmls.includes(node))
      .map(node => ({
        filename: node.filename,
        contentType: node.contentType,
        contentId: node.contentId,
        content: decodeBytes(raw, node).toString('latin1'),
      })),
  }
}

function statedType(headers: Headers): string | undefined {
  const type = headers.get('content-type')
  return typeof type === 'object' && 'value' in type && typeof type.value === 'string' ? type.value : undefined
}

async function theirs(raw: Buffer) {
  const mail = await simpleParser(raw, {
    skipImageLinks: true,
    skipHtmlToText: true,
    skipTextToHtml: true,
    keepDeliveryStatus: true,
    ignoreEmbedded: true,
    maxChildNodes: 10_000,
  })
  const mailboxes = (list: typeof mail.to) =>
    [list ?? []]
      .flat()
      .flatMap(({ value }) =>
        value
          .flatMap(entry => entry.group ?? entry)
          .map(({ name, address }) => ({ name: name ?? '', address: address ?? '' })),
      )
  return {
    subject: mail.subject ?? '',
    to: mailboxes(mail.to),
    cc: mailboxes(mail.cc),
    text: normal(mail.text?.replace(/^\ufeff/, '')),
    html: normal((mail.html || '').replaceAll('<br/>\n', '\n')),
    parts: mail.attachments.map(part => ({
      filename: part.filename ?? null,
      // It guesses a type for application/octet-stream by the name; what the part says is in its headers.
      contentType: statedType(part.headers) ?? part.contentType,
      contentId: part.cid ?? null,
      content: part.content.toString('latin1'),
    })),
  }
}

describe('mailparser and we agree', () => {
  it.each(corpus.filter(({ name }) => !EXCEPTIONS[name]))('on $name', async ({ raw }) => {
    expect(ours(raw)).toEqual(await theirs(raw))
  })

  it.each(corpus.filter(({ name }) => EXCEPTIONS[name]))(
    'not on $name, and still there is a reason',
    async ({ raw }) => {
      expect(ours(raw)).not.toEqual(await theirs(raw))
    },
  )
})
