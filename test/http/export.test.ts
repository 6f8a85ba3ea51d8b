/** Files to keep. What an archive holds is read by Python's zipfile, which is not ours. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { type Fixture, mail, makeApp, RICH_MAIL } from './helpers.js'

const FULL_DATE = /\d{4}-\d\d-\d\d/

/** The files of an archive, as a program of others reads them; throws where it finds a fault in it. */
function unzipped(archive: Buffer): Record<string, Buffer> {
  const script = [
    'import sys, io, zipfile, json, base64',
    'z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))',
    'assert z.testzip() is None',
    'print(json.dumps([[i.filename, base64.b64encode(z.read(i)).decode()] for i in z.infolist()]))',
  ].join('\n')
  const files: [string, string][] = JSON.parse(execFileSync('python3', ['-c', script], { input: archive }).toString())
  return Object.fromEntries(files.map(([name, base64]) => [name, Buffer.from(base64, 'base64')]))
}

async function get({ app }: Fixture, url: string) {
  const answer = await app.inject(url)
  const { statusCode: status, headers, rawPayload: bytes, body } = answer
  return { status, headers, bytes, body, policy: String(headers['content-security-policy']) }
}

/** A mail with parts of these names. */
const withParts = (names: string[]) =>
  Buffer.from(
    [
      'Subject: Parts',
      'Content-Type: multipart/mixed; boundary=x',
      '',
      ...names.flatMap((name, n) => [
        '--x',
        'Content-Type: text/plain',
        `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
        '',
        `part ${n}`,
      ]),
      '--x--',
      '',
    ].join('\r\n'),
  )

describe('a message as a page', () => {
  test('is whole, and loads nothing', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: RICH_MAIL })
    const { status, headers, body, policy } = await get(fixture, '/api/messages/latest.html')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers).not.toHaveProperty('content-disposition')
    expect(body).toContain('Confirm your address')
    expect(body).toContain('Your code is 739204. Confirm:')
    expect(body).toContain('Gesch\u00e4ft.pdf')
    expect(body).not.toMatch(/<script|src="https?:/)
    for (const csp of [policy, /http-equiv="Content-Security-Policy" content="([^"]+)/.exec(body)?.[1]])
      expect(csp?.replaceAll('&#39;', "'")).toMatch(/^default-src 'none'; (?!.*(?:https?:|script-src)).*img-src data:/)
    expect(policy).toMatch(/sandbox(?!.*allow-(?:scripts|same-origin))/)
  })

  test('has what was said when it came, and the tries before', async () => {
    const fixture = await makeApp()
    const { maker } = fixture
    const session = maker.open({ outcome: 'delivered 1 message' })
    session.said('client', 'EHLO client.example')
    const { id } = await fixture.add({ sessionId: session.id })
    maker.attempt(session, { to: ['ada@example.com'], messageId: id })
    maker.records.end(session)
    expect((await get(fixture, `/api/messages/${id}.html`)).body).toContain('EHLO client.example')
  })

  test('is saved under its subject, whatever that says', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: mail({ subject: '=?utf-8?q?a=0D=0ASet-Cookie:_x=22/../b?=' }) })
    const { headers } = await get(fixture, '/api/messages/latest.html?download=true')
    expect(headers['content-disposition']).toMatch(/^attachment; filename="[\w .-]+\.html"$/)
    expect(headers).not.toHaveProperty('set-cookie')
  })

  test('that is not there is 404', async () => {
    expect((await get(await makeApp(), '/api/messages/none.html')).status).toBe(404)
  })
})

describe('parts.zip', () => {
  test('has every part, decoded', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: RICH_MAIL })
    const { headers, bytes } = await get(fixture, '/api/messages/latest/parts.zip')
    expect(headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="Confirm your address.zip"',
    })
    const files = unzipped(bytes)
    expect(Object.keys(files)).toEqual([
      ...['part-1.1.1.txt', 'part-1.1.2.html', 'part-1.2.png', 'Gesch\u00e4ft.pdf', 'logo.svg'],
    ])
    expect(files['Gesch\u00e4ft.pdf']?.toString()).toBe('bytes')
    expect(files['part-1.2.png']?.subarray(1, 4).toString()).toBe('PNG')
  })

  test('has names that lead nowhere, and differ', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: withParts(['../../x.txt', '/etc/passwd', 'C:\\x', 'a.txt', 'A.TXT', '..', 'a\u202eb']) })
    const names = Object.keys(unzipped((await get(fixture, '/api/messages/latest/parts.zip')).bytes))
    expect(names).toEqual(['__.._x.txt', '_etc_passwd', 'C__x', 'a.txt', 'A (2).TXT', 'file', 'a_b'])
  })

  test('of five thousand parts of one name is made in no time', async () => {
    const fixture = await makeApp()
    await fixture.add({ raw: withParts(Array.from({ length: 5000 }, () => 'a.txt')) })
    const { bytes } = await get(fixture, '/api/messages/latest/parts.zip')
    expect(Object.keys(unzipped(bytes))).toHaveLength(5000)
  })
})

describe('export', () => {
  /** What an mbox tends to change. */
  const RAWS = [
    'Subject: 1\r\n\r\nFrom me\r\n>From you\r\n',
    'no final line end',
    '\0\xff\x80 8 bit\n\r\rlone\r',
    '',
    '\r\n',
    'From the first line\n\n\n',
    `${'From \n'.repeat(200_000)}`,
  ].map(text => Buffer.from(text, 'latin1'))

  test('as mbox, put in again, gives the exact bytes and the envelopes', async () => {
    const fixture = await makeApp()
    for (const raw of RAWS) await fixture.add({ raw })
    const { headers, bytes } = await get(fixture, '/api/messages/export')
    expect(headers['content-type']).toBe('application/mbox')
    expect(headers['content-disposition']).toMatch(
      new RegExp(`^attachment; filename="mail-${FULL_DATE.source}\\.mbox"$`),
    )
    const other = await makeApp()
    const answer = await other.app.inject({
      method: 'POST',
      url: '/api/messages',
      headers: { 'content-type': 'application/mbox' },
      payload: bytes,
    })
    expect(answer.statusCode).toBe(201)
    const kept = ({ store }: Fixture) =>
      store.list().map(({ raw, envelope: { from, to } }) => ({ raw: raw.toString('latin1'), from, to }))
    expect(kept(other)).toEqual(kept(fixture))
  })

  test('takes the filters, and refuses what it does not know', async () => {
    const fixture = await makeApp()
    for (const subject of ['one', 'two']) await fixture.add({ raw: mail({ subject }) })
    expect((await get(fixture, '/api/messages/export?subject=two')).body).not.toContain('Subject: one')
    expect((await get(fixture, '/api/messages/export?format=pst')).status).toBe(400)
    expect((await get(fixture, '/api/messages/export?subjekt=two')).status).toBe(400)
  })

  test('as html is a page of the newest, and says how many it leaves out', async () => {
    const fixture = await makeApp()
    for (let n = 1; n <= 202; n++) await fixture.add({ raw: mail({ subject: `mail ${n}.` }) })
    const { body, headers } = await get(fixture, '/api/messages/export?format=html')
    expect(headers['content-disposition']).toMatch(/\.html"$/)
    expect(body).toContain('202 messages')
    expect(body).toContain('2 older messages left out')
    expect(body.match(/<article>/g)).toHaveLength(200)
    expect(body.indexOf('mail 3.')).toBeLessThan(body.indexOf('mail 202.'))
    expect(body).not.toContain('mail 2.')
  })

  test('as eml is an archive of messages as they came', async () => {
    const fixture = await makeApp()
    const raws = ['Welcome', 'welcome', 'a/b'].map(subject => mail({ subject }))
    for (const raw of raws) await fixture.add({ raw })
    const { bytes, headers } = await get(fixture, '/api/messages/export?format=eml&inbox=default')
    expect(headers['content-disposition']).toMatch(/filename="default-/)
    const files = unzipped(bytes)
    expect(Object.keys(files)).toEqual(['Welcome.eml', 'welcome (2).eml', 'a_b.eml'])
    expect(Object.values(files)).toEqual(raws)
  })
})
