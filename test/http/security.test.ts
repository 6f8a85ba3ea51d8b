/**
 * Rows of docs/security.md that no single part holds: what has to be true of every route, of every kind of mail, and of
 * the table itself. The other rows are tested with the part that holds them, which the table names.
 */
import dns from 'node:dns'
import { existsSync, readFileSync, statSync } from 'node:fs'
import net from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { structureOf } from '../../server/mail/structure.js'
import { type Fixture, makeApp } from './helpers.js'

const root = new URL('../../', import.meta.url)

/** Every GET route that is registered, the adapters' too, with what `of` has for its parameters. */
function getRoutes({ app }: Fixture, of: (parameter: string) => string): string[] {
  const urls: string[] = []
  const above: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', segment = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \(([^)]+)\))?/.exec(line) ?? []
    if (segment === '') continue
    above.length = indent.length / 4
    above.push(segment)
    const path = above.join('').replace(/\/\/+/g, '/')
    if (methods.includes('GET')) urls.push(path.replace(/:(\w+)/g, (_whole, name) => of(name)).replace('*', 'x'))
  }
  return urls
}

describe('the table of docs/security.md', () => {
  const rows = readFileSync(new URL('docs/security.md', root), 'utf8')
    .split('\n')
    .filter(line => /^\| (?!attack|-)/.test(line))
    .map(line => line.split(' | ').map(cell => cell.replace(/^\| | \|$/g, '')))

  test.each(rows.map(([attack = '', , tests = '']) => ({ attack, tests })))(
    '$attack: its tests are there',
    ({ tests }) => {
      const files = [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) {
        const url = new URL(file, root)
        expect(existsSync(url) && statSync(url).isFile(), file).toBe(true)
      }
    },
  )
})

describe('the server is made to fetch', () => {
  /** Everything that a mail can name for others to load, ask or answer. */
  const REMOTE = [
    'From: App <app@evil.test>',
    'To: Ada <ada@example.com>',
    'Reply-To: reply@evil.test',
    'Subject: remote',
    'List-Unsubscribe: <https://evil.test/unsubscribe>, <mailto:leave@evil.test>',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'Disposition-Notification-To: receipt@evil.test',
    'X-Face-URL: http://evil.test/face.png',
    'DKIM-Signature: v=1; d=evil.test; s=key; bh=x; b=x',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    'Content-Base: http://evil.test/',
    'Content-Location: http://evil.test/page.html',
    '',
    '<base href="http://evil.test/"><link rel=stylesheet href="http://evil.test/a.css"><style>@import "//evil.test/b.css";',
    'a{background:url(http://evil.test/c.png)}</style><img src="http://evil.test/d.png" srcset="//evil.test/e.png 2x">',
    '<a href="https://evil.test/confirm">Confirm</a><iframe src="http://evil.test/"></iframe>',
    '<img src="http://127.0.0.1:1/internal"><img src="http://169.254.169.254/latest/meta-data/">',
    '--b',
    'Content-Type: message/external-body; access-type=URL; URL="http://evil.test/body"',
    '',
    '--b',
    'Content-Type: text/calendar; method=REQUEST',
    '',
    'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH:http://evil.test/f\r\nEND:VEVENT\r\nEND:VCALENDAR',
    '--b',
    'Content-Type: image/svg+xml; name=a.svg',
    'Content-Disposition: inline; filename=a.svg',
    '',
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "http://evil.test/x">]><svg><image href="http://evil.test/g"/>&x;</svg>',
    '--b--',
    '',
  ].join('\r\n')

  test('no route asks anybody for what a mail names: the API, checks, exports and adapters', async () => {
    const fixture = await makeApp({ caPem: 'a certificate' })
    const { id } = await fixture.add({ raw: Buffer.from(REMOTE) })
    await fixture.add({ raw: Buffer.from(REMOTE.replace('remote', 'another')) })
    const outgoing = [
      vi.spyOn(net.Socket.prototype, 'connect'),
      vi.spyOn(dns, 'lookup'),
      vi.spyOn(dns.promises, 'lookup'),
      vi.spyOn(globalThis, 'fetch'),
    ]
    onTestFinished(() => {
      for (const spy of outgoing) spy.mockRestore()
    })
    let answered = 0
    for (const own of ['latest', id, '1']) {
      for (const url of getRoutes(fixture, () => own)) {
        // Live events have no end.
        if (/changes|events|websocket|socket\.io/.test(url)) continue
        for (const search of ['', '?remote=true']) {
          const { statusCode } = await fixture.app.inject({ url: url + search, headers: { host: 'localhost' } })
          if (statusCode === 200) answered += 1
        }
      }
    }
    expect(answered).toBeGreaterThan(60)
    for (const spy of outgoing) expect(spy).not.toHaveBeenCalled()
    expect(fixture.defects).toEqual([])
  })
})

describe('path traversal by file name or Content-ID', () => {
  const NAMES = [
    '../../../../etc/passwd',
    '..\\..\\windows\\system32\\a.dll',
    '/etc/shadow',
    'C:\\boot.ini',
    '\\\\server\\share\\a',
    '..',
    '.',
    'a/../../b.txt',
    'a%2f..%2f..%2fb',
    '.ssh/authorized_keys',
    'nul',
    'a\0/b.txt',
  ]
  const mailWith = (name: string) =>
    Buffer.from(
      [
        `Subject: ${name.replace(/\0/g, '')}`,
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: application/octet-stream',
        `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`,
        `Content-ID: <${name.replace(/\0/g, '')}>`,
        `Content-Location: file://${name.replace(/\0/g, '')}`,
        '',
        'x',
        '--b--',
        '',
      ].join('\r\n'),
    )

  /** The names in an archive, from its directory. */
  function namesIn(zip: Buffer): string[] {
    const names: string[] = []
    for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 1)) {
      const length = zip.readUInt16LE(at + 28)
      names.push(zip.toString('utf8', at + 46, at + 46 + length))
    }
    return names
  }

  const leadsNowhere = (name: string) => !/[/\\\0]|^\.{1,2}$|^[a-z]:/i.test(name) && name !== ''

  test('names in archives are names of files, whatever parts and subjects are called', async () => {
    const { app, add } = await makeApp()
    const names: string[] = []
    for (const name of NAMES) {
      const { id } = await add({ raw: mailWith(name) })
      names.push(...namesIn((await app.inject(`/api/messages/${id}/parts.zip`)).rawPayload))
    }
    names.push(...namesIn((await app.inject('/api/messages/export?format=eml')).rawPayload))
    expect(names).toHaveLength(2 * NAMES.length)
    for (const name of names) expect(leadsNowhere(name) && !name.includes(':'), name).toBe(true)
    expect(new Set(names.map(name => name.toLowerCase())).size).toBeGreaterThan(NAMES.length / 2)
  })

  test('so are the names that a browser is told to save under', async () => {
    const { app, add } = await makeApp()
    for (const name of NAMES) {
      const { id } = await add({ raw: mailWith(name) })
      for (const url of [`/api/messages/${id}/parts/1`, `/api/messages/${id}/raw?download=true`]) {
        const { headers, statusCode } = await app.inject(url)
        expect(statusCode).toBe(200)
        const disposition = String(headers['content-disposition'])
        const saved = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1] ?? /filename="([^"]*)"/.exec(disposition)?.[1]
        expect(leadsNowhere(decodeURIComponent(saved ?? '')), disposition).toBe(true)
      }
    }
  })

  test.each(['%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%5c..%5ca', '%00', 'a%2f..%2f1'])(
    'an id that looks like a path is no id: %s',
    async path => {
      const { app, add } = await makeApp()
      const { id } = await add({ raw: mailWith('a') })
      for (const url of [`/api/messages/${path}`, `/api/messages/${path}/raw`, `/api/messages/${id}/parts/${path}`]) {
        const answer = await app.inject(url)
        expect([400, 404]).toContain(answer.statusCode)
      }
    },
  )
})

describe('MIME bombs', () => {
  const deep = Array.from(
    { length: 5000 },
    (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
  )
  const rfc822 = 'Content-Type: message/rfc822\r\n\r\n'
  const BOMBS: [what: string, source: string][] = [
    ['100,000 parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(100_000)}`],
    ['100,000 header fields', `${'X-A: b\r\n'.repeat(100_000)}\r\nbody\r\n`],
    ['one header field of 8 MB', `Subject: ${'a '.repeat(4_000_000)}\r\n\r\nbody\r\n`],
    ['multiparts nested 5,000 deep', deep.join('')],
    ['messages nested 5,000 deep', rfc822.repeat(5000)],
    ['50,000 recipients in a header', `To: ${'a@b.test, '.repeat(50_000)}\r\n\r\nbody\r\n`],
    ['encoded words without end', `Subject: ${'=?utf-8?q?=41?= '.repeat(50_000)}\r\n\r\nbody\r\n`],
    [
      'words in charsets that nobody knows',
      `Content-Type: text/plain; charset=${'=?x?q?=?=('.repeat(12_000)}\r\n\r\nbody`,
    ],
    ['names in such words', `From: ${'=?x?q?=?= <a@b.test>; '.repeat(12_000)}\r\n\r\nbody`],
    ['20,000 parameters', `Content-Type: text/plain; ${'a*0*=x; '.repeat(20_000)}\r\n\r\nbody\r\n`],
    ['comments without end', `Content-Type: text/plain ${'('.repeat(100_000)}\r\n\r\nbody\r\n`],
  ]

  test.each(BOMBS)('%s: it is listed and opened, and its raw is there', async (_what, source) => {
    const { app, add, defects } = await makeApp()
    const raw = Buffer.from(source)
    const { id } = await add({ raw })
    await add()
    expect((await app.inject('/api/messages')).json()).toMatchObject({ total: 2 })
    const message = await app.inject(`/api/messages/${id}`)
    expect(message.statusCode).toBe(200)
    expect((await app.inject(`/api/messages/${id}/checks`)).statusCode).toBe(200)
    expect((await app.inject(`/api/messages/${id}/raw`)).rawPayload.equals(raw)).toBe(true)
    expect(defects).toEqual([])
  })

  test('what is not shown of it is said', () => {
    for (const [what, source] of BOMBS.slice(0, 2)) {
      expect(structureOf(Buffer.from(source)).warnings.join(), what).toMatch(/^More than/)
    }
  })
})

describe('bounds', () => {
  test('a JSON body may have 4 MiB, and not a byte more', async () => {
    const { app } = await makeApp()
    const patch = (bytes: number) => {
      const payload = '{"ids":[],"read":true}'
      return app.inject({
        method: 'PATCH',
        url: '/api/messages',
        headers: { 'content-type': 'application/json' },
        payload: payload + ' '.repeat(bytes - payload.length),
      })
    }
    expect((await patch(4 * 1024 * 1024)).statusCode).toBe(200)
    const answer = await patch(4 * 1024 * 1024 + 1)
    expect([answer.statusCode, answer.json().error]).toEqual([413, 'too_large'])
  })

  test('1,000 requests may wait, one more is refused; each gets its answer when the mail comes', async () => {
    const { app, add } = await makeApp()
    const wait = async () => await app.inject('/api/messages?wait=60s&limit=1')
    const waiting = Array.from({ length: 1000 }, wait)
    await expect.poll(async () => (await app.inject('/api/messages?wait=1ms&subject=none')).statusCode).toBe(503)
    const refused = await wait()
    expect([refused.statusCode, refused.json().error]).toEqual([503, 'busy'])
    await add()
    const answers = await Promise.all(waiting)
    expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true)
    expect((await app.inject('/api/messages?wait=1ms')).statusCode).toBe(200)
  })
})

describe('a bug in us', () => {
  test('one request may fail: others go on, on other messages and on the same', async () => {
    const fixture = await makeApp()
    const { app, add, contents, defects } = fixture
    const broken = await add()
    const whole = await add()
    const summary = contents.summary.bind(contents)
    vi.spyOn(contents, 'summary').mockImplementation(message => {
      if (message.id === broken.id) throw new Error('a defect')
      return summary(message)
    })
    onTestFinished(() => void vi.restoreAllMocks())
    expect((await app.inject(`/api/messages/${broken.id}`)).statusCode).toBe(500)
    expect((await app.inject(`/api/messages/${whole.id}`)).statusCode).toBe(200)
    expect((await app.inject(`/api/messages/${broken.id}/raw`)).rawPayload.equals(broken.raw)).toBe(true)
    expect(defects).toEqual([expect.objectContaining({ message: 'a defect' })])
  })
})
