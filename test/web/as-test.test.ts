/** Tests that are copied from the page, run against the mail that they were written of, and the like of it. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectMaildouble, type MailHandle, startMaildouble } from '../../server/index.js'
import { asTest, TEST_KINDS, type Tested } from '../../web/as-test.js'

const run = promisify(execFile)

const MAILS: [what: string, raw: string][] = [
  [
    'a code and a link',
    'To: ada@example.com\r\nSubject: 739204 is your code for Lumen\r\nContent-Type: text/html\r\n\r\nYour code is 739204.<a href="https://x.example/terms">Terms</a><a href="https://x.example/confirm?t=8f2c1d">Confirm it</a>',
  ],
  ['neither', 'To: ada@example.com\r\nSubject: Your order is on its way\r\n\r\nIt comes.'],
  ['no subject, and a token in the path', 'To: bob@example.com\r\n\r\nReset it: https://x.example/reset/8f2c1d7e4b0a'],
  [
    'quotes of every language, what hides, other scripts',
    'To: o\'hara@example.com\r\nSubject: =?utf-8?q?=22it\'s=22_=5C_$(id)_=60id=60_=E2=80=AEtxt_#=7Bx=7D_=F0=9F=98=80_{y}?=\r\nContent-Type: text/html\r\n\r\n<a href="https://x.example/a\'b$(id)?x=1">It\'s "here" \\ #{x}</a>',
  ],
]

/** What the copied tests of runners see in place of their runner. */
interface Stage {
  test(title: string, body: (fixtures: object) => Promise<void>): void
  expect: typeof expect
  send(): Promise<void>
}

const PYTHON_SEND = `
import base64, os, urllib.request
def send():
    request = urllib.request.Request(os.environ['MAILDOUBLE_URL'] + '/api/messages', base64.b64decode(os.environ['RAW']))
    request.add_header('Content-Type', 'message/rfc822')
    urllib.request.urlopen(request)
`

let server: MailHandle
let folder: string
beforeAll(async () => {
  server = await startMaildouble()
  folder = await mkdtemp(join(tmpdir(), 'maildouble-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

/** The message as the page has it. */
async function arrived(raw: string): Promise<Tested> {
  const id = await server.add(raw)
  return (await (await fetch(`${server.url}/api/messages/${id}`)).json()) as Tested
}

describe.each(MAILS)('%s', (what, raw) => {
  test.each(['Playwright', 'Vitest'] as const)('%s', async kind => {
    const code = asTest(kind, await arrived(raw), server.url)
    expect(code).not.toMatch(/[\u202e\u200b]/)
    const path = join(folder, `${kind}-${MAILS.findIndex(([other]) => other === what)}.test.ts`)
    const staged = code
      .replace(/^import \{ expect, test \} from '[^']+'$/m, 'const { expect, test, send } = (globalThis as any).stage')
      .replace("from 'maildouble'", `from ${JSON.stringify(join(import.meta.dirname, '../../server/index.ts'))}`)
      .replace('// Here, let the app send it.', 'await send()')
    await writeFile(path, staged)
    await using mail = await connectMaildouble(server.url)
    const visited: string[] = []
    const bodies: Promise<void>[] = []
    const page = { goto: async (url: string) => void visited.push(url) }
    const stage: Stage = {
      test: (_title, body) => void bodies.push(body({ mail, page })),
      expect,
      send: async () => void (await server.add(raw)),
    }
    Object.assign(globalThis, { stage })
    await import(path)
    expect(bodies).toHaveLength(1)
    await Promise.all(bodies)
    expect(visited).toEqual(
      kind === 'Playwright' && /href|https/.test(raw) ? [expect.stringContaining('x.example')] : [],
    )
  })

  test('pytest', async () => {
    const code = asTest('pytest', await arrived(raw), server.url)
    const [, name] = /^def (test_\w+)\(\):$/m.exec(code) ?? []
    const staged = code.replace('# Here, let the app send it.', 'send()')
    await run('python3', ['-c', `${PYTHON_SEND}\n${staged}\n\n${name}()`], {
      env: { ...process.env, MAILDOUBLE_URL: server.url, RAW: Buffer.from(raw).toString('base64') },
    })
  })

  test('curl', async () => {
    const message = await arrived(raw)
    const { stdout } = await run('bash', ['-ec', asTest('curl', message, server.url)])
    if (message.otp !== null) expect(stdout).toContain(message.otp)
    if (/href|https/.test(raw)) expect(stdout).toContain('https://x.example/')
    expect(stdout).not.toContain('uid=')
  })
})

test('what is new each time is not asked for', async () => {
  const message = await arrived(MAILS[0]?.[1] as string)
  for (const kind of TEST_KINDS) {
    const code = asTest(kind, message, server.url)
    expect(code).not.toMatch(/739204|8f2c1d/)
    expect(code).toContain('is your code for Lumen')
  }
})
