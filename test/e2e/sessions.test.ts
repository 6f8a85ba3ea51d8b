/** Connections: those that delivered and those that did not, and why; the lights of the empty list. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Ports } from '../../server/index.js'
import { axeFaults, axeFaultsInEveryLook, open, openMessage, row, tab, withBrowser } from './browser.js'

withBrowser()

const list = (page: Page) => page.getByRole('region', { name: 'Sessions' })
const pane = (page: Page) => page.getByRole('main', { name: 'Session' })

/** A client that says line after line, each after the answer to the one before; then it waits. */
async function say(port: number, lines: string[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const answer = () => new Promise<void>(resolve => socket.once('data', () => resolve()))
  await answer()
  for (const line of lines) {
    socket.write(`${line}\r\n`)
    await answer()
  }
  return socket
}

/** Says something, and does not care for the answer. */
async function write(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  // What was never read would keep the connection open until the server has had enough.
  socket.resume()
  await new Promise<void>(resolve => socket.write(bytes, () => resolve()))
}

const WRONG_PASSWORD = Buffer.from('\0user\0wrong').toString('base64')

const gone = (socket: Socket) =>
  new Promise<void>(resolve => {
    socket.once('close', () => resolve())
    socket.end()
  })

describe('the page of sessions', () => {
  test('shows every connection, live, and what was said on it; j and k move, u goes back, g m to the mail', async () => {
    const { page, mail, send } = await open({ mails: [{ subject: 'Delivered', text: 'x' }] })
    await row(page, 'Delivered').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await list(page).getByRole('listitem').first().waitFor()
    await expect.poll(() => new URL(page.url()).hash).toBe('#/sessions')
    const socket = await say(mail.ports.smtp, ['EHLO shop.test', 'MAIL FROM:<shop@example.com>', 'NONSENSE'])
    await list(page).getByText('shop.test').waitFor()
    await list(page).getByRole('link').filter({ hasText: 'shop.test' }).click()
    await pane(page).getByText('MAIL FROM:<shop@example.com>').waitFor()
    await pane(page).getByText(/^500 /).waitFor()
    await gone(socket)
    await expect.poll(() => list(page).locator('[data-state="nothing"]').count()).toBe(1)
    await send({ subject: 'Another', text: 'x' })
    await expect.poll(() => list(page).locator('[data-state="delivered"]').count()).toBe(2)
    await page.getByRole('button', { name: 'Delivered nothing' }).click()
    await expect.poll(() => list(page).getByRole('link').count()).toBe(1)
    await page.reload()
    await pane(page).getByText('NONSENSE', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'All' }).click()
    await expect.poll(() => list(page).getByRole('link').count()).toBe(3)
    await page.keyboard.press('j')
    await pane(page).getByText('RCPT TO:<ada@example.com>').waitFor()
    await page.keyboard.press('k')
    await pane(page).getByText('NONSENSE', { exact: true }).waitFor()
    await page.keyboard.press('u')
    await page.getByText('Choose a session').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('m')
    await row(page, 'Another').waitFor()

    // Who waits for a mail looks here: that something failed meanwhile is said.
    const link = page.getByRole('banner').getByRole('link', { name: /^Sessions/ })
    await expect.poll(() => link.textContent()).toBe('Sessions')
    await gone(await say(mail.ports.smtp, ['EHLO shop.test', 'MAIL FROM:<shop@example.com>']))
    await expect.poll(() => link.textContent()).toBe('Sessions, one of which delivered nothing')
    expect(await axeFaults(page)).toEqual([])
    await link.click()
    await list(page).locator('[data-state="nothing"]').first().waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('m')
    await row(page, 'Another').waitFor()
    await expect.poll(() => link.textContent()).toBe('Sessions')
  })

  test('says so while nothing has connected, and takes a look at the port calmly', async () => {
    const { page, mail } = await open({ path: '/#/sessions' })
    await list(page).getByText('Nothing has connected since the start.').waitFor()
    const socket = connect(mail.ports.smtp, '127.0.0.1')
    await new Promise(resolve => socket.once('data', resolve))
    await gone(socket)
    await list(page).locator('[data-state="probe"]').getByText('connected and said nothing').waitFor()
    await list(page).getByRole('link').click()
    const heading = pane(page).getByRole('heading', { level: 2 })
    await heading.waitFor()
    expect(await list(page).locator('[data-state="nothing"]').count()).toBe(0)
  })

  test('is for everybody, in light and dark, on a desk and on a phone', async () => {
    const { page, mail } = await open({ context: { reducedMotion: 'reduce' } })
    await gone(await say(mail.ports.smtp, ['EHLO shop.test', 'MAIL FROM: shop@example.com', 'NONSENSE']))
    await page.goto(`${mail.url}/#/sessions`)
    await list(page).getByRole('link').first().click()
    await pane(page).getByText('NONSENSE', { exact: true }).waitFor()
    expect(await axeFaultsInEveryLook(page)).toEqual([])
    await page.getByRole('button', { name: 'Back to the sessions' }).click()
    expect(await axeFaults(page)).toEqual([])
  })
})

describe('a message', () => {
  test('tells what was said about it, where one connection brought several', async () => {
    const mails = [1, 2, 3].map(n => ({ subject: `Pooled ${n}`, text: 'x', from: `app${n}@example.com` }))
    const { page } = await open({ mails })
    await openMessage(page, 'Pooled 2')
    await tab(page, 'Delivery').click()
    const said = page.locator('.transcript')
    await said.getByText('MAIL FROM:<app2@example.com>').waitFor()
    await said.getByText(/queued as/).waitFor()
    expect(await said.getByText(/^(EHLO|MAIL FROM:<app[13])/).count()).toBe(0)
    await page.getByRole('button', { name: /^Show all \d+ lines/ }).click()
    await said.getByText('MAIL FROM:<app3@example.com>').waitFor()
    await page.getByRole('button', { name: 'Show this message only' }).click()
    await expect.poll(() => said.getByText(/^MAIL FROM/).count()).toBe(1)
    await page.getByRole('link', { name: 'The whole session' }).click()
    await pane(page).getByText('MAIL FROM:<app3@example.com>').waitFor()
  })

  test('says how many tries it took, and what each came to', async () => {
    const { page, mail, send } = await open()
    const lines = ['EHLO shop.test', 'MAIL FROM:<hello@lumen.example>', 'RCPT TO:<ada@example.com>', 'DATA']
    await gone(await say(mail.ports.smtp, lines))
    await send({ subject: 'At last', text: 'x' })
    await openMessage(page, 'At last')
    await page.getByRole('link', { name: '2 tries' }).click()
    const delivery = page.getByRole('region', { name: 'Delivery of the message' })
    await delivery.getByText('connection lost').waitFor()
    await delivery.getByText('stored').waitFor()
  })
})

describe('the empty list', () => {
  test('is patient while nothing has connected, or somebody only looked', async () => {
    const { page, mail } = await open()
    const lights = page.locator('.lights')
    await lights.getByText('No app has connected').waitFor()
    await expect.poll(() => lights.locator('[data-state="waiting"]').count()).toBe(4)
    const socket = connect(mail.ports.smtp, '127.0.0.1')
    await new Promise(resolve => socket.once('data', resolve))
    await gone(socket)
    await lights.getByText('a look at the port').waitFor()
    expect(await lights.locator('[data-state="no"]').count()).toBe(0)
    expect(await page.locator('.lights-reason').count()).toBe(0)
  })

  /** Each app, and what is said of it both on the empty list and on the page of sessions. */
  const APPS: { app: string; run: (ports: Ports) => Promise<unknown>; says: RegExp; fix: RegExp }[] = [
    {
      app: 'has a wrong password',
      run: ({ smtp }) => say(smtp, ['EHLO shop.test', `AUTH PLAIN ${WRONG_PASSWORD}`]).then(gone),
      says: /535/,
      fix: /password/,
    },
    {
      app: 'speaks TLS to the plain port',
      run: ({ smtp }) => write(smtp, Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3])),
      says: /speaks TLS from the first byte/,
      fix: /TLS/,
    },
    {
      app: 'does not trust the certificate',
      run: ({ smtps = 0 }) =>
        new Promise(resolve => connectTls({ port: smtps, host: '127.0.0.1' }).once('error', resolve)),
      says: /handshake|certificate/,
      fix: /certificate|CA/,
    },
    {
      app: 'is a browser',
      run: ({ smtp }) => write(smtp, Buffer.from('GET / HTTP/1.1\r\n\r\n')),
      says: /HTTP/,
      fix: /Give the app the SMTP port/,
    },
    {
      app: 'drops the connection in DATA',
      run: async ({ smtp }) => {
        const socket = await say(smtp, ['EHLO shop.test', 'MAIL FROM:<a@b.test>', 'RCPT TO:<c@d.test>', 'DATA'])
        socket.write('Subject: half a ma')
        await gone(socket)
      },
      says: /lost in DATA/,
      fix: /app/,
    },
  ]

  test('an app that does it wrong is told so, here and among the sessions, and what it sent can be seen', async () => {
    const { page, mail } = await open({ server: { smtpAuth: 'user:secret', tls: true } })
    for (const { run, says, fix } of APPS) {
      await page.goto(`${mail.url}/#/`)
      await page.locator('.lights').waitFor()
      await run(mail.ports)
      await page.locator('.lights-reason').getByText(says).first().waitFor()
      await page.locator('.lights [data-state="no"]').waitFor()
      await page.getByRole('link', { name: 'What was said' }).click()
      await pane(page).getByRole('heading', { level: 2 }).filter({ hasText: says }).waitFor()
      await pane(page).locator('.session-fix').getByText(fix).waitFor()
      await list(page).locator('[data-state="nothing"]').filter({ hasText: says }).waitFor()
      expect(await pane(page).textContent()).not.toContain(WRONG_PASSWORD)
    }
    await pane(page).getByRole('button', { name: 'what DATA brought' }).click()
    await pane(page).getByText('Subject: half a ma').waitFor()
  })
})
