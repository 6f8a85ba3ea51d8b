/** The message: its tabs, what is kept from it, and what can be done with it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clipboard, isOpen, open, openMessage, row, tab, withBrowser } from './browser.js'

withBrowser()

/** A picture of one green pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const frame = '.stage iframe'

/** A server that somebody else's images are on; counts who asks for them. */
async function startImages(): Promise<{ url: string; hits: () => number }> {
  let hits = 0
  const server = createServer((_request, response) => {
    hits += 1
    response.writeHead(200, { 'content-type': 'image/png' }).end(PIXEL)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits: () => hits }
}

describe('HTML', () => {
  test('an inline image shows', async () => {
    const { page } = await open({
      mails: [
        {
          subject: 'With a picture',
          html: '<p>Look:</p><img src="cid:pixel@x" alt="a pixel">',
          attachments: [{ filename: 'pixel.png', content: PIXEL, cid: 'pixel@x' }],
        },
      ],
    })
    await openMessage(page, 'With a picture')
    const image = page.frameLocator(frame).getByAltText('a pixel')
    await expect.poll(() => image.evaluate(element => (element as HTMLImageElement).naturalWidth)).toBe(1)
  })

  test('remote content is blocked until it is asked for', async () => {
    const images = await startImages()
    const { page } = await open({
      mails: [{ subject: 'Phones home', html: `<p>Hi</p><img src="${images.url}/open.png" alt="remote">` }],
    })
    await openMessage(page, 'Phones home')
    await page.getByText('1 piece of remote content blocked').waitFor()
    await page.frameLocator(frame).getByText('Hi').waitFor()
    expect(images.hits()).toBe(0)
    await page.getByRole('button', { name: 'Load' }).click()
    await page.getByText('Remote content loaded').waitFor()
    await expect.poll(() => images.hits()).toBe(1)
  })

  test('a script in a mail never runs, whichever way it comes', async () => {
    const attack = "top.document.title = 'owned'; parent.postMessage('owned', '*')"
    const { page } = await open({
      mails: [
        {
          from: '"<img src=x onerror=alert(1)>" <x@example.com>',
          subject: '<script>document.title = "owned"</script>',
          text: '<script>document.title = "owned"</script>',
          html: `<p>Quiet</p><script>${attack}</script><img src="x" onerror="${attack}"><svg onload="${attack}"></svg>
            <a id="j" href="javascript:${attack}">click</a><iframe srcdoc="<script>${attack}</script>"></iframe>
            <form action="javascript:${attack}"><button>send</button></form>`,
        },
      ],
    })
    await page.evaluate(() => addEventListener('message', () => Object.assign(globalThis, { owned: true })))
    await openMessage(page, '<script>document.title = "owned"</script>')
    const mail = page.frameLocator(frame)
    await mail.getByText('Quiet').waitFor()
    if (await mail.getByText('click').count()) await mail.getByText('click').click()
    for (const name of ['Text', 'Headers', 'Raw', 'Delivery', 'Parts']) await tab(page, name).click()
    await page.getByRole('region', { name: 'Parts of the message' }).waitFor()
    await expect.poll(() => page.title()).toBe('maildouble')
    expect(await page.evaluate(() => 'owned' in globalThis)).toBe(false)
  })

  test('a link opens in a new tab, which knows nothing of the page; so does the message itself', async () => {
    const images = await startImages()
    const { page } = await open({ mails: [{ subject: 'Link', html: `<a href="${images.url}/there">there</a>` }] })
    await openMessage(page, 'Link')
    const opening = page.context().waitForEvent('page')
    await page.frameLocator(frame).getByText('there').click()
    const opened = await opening
    await opened.waitForURL(`${images.url}/there`)
    expect(await opened.evaluate(() => window.opener === null && document.referrer === '')).toBe(true)

    const openingOwn = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Open in a tab of its own' }).click()
    const own = await openingOwn
    await isOpen(own, 'Link')
    await own.frameLocator(frame).getByText('there').waitFor()
    await isOpen(page, 'Link')
  })

  test("dark shows the mail by its own rules or recoloured; a phone's width; all of them side by side", async () => {
    const { page } = await open({
      mails: [
        {
          subject: 'Two faces',
          html: '<style>p{color:rgb(1,1,1)}@media (prefers-color-scheme: dark){p{color:rgb(250,250,250)}}</style><p>Face</p>',
        },
      ],
    })
    await openMessage(page, 'Two faces')
    const colour = () =>
      page
        .frameLocator(frame)
        .getByText('Face')
        .evaluate(element => getComputedStyle(element).color)
    await expect.poll(() => colour()).toBe('rgb(1, 1, 1)')
    await page.getByRole('button', { name: /^Dark/ }).click()
    await expect.poll(colour).toBe('rgb(250, 250, 250)')
    await page.getByRole('button', { name: /^Forced dark/ }).click()
    await page.getByText('approximate').waitFor()
    const html = page.frameLocator(frame).locator('html')
    await expect.poll(() => html.evaluate(element => getComputedStyle(element).filter)).toContain('invert(1)')
    await expect.poll(colour).toBe('rgb(1, 1, 1)')
    await page.getByRole('button', { name: 'Phone, 375 px' }).click()
    await expect.poll(async () => (await page.locator(frame).boundingBox())?.width).toBe(375)

    await page.keyboard.press('c')
    const inner = (name: string) => page.frameLocator(`iframe[title*="${name}"]`)
    for (const [name, widthPx, shown] of [
      ['Phone, light', 375, 'rgb(1, 1, 1)'],
      ['Phone, dark', 375, 'rgb(250, 250, 250)'],
      ['Desktop, light', 800, 'rgb(1, 1, 1)'],
      ['Desktop, dark', 800, 'rgb(250, 250, 250)'],
    ] as const) {
      const face = inner(name).getByText('Face')
      await expect.poll(() => face.evaluate(element => getComputedStyle(element).color)).toBe(shown)
      expect(await face.evaluate(() => innerWidth)).toBe(widthPx)
    }
    await expect.poll(() => new URL(page.url()).hash).toContain('compare=1')
    await expect.poll(() => row(page, 'Two faces').isVisible()).toBe(false)
    await page.keyboard.press('Escape')
    await row(page, 'Two faces').waitFor()
    await page.getByRole('heading', { name: 'Two faces', level: 2 }).waitFor()
  })
})

describe('the other tabs', () => {
  test('each has an address of its own', async () => {
    const { page, mail } = await open({ mails: [{ subject: 'Tabs', text: 'plain', html: '<p>rich</p>' }] })
    const [message] = await mail.messages()
    await page.goto(`${mail.url}/#/messages/${message?.id}/raw`)
    await page.getByText('Subject: Tabs').waitFor()
    await expect.poll(() => tab(page, 'Raw').getAttribute('aria-selected')).toBe('true')
    await tab(page, 'Text').click()
    await expect.poll(() => new URL(page.url()).hash).toBe(`#/messages/${message?.id}/text`)
  })

  test('Text: links can be clicked, and what follows them is not theirs', async () => {
    const { page } = await open({ mails: [{ subject: 'Plain', text: 'See (https://example.com/a?b=1), or not.' }] })
    await openMessage(page, 'Plain')
    const link = page.getByRole('region', { name: 'Text of the message' }).getByRole('link')
    await expect.poll(() => link.getAttribute('href')).toBe('https://example.com/a?b=1')
    await expect.poll(() => link.getAttribute('target')).toBe('_blank')
  })

  test('Headers: decoded or raw, filtered, copied; those of machines in rows', async () => {
    const headers = {
      'X-Campaign': 'spring',
      Received: 'from shop.example by mx.example with ESMTPS; Thu, 12 Mar 2026 10:24:00 +0100',
    }
    const { page } = await open({ mails: [{ subject: 'Grüße', text: 'x', headers }] })
    await openMessage(page, 'Grüße')
    await tab(page, 'Headers').click()
    const shown = page.getByRole('region', { name: 'Headers of the message' })
    await shown.getByText('Grüße').waitFor()
    await shown.getByRole('row', { name: 'by mx.example' }).waitFor()
    await page.getByRole('textbox', { name: 'Filter the headers' }).fill('campaign')
    await page.getByText('1 of ').waitFor()
    await expect.poll(() => shown.textContent()).toBe('X-Campaignspring')
    await page.getByRole('button', { name: 'Copy the headers' }).click()
    await page.getByText('Copied the headers').waitFor()
    await expect.poll(() => clipboard(page)).toBe('X-Campaign: spring')
    await page.getByRole('textbox', { name: 'Filter the headers' }).fill('subject')
    await page.getByRole('button', { name: 'Raw', exact: true }).click()
    await shown.getByText('=?UTF-8?').waitFor()
  })

  test('Raw: the exact lines; found words are shown, far down too', async () => {
    const text = `${'filler line\n'.repeat(5000)}needle\n`
    const { page } = await open({ mails: [{ subject: 'Long', text, textEncoding: 'quoted-printable' }] })
    await openMessage(page, 'Long')
    await tab(page, 'Raw').click()
    await page.getByText('Subject: Long').waitFor()
    await page.getByRole('textbox', { name: 'Find in the raw message' }).fill('NEEDLE')
    await page.locator('mark').getByText('needle').waitFor()
    await page.getByText('1 of 1').waitFor()
    await page.getByRole('checkbox', { name: 'Invisible bytes' }).check()
    await page.locator('.raw-row').filter({ hasText: 'needleCRLF' }).waitFor()
  })

  test('Delivery: hidden recipients, and those who were only named', async () => {
    const { page } = await open({
      mails: [
        {
          subject: 'Differs',
          text: 'x',
          envelope: { from: 'bounce@example.com', to: ['ada@example.com', 'boss@example.com'] },
          to: 'ada@example.com, eva@example.com',
          dsn: { id: 'x', return: 'headers', notify: 'failure', recipient: 'rfc822;ada@example.com' },
        },
      ],
    })
    await openMessage(page, 'Differs')
    await tab(page, 'Delivery').click()
    const cells = (text: string) => page.getByRole('row').filter({ hasText: text })
    await cells('boss@example.com').getByText('hidden: in no header').waitFor()
    await cells('eva@example.com').getByText('not in the envelope').waitFor()
    await cells('bounce@example.com').getByText('differs').waitFor()
    await cells('boss@example.com').getByText('NOTIFY=FAILURE').waitFor()
    await page.getByText('127.0.0.1 port').waitFor()
    await page.getByRole('main').getByText('boss@example.com').first().waitFor()
  })

  test('Parts: the tree, previews, and downloads of the exact bytes', async () => {
    const invitation = [
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      'SUMMARY:Design review',
      'DTSTART:20260313T130000Z',
      'END:VEVENT',
    ]
    const { page } = await open({
      mails: [
        {
          subject: 'Parts',
          text: 'plain',
          html: '<p>rich</p>',
          attachments: [
            { filename: 'pixel.png', content: PIXEL },
            { filename: 'notes.txt', content: 'these are the notes' },
            { filename: 'invite.ics', content: `BEGIN:VCALENDAR\r\n${invitation.join('\r\n')}\r\nEND:VCALENDAR\r\n` },
            { filename: 'bill.pdf', content: '%PDF-1.4' },
          ],
        },
      ],
    })
    // This browser may have no viewer of its own.
    await page.evaluate(() => Object.defineProperty(navigator, 'pdfViewerEnabled', { value: true }))
    await openMessage(page, 'Parts')
    await tab(page, 'Parts').click()
    const parts = page.getByRole('region', { name: 'Parts of the message' })
    await parts.getByText('multipart/mixed').waitFor()
    await expect
      .poll(() => parts.getByAltText('pixel.png').evaluate(element => (element as HTMLImageElement).naturalWidth))
      .toBe(1)
    const notes = parts.getByRole('listitem').filter({ hasText: 'notes.txt' })
    await notes.getByRole('button', { name: 'Show' }).click()
    await notes.getByText('these are the notes').waitFor()
    const invite = parts.getByRole('listitem').filter({ hasText: 'invite.ics' })
    await invite.getByRole('button', { name: 'Show' }).click()
    await invite.locator('.facts').getByText('Design review').waitFor()
    const bill = parts.getByRole('listitem').filter({ hasText: 'bill.pdf' })
    // Those of the other parts may still be told of.
    const asked = page.waitForResponse(response => response.headers()['content-type'] === 'application/pdf')
    await bill.getByRole('button', { name: 'Show' }).click()
    expect((await asked).headers()).toMatchObject({
      'content-disposition': expect.stringMatching(/^inline/),
      'content-security-policy': "frame-ancestors 'self'",
    })
    const all = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download all' }).click()
    expect((await all).suggestedFilename()).toBe('Parts.zip')
    await bill.getByRole('button', { name: 'Hide' }).click()
    const downloading = page.waitForEvent('download')
    await notes.getByRole('link', { name: 'Download notes.txt' }).click()
    expect((await downloading).suggestedFilename()).toBe('notes.txt')
  })
})

test('a message that is not there is said not to be, with a way back', async () => {
  const { page } = await open({ mails: [{ subject: 'Here', text: 'x' }], path: '/#/messages/nosuchmessage' })
  await page.getByText('There is no such message any more').waitFor()
  await page.getByRole('main').getByRole('button', { name: 'Back to the list' }).click()
  await page.getByText('Choose a message').waitFor()
})

test('Checks: how many stand on the tab, each leads to its place in the source, and back', async () => {
  const { page } = await open({
    mails: [
      {
        subject: 'Left in',
        text: 'Hi Ada',
        html: `${'<p>Hi Ada</p>\n'.repeat(200)}<p>Hi {{name}}</p><a href="#">Go</a>`,
      },
      { subject: 'Fine', text: 'Hi Ada' },
    ],
  })
  await openMessage(page, 'Left in')
  await page.getByRole('tab', { name: /^Checks 2 errors and warnings/ }).waitFor()
  await page.keyboard.press('7')
  const checks = page.getByRole('region', { name: 'Checks of the message' })
  await checks.getByRole('heading', { name: '2 errors' }).waitFor()
  await checks.getByRole('link', { name: /^Show in source: “{{name}}”/ }).click()
  const mark = page.locator('.raw mark')
  await expect.poll(() => mark.textContent()).toMatch(/^{{name}}/)
  await mark.scrollIntoViewIfNeeded()
  await expect.poll(() => page.url()).toMatch(/\/raw\?at=\d+$/)
  await page.goBack()
  await checks.getByRole('heading', { name: '2 errors' }).waitFor()
  await page.keyboard.press('k')
  await page.getByRole('heading', { name: 'Nothing to mend' }).waitFor()
})
