/**
 * Mails as Python's email package reads them: another hand's parser, to hold BODYSTRUCTURE and ENVELOPE against. One
 * process for all mails.
 */
import { spawnSync } from 'node:child_process'

/** A part as both sides describe it; null where there is nothing, or where Python does not say. */
export interface Part {
  type: string
  /** Without those of RFC 2231, which Python joins. */
  params: Record<string, string>
  encoding: string
  id: string | null
  disposition: string | null
  /** Null for multiparts and messages: Python keeps no bytes of these. */
  bytes: number | null
  /** The attached message. */
  message: Mail | null
  children: Part[]
}

export interface Mail {
  envelope: {
    subject: string | null
    date: string | null
    messageId: string | null
    /** By field: names and addresses, groups flattened. */
    addresses: Record<string, [name: string, address: string][]>
  }
  structure: Part
}

const SCRIPT = String.raw`
import base64, email, email.utils, json, re, sys

def unfolded(value):
    if value is None: return None
    return re.sub(r'\s+', ' ', str(value).encode('ascii', 'surrogateescape').decode('latin-1')).strip(' \r\n\t')

def raw(message, name):
    return [value for field, value in message.raw_items() if field.lower() == name]

def first(message, name):
    return next(map(unfolded, raw(message, name)), None)

def mail(message):
    addresses = {}
    for name in ('from', 'to', 'cc', 'bcc', 'reply-to', 'sender'):
        found = email.utils.getaddresses([unfolded(value) for value in raw(message, name)])
        addresses[name] = [list(pair) for pair in found if pair != ('', '')]
    for name in ('sender', 'reply-to'):
        addresses[name] = addresses[name] or addresses['from']
    envelope = {
        'subject': first(message, 'subject'),
        'date': first(message, 'date'),
        'messageId': first(message, 'message-id'),
        'addresses': addresses,
    }
    return {'envelope': envelope, 'structure': part(message)}

def part(message):
    found = {
        'type': message.get_content_type(),
        'params': {name.lower(): unfolded(value) for name, value in (message.get_params() or [])[1:] if isinstance(value, str)},
        'encoding': (first(message, 'content-transfer-encoding') or '7bit').lower(),
        'id': first(message, 'content-id'),
        'disposition': message.get_content_disposition(),
        'bytes': None, 'message': None, 'children': [],
    }
    payload = message._payload # as it was read: get_payload decodes 8-bit text
    if message.get_content_type() == 'message/rfc822' and isinstance(payload, list):
        found['message'] = mail(payload[0])
    elif isinstance(payload, list):
        found['children'] = [part(child) for child in payload]
        found['encoding'] = '7bit' # IMAP does not say it of multiparts
    else:
        found['bytes'] = len(payload.encode('ascii', 'surrogateescape'))
    return found

for line in sys.stdin:
    print(json.dumps(mail(email.message_from_bytes(base64.b64decode(line)))))
`

/** What Python reads; undefined where there is no Python. */
export function readByPython(mails: readonly Buffer[]): Mail[] | undefined {
  const input = mails.map(raw => `${raw.toString('base64')}\n`).join('')
  const { error, status, stdout, stderr } = spawnSync('python3', ['-c', SCRIPT], { input, maxBuffer: 64 * 1024 * 1024 })
  if (error && 'code' in error && error.code === 'ENOENT') return undefined
  if (status !== 0) throw new Error(`Python could not read the mails: ${stderr}`)
  return stdout
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}
