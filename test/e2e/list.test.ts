/** The list: what it shows, how it grows, how it is searched, and how mail leaves it. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import {
  clipboard,
  open,
  openMessage,
  openPage,
  PHONE,
  row,
  rows,
  sendMail,
  startServer,
  withBrowser,
} from './browser.js'

withBrowser()

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ subject: `Number ${n + 1}`, text: 'x' }))

/** What the browser shows beside the title. */
const icon = (page: Page) => page.locator('link[rel=icon]').getAttribute('href')

describe('rows', () => {
  test('newest first, with all that is known; the code copied by a click; nothing misleads or is empty', async () => {
    const { page, mail } = await open({
      mails: [
        { subject: '', text: 'x', envelope: { from: '', to: ['ada@example.com'] } },
        { subject: 'invoice_\u202egpj.exe', text: 'x' },
        { subject: 'Sign in', text: 'Your verification code is 739204.' },
        {
          subject: 'Second',
          from: 'Grace Hopper <grace@example.com>',
          to: ['ada@example.com', 'eva@example.com'],
          text: 'The start of the text',
          attachments: [{ filename: 'a.txt', content: 'a' }],
        },
      ],
    })
    await rows(page).nth(1).waitFor()
    const text = await rows(page).first().textContent()
    expect(text).toContain('Grace Hopper')
    expect(text).toContain('ada@example.com +1')
    expect(text).toContain('Second')
    expect(text).toContain('The start of the text')
    await rows(page)
      .first()
      .getByRole('link', { name: /^Unread, Grace Hopper.* 1 attachment/ })
      .waitFor()
    await expect.poll(() => page.title()).toBe('(4) maildouble')
    await expect.poll(async () => decodeURIComponent((await icon(page)) ?? '')).toContain('>4</text>')
    await row(page, 'No subject').waitFor()
    // What would turn the name around is shown by its code point.
    await row(page, 'invoice_').getByText('U+202E').waitFor()
    // The empty list, which says where to send to, is gone by now.
    const { smtp } = mail.ports
    await page.getByRole('button', { name: `127.0.0.1:${smtp}` }).click()
    await expect.poll(() => clipboard(page)).toBe(`127.0.0.1:${smtp}`)
    await page.getByRole('button', { name: 'Copy the code 739204' }).click()
    await page.getByText('Copied the code 739204').waitFor()
    await expect.poll(() => clipboard(page)).toBe('739204')
  })
})

describe('live', () => {
  test('mail appears without a reload, on top, and is told to who cannot see it; so is what another client does', async () => {
    const { page, mail, send } = await open({ mails: numbered(3) })
    await row(page, 'Number 2').waitFor()
    const [one, two] = await mail.messages()
    await page.request.patch(`${mail.url}/api/messages`, { data: { ids: [one?.id], read: true } })
    await page.getByRole('button', { name: '2 unread' }).waitFor()
    await page.request.delete(`${mail.url}/api/messages/${two?.id}`)
    await row(page, 'Number 2').waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: '2 messages' }).waitFor()

    await send({ subject: 'After', text: 'x' })
    await row(page, 'After').waitFor()
    await expect.poll(() => rows(page).first().textContent()).toContain('After')
    await page.getByRole('heading', { name: '3 messages' }).waitFor()
    await expect
      .poll(() => page.getByRole('status', { name: 'Arrivals' }).textContent())
      .toBe('New mail from Lumen: After')
  })

  test('what arrives while the reader is further down moves nothing and is counted; of hundreds few are drawn', async () => {
    const { page, mail } = await open({ mails: numbered(350) })
    const scroller = page.locator('.list-scroller')
    await row(page, 'Number 350').waitFor()
    await scroller.evaluate(element => element.scrollTo({ top: 2000 }))
    const seen = row(page, 'Number 320')
    await seen.waitFor()
    const before = await seen.boundingBox()
    await sendMail(mail, [
      { subject: 'New one', text: 'x' },
      { subject: 'New two', text: 'x' },
    ])
    const pill = page.getByRole('button', { name: '2 new' })
    await pill.waitFor()
    expect(await seen.boundingBox()).toEqual(before)
    await pill.click()
    await row(page, 'New two').waitFor()
    await expect.poll(() => pill.count()).toBe(0)
    await scroller.evaluate(element => element.scrollTo({ top: element.scrollHeight }))
    await row(page, /Number 1(?!\d)/).waitFor()
    await expect.poll(() => rows(page).count()).toBeLessThan(60)
  })

  test('a server that was started anew is found again, and shows what it has; till then what is known stays', async () => {
    const mail = await startServer()
    await sendMail(mail, [
      { subject: 'Old life', text: 'x' },
      { subject: 'Not read yet', text: 'x' },
    ])
    const page = await openPage(mail)
    await openMessage(page, 'Old life')
    await mail.stop()
    await page.getByText('Reconnecting').waitFor()
    await row(page, 'Not read yet').getByRole('link').click()
    await page.getByRole('heading', { name: 'Not read yet', level: 2 }).waitFor()
    await page.getByRole('main').getByText('The server did not answer.').waitFor()
    const again = await startServer({ smtpPort: mail.ports.smtp, httpPort: mail.ports.http })
    await page.getByText('There is no such message any more').waitFor()
    await page.getByText('maildouble was started anew: what it held before is gone.').waitFor()
    await page.getByRole('button', { name: 'Back to the list' }).click()
    await page.getByText(/^maildouble was started anew at .+: what it held/).waitFor()
    await sendMail(again, [{ subject: 'New life', text: 'x' }])
    await row(page, 'New life').waitFor()
    await expect.poll(() => row(page, 'Old life').count()).toBe(0)
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('a server that went away while the machine slept is noticed when the page is looked at again', async () => {
    const { page, send } = await open({ mails: [{ subject: 'Before', text: 'x' }] })
    await page.getByText('Live', { exact: true }).waitFor()
    const look = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    let connections = 0
    page.on('websocket', () => {
      connections += 1
    })
    const answered = page.waitForResponse('**/healthz')
    await look()
    await answered
    await send({ subject: 'While connected', text: 'x' })
    await row(page, 'While connected').waitFor()
    expect(connections).toBe(0)
    await page.route('**/healthz', route => route.abort())
    await look()
    await expect.poll(() => connections).toBe(1)
    await page.getByText('Live', { exact: true }).waitFor()
    await send({ subject: 'Afterwards', text: 'x' })
    await row(page, 'Afterwards').waitFor()
  })
})

describe('search', () => {
  test('words find, stand in the address, and go on finding what arrives; a link shows them; nothing leads back', async () => {
    const { page, mail, send } = await open({
      mails: [
        { subject: 'Invoice 17', text: 'pay' },
        { subject: 'Welcome', text: 'hello' },
      ],
      path: '/#/?q=welcome',
    })
    await row(page, 'Welcome').waitFor()
    await expect.poll(() => rows(page).count()).toBe(1)
    await expect.poll(() => page.getByRole('combobox', { name: 'Search messages' }).inputValue()).toBe('welcome')
    await page.goto(`${mail.url}/#/?q=xyzzy`)
    await page.getByText('Nothing found for “xyzzy”').waitFor()
    await page.getByRole('status').getByRole('button', { name: 'Clear the search' }).click()
    await row(page, 'Invoice 17').waitFor()

    await page.keyboard.press('/')
    await page.keyboard.type('invoice')
    await page.getByRole('heading', { name: '1 found' }).waitFor()
    await expect.poll(() => new URL(page.url()).hash).toBe('#/?q=invoice')
    await send({ subject: 'Invoice 18', text: 'pay' })
    await send({ subject: 'Something else', text: 'x' })
    await row(page, 'Invoice 18').waitFor()
    await page.getByRole('heading', { name: '2 found' }).waitFor()
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await row(page, 'Something else').waitFor()
  })
})

describe('read and unread', () => {
  test('opening marks as read, on the server too; one opened from the unread stays in place; all at once', async () => {
    const { page, mail } = await open({ mails: numbered(3) })
    await page.getByRole('button', { name: '3 unread' }).click()
    await openMessage(page, 'Number 2')
    await page.getByRole('button', { name: '2 unread' }).waitFor()
    await expect.poll(() => rows(page).count()).toBe(3)
    await expect.poll(async () => (await mail.messages()).filter(({ read }) => read).length).toBe(1)
    await page.getByRole('button', { name: '2 unread' }).click()
    await page.getByRole('button', { name: '2 unread' }).click()
    await row(page, 'Number 2').waitFor({ state: 'detached' })
    await expect.poll(() => rows(page).count()).toBe(2)
    await page.getByRole('button', { name: 'Mark all as read' }).click()
    await page.getByRole('button', { name: '2 unread' }).waitFor({ state: 'detached' })
    await expect.poll(() => page.title()).toBe('maildouble')
    await expect.poll(() => icon(page)).not.toContain('text')
  })
})

describe('deleting', () => {
  test('a message is hidden at once, comes back by undo, and nothing was sent; leaving carries it out', async () => {
    const { page, mail } = await open({ mails: numbered(3) })
    await openMessage(page, 'Number 2')
    await page.keyboard.press('e')
    await row(page, 'Number 2').waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: '2 messages' }).waitFor()
    await page.keyboard.press('z')
    await row(page, 'Number 2').waitFor()
    await page.getByRole('heading', { name: '3 messages' }).waitFor()
    expect(await mail.messages()).toHaveLength(3)

    await openMessage(page, 'Number 1')
    await page.getByRole('main').getByRole('button', { name: 'Delete' }).click()
    await row(page, 'Number 1').waitFor({ state: 'detached' })
    await page.goto('about:blank')
    await expect
      .poll(async () => (await mail.messages()).map(({ subject }) => subject))
      .toEqual(['Number 2', 'Number 3'])
  })

  test('delete all can be undone, and spares what arrives after the click', async () => {
    const { page, mail, send } = await open({ mails: numbered(3) })
    await row(page, 'Number 3').waitFor()
    await page.getByRole('button', { name: 'Delete all' }).click()
    await page.getByText('Deleted 3 messages').waitFor()
    await row(page, 'Number 3').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await row(page, 'Number 3').waitFor()

    await page.getByRole('button', { name: 'Delete all' }).click()
    await send({ subject: 'Just in time', text: 'x' })
    await row(page, 'Just in time').waitFor()
    await page.goto('about:blank')
    await expect.poll(async () => (await mail.messages()).map(({ subject }) => subject)).toEqual(['Just in time'])
  })
})

describe('several at once', () => {
  test('ctrl adds, shift reaches; deleted, had back and marked together; Escape lets go of them', async () => {
    const { page, mail } = await open({ mails: numbered(6) })
    await openMessage(page, 'Number 6')
    await row(page, 'Number 4')
      .getByRole('link')
      .click({ modifiers: ['ControlOrMeta'] })
    await page.getByText('2 messages selected').waitFor()
    await row(page, 'Number 2')
      .getByRole('link')
      .click({ modifiers: ['Shift'] })
    await page.getByText('3 messages selected').waitFor()
    await page.keyboard.press('e')
    await page.getByText('Deleted 3 messages').waitFor()
    await page.getByRole('heading', { name: '3 messages' }).waitFor()
    await page.keyboard.press('z')
    await page.getByRole('heading', { name: '6 messages' }).waitFor()
    expect(await mail.messages()).toHaveLength(6)

    await page.keyboard.press('Escape')
    await page.getByText('Choose a message').waitFor()
    await row(page, 'Number 3')
      .getByRole('link')
      .click({ modifiers: ['ControlOrMeta'] })
    await row(page, 'Number 1')
      .getByRole('link')
      .click({ modifiers: ['ControlOrMeta'] })
    await page.getByRole('button', { name: 'Mark as read' }).click()
    await page.getByRole('button', { name: '3 unread' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Choose a message').waitFor()
  })
})

describe('the width of the list', () => {
  test('is dragged or moved by keys, remembered, and put back by a double click', async () => {
    const { page } = await open({ mails: numbered(2) })
    const list = page.getByRole('region', { name: 'Messages' })
    const splitter = page.getByRole('separator', { name: 'Width of the list' })
    const width = async () => (await list.boundingBox())?.width
    await row(page, 'Number 1').waitFor()
    await expect.poll(width).toBe(400)
    await splitter.hover()
    await page.mouse.down()
    await page.mouse.move(520, 300)
    await page.mouse.up()
    await expect.poll(width).toBe(520)
    await splitter.focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(width).toBe(504)
    await page.reload()
    await row(page, 'Number 1').waitFor()
    await expect.poll(width).toBe(504)
    await splitter.focus()
    await page.keyboard.press('Home')
    await expect.poll(width).toBe(280)
    await splitter.dblclick()
    await expect.poll(width).toBe(400)
  })
})

describe('a narrow screen', () => {
  test('shows one region at a time, with a way back', async () => {
    const { page } = await open({ mails: numbered(2), context: PHONE })
    await row(page, 'Number 1').getByRole('link').click()
    await page.getByRole('heading', { name: 'Number 1', level: 2 }).waitFor()
    await expect.poll(() => rows(page).first().isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Back to the list' }).click()
    await row(page, 'Number 2').waitFor()
    await expect.poll(() => page.getByRole('heading', { name: 'Number 1' }).count()).toBe(0)
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
})
