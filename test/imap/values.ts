/** Values of responses, read back: ENVELOPE and BODYSTRUCTURE as nested arrays, and as tests look at them. */
import { Decoder } from '../../server/imap/wire.js'
import { piecesOf } from './pieces.js'
import type { Mail, Part } from './python-email.js'

export type Value = string | number | null | Value[]

/** The value after the name of an item: `ENVELOPE (...)`. */
export function readValue(written: string): Value {
  const decoder = new Decoder(piecesOf(written))
  decoder.atom()
  decoder.space()
  const value = read(decoder)
  decoder.end()
  return value
}

function read(decoder: Decoder): Value {
  if (decoder.peek() === '(') {
    decoder.expect('(')
    const values: Value[] = []
    while (!decoder.take(')')) {
      // Nothing stands between the parts of a multipart, nor between addresses.
      if (values.length > 0 && decoder.peek() === ' ') decoder.space()
      values.push(read(decoder))
    }
    return values
  }
  if (/[0-9]/.test(decoder.peek())) return decoder.number()
  return decoder.nstring()?.toString('latin1') ?? null
}

const normal = (text: Value | undefined) => (typeof text === 'string' ? text.replace(/\s+/g, ' ').trim() : null)

/** A mail of what FETCH answered. */
export function mailOfValues(envelope: Value, structure: Value): Mail {
  const [date, subject, from, sender, replyTo, to, cc, bcc, , messageId] = envelope as Value[]
  const list = (addresses: Value | undefined): [string, string][] =>
    ((addresses ?? []) as Value[][]).flatMap(([name, , mailbox, host]) =>
      host === null ? [] : [[String(name ?? ''), host === '' ? String(mailbox) : `${mailbox}@${host}`]],
    )
  return {
    envelope: {
      subject: normal(subject),
      date: normal(date),
      messageId: normal(messageId),
      addresses: {
        from: list(from),
        to: list(to),
        cc: list(cc),
        bcc: list(bcc),
        'reply-to': list(replyTo),
        sender: list(sender),
      },
    },
    structure: partOfValues(structure as Value[]),
  }
}

function partOfValues(value: Value[]): Part {
  if (Array.isArray(value[0])) {
    const children = value.filter(
      (child, n): child is Value[] => Array.isArray(child) && n < value.findIndex(one => !Array.isArray(one)),
    )
    const [subtype, params, disposition] = value.slice(children.length)
    return {
      type: `multipart/${String(subtype).toLowerCase()}`,
      params: paramsOf(params),
      encoding: '7bit',
      id: null,
      disposition: dispositionOf(disposition),
      bytes: null,
      message: null,
      children: children.map(partOfValues),
    }
  }
  const [type, subtype, params, id, , encoding, bytes, ...rest] = value
  const name = `${type}/${subtype}`.toLowerCase()
  const isMessage = name === 'message/rfc822'
  const message = isMessage ? mailOfValues(rest[0] as Value, rest[1] as Value) : null
  const extension = rest.slice(isMessage ? 3 : type === 'TEXT' ? 1 : 0)
  return {
    type: name,
    params: paramsOf(params),
    encoding: String(encoding).toLowerCase(),
    id: normal(id),
    disposition: dispositionOf(extension[1]),
    bytes: isMessage ? null : (bytes as number),
    message,
    children: [],
  }
}

function paramsOf(value: Value | undefined): Record<string, string> {
  const params: Record<string, string> = {}
  const list = (value ?? []) as string[]
  for (let n = 0; n < list.length; n += 2) {
    const name = (list[n] as string).toLowerCase()
    if (!name.includes('*') && !(name in params)) params[name] = list[n + 1] as string
  }
  return params
}

function dispositionOf(value: Value | undefined): string | null {
  return Array.isArray(value) ? String(value[0]).toLowerCase() : null
}
