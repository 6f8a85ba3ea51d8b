import { describe, expect, test } from 'vitest'
import { type Fixture, mail, makeApp, RICH_MAIL } from './helpers.js'

async function get({ app }: Fixture, url: string) {
  const answer = await app.inject({ url })
  const policy = String(answer.headers['content-security-policy'])
  return { status: answer.statusCode, headers: answer.headers, policy, body: answer.body, bytes: answer.rawPayload }
}

async function withMail(raw: Buffer = RICH_MAIL): Promise<Fixture> {
  const fixture = await makeApp()
  await fixture.add({ raw })
  return fixture
}

/** A mail whose one part has the given headers. */
function part(headers: string[], body = 'bytes'): Buffer {
  return mail({ headers: [...headers, 'MIME-Version: 1.0'], body })
}

describe('/raw', () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
  test.each([
    ['every byte', every],
    ['a lone CR and LF', Buffer.from('Subject: x\r\n\r\n.a\rb\nc\r\n..\r\n.')],
    ['no header', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['more than a slice', Buffer.concat([every, Buffer.alloc(3 * 256 * 1024, 'x'), every])],
  ])('is %s, exactly', async (_what, raw) => {
    const { status, bytes, headers } = await get(await withMail(raw), '/api/messages/latest/raw')
    expect(status).toBe(200)
    expect(bytes.equals(raw)).toBe(true)
    expect(headers).toMatchObject({
      'content-type': 'message/rfc822',
      'content-length': String(raw.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    })
    expect(headers).not.toHaveProperty('content-disposition')
  })

  test('is a file to save where that is asked for', async () => {
    const { headers } = await get(await withMail(), '/api/messages/latest/raw?download=true')
    expect(headers['content-disposition']).toBe('attachment; filename="Confirm your address.eml"')
  })
})

describe('/checks', () => {
  test('are told with the part and the byte of each, errors first', async () => {
    const { status, body } = await get(await withMail(), '/api/messages/latest/checks')
    expect(status).toBe(200)
    const { checks } = JSON.parse(body)
    expect(checks.map(({ level }: { level: string }) => level)).toEqual(
      ['error', 'warning', 'info'].flatMap(level =>
        checks.filter((one: { level: string }) => one.level === level).map(() => level),
      ),
    )
    expect(checks).toContainEqual({
      id: 'removed-by-clients',
      level: 'warning',
      title: 'Clients take out <script>',
      explanation: expect.stringContaining('no client keeps it'),
      part: '1.1.2',
      offset: RICH_MAIL.indexOf('<script>'),
    })
  })

  test('of a message that is gone: not found', async () => {
    const { status, body } = await get(await withMail(), '/api/messages/none/checks')
    expect([status, JSON.parse(body).error]).toEqual([404, 'not_found'])
  })
})

describe('/html', () => {
  test('shows images of the mail, and neither runs nor loads anything', async () => {
    const { headers, policy, body } = await get(await withMail(), '/api/messages/latest/html')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['x-maildouble-blocked']).toBe('1')
    expect(body).toContain('src="data:image/png;base64,')
    expect(body).not.toContain('<script')
    expect(body).not.toContain('tracker.example.com')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain('sandbox allow-popups allow-popups-to-escape-sandbox')
    expect(policy).not.toMatch(/allow-scripts|allow-same-origin|https?:/)
  })

  test('loads remote content when that is asked for, and still runs nothing', async () => {
    const { headers, policy, body } = await get(await withMail(), '/api/messages/latest/html?remote=true')
    expect(headers['x-maildouble-blocked']).toBe('0')
    expect(body).toContain('https://tracker.example.com/pixel.png')
    expect(policy).toMatch(/img-src data: http: https:/)
    expect(policy).not.toMatch(/script-src|allow-scripts|allow-same-origin|connect-src/)
  })

  test('may be framed by the page alone', async () => {
    const { headers, policy } = await get(await withMail(), '/api/messages/latest/html')
    expect(policy).toContain("frame-ancestors 'self'")
    expect(headers['x-frame-options']).toBe('SAMEORIGIN')
  })

  test("switches the mail's own media rules", async () => {
    const html = '<style>@media (prefers-color-scheme: dark) { p { color: red } }</style><p>x</p>'
    const fixture = await withMail(part(['Content-Type: text/html'], html))
    const plain = await get(fixture, '/api/messages/latest/html')
    const dark = await get(fixture, '/api/messages/latest/html?scheme=dark')
    expect(dark.body).not.toBe(plain.body)
    const forced = await get(fixture, '/api/messages/latest/html?scheme=forced-dark')
    expect(forced.body).toContain('filter: invert(1)')
    expect(forced.body).toContain('(max-width: 0)')
  })

  test('is 404 where there is none', async () => {
    const { status, body } = await get(await withMail(mail()), '/api/messages/latest/html')
    expect(status).toBe(404)
    expect(JSON.parse(body)).toMatchObject({ error: 'not_found', fix: expect.stringContaining('/text') })
  })
})

test('/text is the text, and 404 where there is none', async () => {
  const { headers, body } = await get(await withMail(), '/api/messages/latest/text')
  expect(headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(body).toContain('Your code is 739204.')
  const none = await get(await withMail(part(['Content-Type: text/html'], '<p>x</p>')), '/api/messages/latest/text')
  expect(none.status).toBe(404)
})

test('/headers are in order, duplicates kept, decoded and as they came', async () => {
  const headers = ['Received: 1', 'Received: 2', 'X-Name: =?utf-8?q?J=C3=BCrgen?=\r\n folded']
  const { body } = await get(await withMail(mail({ headers })), '/api/messages/latest/headers')
  expect(JSON.parse(body).headers).toEqual([
    { name: 'Received', value: '1', raw: 'Received: 1' },
    { name: 'Received', value: '2', raw: 'Received: 2' },
    { name: 'X-Name', value: 'Jürgen folded', raw: 'X-Name: =?utf-8?q?J=C3=BCrgen?=\r\n folded' },
    { name: 'Subject', value: 'Welcome', raw: 'Subject: Welcome' },
  ])
})

describe('/parts', () => {
  test('are where the message says', async () => {
    const fixture = await withMail()
    const { parts } = JSON.parse((await get(fixture, '/api/messages/latest')).body)
    for (const { url, size } of parts) expect((await get(fixture, url)).bytes).toHaveLength(size)
  })

  test('come with their names; a PDF is for a viewer of the browser, within the page alone', async () => {
    const { headers, policy, body } = await get(await withMail(), '/api/messages/latest/parts/2')
    expect(body).toBe('bytes')
    expect(headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': 'inline; filename="Gesch_ft.pdf"; filename*=UTF-8\'\'Gesch%C3%A4ft.pdf',
      'x-content-type-options': 'nosniff',
    })
    expect(policy).toBe("frame-ancestors 'self'")
  })

  test.each([
    ['image/png', 'inline'],
    ['image/jpeg', 'inline'],
    ['image/svg+xml', 'attachment'],
    ['image/x-unknown', 'attachment'],
    ['text/html; name=x.html', 'attachment'],
    ['application/xhtml+xml', 'attachment'],
    ['application/javascript', 'attachment'],
    ['text/xml', 'attachment'],
  ])('%s is %s', async (type, disposition) => {
    const raw = part([`Content-Type: ${type}`, 'Content-Disposition: attachment; filename=x'])
    const { headers } = await get(await withMail(raw), '/api/messages/latest/parts/1')
    expect(headers['content-disposition']).toBe(`${disposition}; filename="x"`)
  })

  test.each(['x', 'text', 'text/', 'a b/c', 'text/pl\\ain', 'text/ü'])('of the type %j are just bytes', async type => {
    const raw = part([`Content-Type: ${type}`, 'Content-Disposition: attachment'])
    const { status, headers } = await get(await withMail(raw), '/api/messages/latest/parts/1')
    expect(status).toBe(200)
    expect(headers['content-type']).not.toMatch(/html|ü|\\/)
  })

  test('are 404 where there is none', async () => {
    const fixture = await withMail()
    for (const id of ['9', '1.9', 'x', '%2e%2e', '1'.repeat(500)]) {
      expect((await get(fixture, `/api/messages/latest/parts/${id}`)).status).toBe(404)
    }
  })
})

describe('/otp', () => {
  test('is the code', async () => {
    const { headers, body } = await get(await withMail(), '/api/messages/latest/otp')
    expect([headers['content-type'], body]).toEqual(['text/plain; charset=utf-8', '739204'])
  })

  test('is 404 where there is none', async () => {
    const { status, body } = await get(await withMail(mail()), '/api/messages/latest/otp')
    expect([status, JSON.parse(body).error]).toEqual([404, 'not_found'])
  })
})

describe('/link', () => {
  const html =
    '<a href="https://example.com/confirm?a=1&amp;b=2">Confirm address</a> <a href="https://example.com/help">Help</a>'
  const links = part(['Content-Type: text/html'], html)

  test.each([
    ['?text=Confirm', 'https://example.com/confirm?a=1&b=2'],
    ['?text=confirm%20address', 'https://example.com/confirm?a=1&b=2'],
    ['?text=/help', 'https://example.com/help'],
  ])('%s is %s', async (search, address) => {
    const { headers, body } = await get(await withMail(links), `/api/messages/latest/link${search}`)
    expect([headers['content-type'], body]).toEqual(['text/plain; charset=utf-8', address])
  })

  test('needs no words where there is one', async () => {
    expect((await get(await withMail(), '/api/messages/latest/link')).body).toBe('https://example.com/confirm?token=1')
  })

  test.each(['', '?text=Cancel'])('%j is 404 and names the candidates', async search => {
    const { status, body } = await get(await withMail(links), `/api/messages/latest/link${search}`)
    expect(status).toBe(404)
    expect(JSON.parse(body).message).toContain('"Help" https://example.com/help')
  })

  test('text is no filter of latest here', async () => {
    const fixture = await withMail(links)
    await fixture.add({ raw: mail({ body: 'no link' }) })
    const { status } = await get(fixture, '/api/messages/latest/link?text=Confirm')
    expect(status).toBe(404)
    expect((await get(fixture, '/api/messages/latest/link?text=Confirm&has=link')).status).toBe(200)
  })
})

describe('.md', () => {
  test('is Markdown that no browser makes a page of', async () => {
    const { status, headers, policy, body } = await get(await withMail(), '/api/messages/latest.md?subject=confirm')
    expect([status, headers['content-type']]).toEqual([200, 'text/markdown; charset=utf-8'])
    expect([headers['x-content-type-options'], policy]).toEqual(['nosniff', expect.stringContaining('sandbox')])
    expect(body).toContain('Subject: Confirm your address')
  })

  test('is there by id, and 404 where there is no such message', async () => {
    const fixture = await withMail()
    const id = fixture.store.list()[0]?.id
    expect((await get(fixture, `/api/messages/${id}.md`)).body).toContain(`# Mail ${id}`)
    const none = await get(fixture, '/api/messages/none.md')
    expect([none.status, JSON.parse(none.body).message]).toEqual([404, 'There is no message none.'])
    const noMatch = await get(fixture, '/api/messages/latest.md?subject=none&wait=1ms')
    expect([noMatch.status, JSON.parse(noMatch.body).arrived.length]).toEqual([404, 1])
  })
})

test('reading changes nothing', async () => {
  const fixture = await withMail()
  const { cursor } = fixture.store
  for (const url of ['', '/raw', '/html', '/text', '/headers', '/parts/2', '/otp', '/link', '.md']) {
    await get(fixture, `/api/messages/latest${url}`)
  }
  expect([fixture.store.cursor, fixture.store.unread]).toEqual([cursor, 1])
})

test('a broken mail is served like any other', async () => {
  const raws = ['', '\0', 'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n', ': \r\n\r\n', '\r\n\r\n']
  for (const raw of raws) {
    const fixture = await withMail(Buffer.from(raw))
    for (const url of ['', '/raw', '/headers']) {
      expect((await get(fixture, `/api/messages/latest${url}`)).status).toBe(200)
    }
    expect(fixture.defects).toEqual([])
  }
})
