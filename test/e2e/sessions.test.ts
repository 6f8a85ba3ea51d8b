/** Connections: those that delivered and those that did not, and why; the lights of the empty list. */
import { connect, type Socket } from 'node:net'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { open, openMessage, PHONE, row, seriousFaults, tab, withBrowser } from './browser.js'

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

const gone = (socket: Socket) =>
  new Promise<void>(resolve => {
    socket.once('close', () => resolve())
    socket.end()
  })

describe('the page of sessions', () => {
  test('shows every connection, live, and what was said on it', async () => {
    const { page, mail, send } = await open({ mails: [{ subject: 'Delivered', text: 'x' }] })
    await row(page, 'Delivered').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await list(page).getByRole('listitem').first().waitFor()
    expect(new URL(page.url()).hash).toBe('#/sessions')
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
  })

  test('by keyboard: j and k move, u goes back, g m to the mail', async () => {
    const { page } = await open({
      mails: [{ subject: 'One', text: 'x' }],
      path: '/#/sessions',
    })
    await list(page).getByRole('link').first().waitFor()
    await page.keyboard.press('j')
    await pane(page).getByText('RCPT TO:<ada@example.com>').waitFor()
    await page.keyboard.press('u')
    await page.getByText('Choose a session').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('m')
    await row(page, 'One').waitFor()
  })

  test('is for everybody, in light and dark, on a desk and on a phone', async () => {
    const { page, mail } = await open({ context: { reducedMotion: 'reduce' } })
    await gone(await say(mail.ports.smtp, ['EHLO shop.test', 'MAIL FROM: shop@example.com', 'NONSENSE']))
    await page.goto(`${mail.url}/#/sessions`)
    await list(page).getByRole('link').first().click()
    await pane(page).getByText('NONSENSE', { exact: true }).waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const viewport of [{ width: 1280, height: 800 }, PHONE.viewport]) {
        await page.setViewportSize(viewport)
        expect(await seriousFaults(page), `${colorScheme} ${viewport.width}`).toEqual([])
      }
    }
    await page.getByRole('button', { name: 'Back to the sessions' }).click()
    expect(await seriousFaults(page)).toEqual([])
  })
})

describe('a message', () => {
  test('tells what was said when it was delivered', async () => {
    const { page } = await open({ mails: [{ subject: 'Story', text: 'x' }] })
    await openMessage(page, 'Story')
    await tab(page, 'Delivery').click()
    const delivery = page.getByRole('region', { name: 'Delivery of the message' })
    await delivery.getByText('RCPT TO:<ada@example.com>').waitFor()
    await delivery.getByRole('link', { name: 'The whole session' }).click()
    await pane(page).getByText('RCPT TO:<ada@example.com>').waitFor()
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
  test('says how far the app comes, and where it stops and why', async () => {
    const { page, mail } = await open({ server: { smtpAuth: 'user:secret', smtpRequireAuth: true } })
    await page.getByRole('heading', { name: 'How far does the app come?' }).waitFor()
    const lights = page.locator('.lights')
    await lights.getByText('No app has connected').waitFor()
    await expect.poll(() => lights.locator('[data-state="waiting"]').count()).toBe(4)
    const wrong = Buffer.from('\0user\0wrong').toString('base64')
    await gone(await say(mail.ports.smtp, ['EHLO shop.test', `AUTH PLAIN ${wrong}`]))
    await lights.locator('[data-state="no"]').getByText('Logged in').waitFor()
    await lights.getByRole('link', { name: 'What was said' }).click()
    await pane(page).getByText(/^535 /).waitFor()
    expect(await pane(page).textContent()).not.toContain(wrong)
  })

  test.each([
    { app: 'speaks TLS to the plain port', bytes: Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]), says: /TLS/ },
    { app: 'is a browser', bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n'), says: /HTTP/ },
  ])('an app that $app is told so', async ({ bytes, says }) => {
    const { page, mail } = await open()
    await page.getByRole('heading', { name: 'How far does the app come?' }).waitFor()
    const socket = connect(mail.ports.smtp, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(bytes)
    await page.locator('.lights-reason').getByText(says).first().waitFor()
  })
})
