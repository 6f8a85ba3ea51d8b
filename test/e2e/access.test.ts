/** Every page and state for everybody: axe finds nothing, in light and in dark, on a desk and on a phone. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFaults, axeFaultsInEveryLook, DESK, open, openMessage, PHONE, row, tab, withBrowser } from './browser.js'

withBrowser()

const MAILS = [
  { subject: 'Read me', text: 'See https://example.com/here', to: ['ada@example.com', 'eva@example.com'] },
  {
    subject: 'Everything',
    envelope: { from: 'bounce@example.com', to: ['ada@example.com', 'hidden@example.com'] },
    text: 'Your verification code is 739204.',
    html: '<p>Your verification code is <b>739204</b>.</p><img src="http://127.0.0.1:9/x.png"><a href="https://example.com/confirm">Confirm</a>',
    attachments: [{ filename: 'a\u202etxt.exe', content: 'x' }],
    headers: { 'X-Long': 'long '.repeat(200) },
  },
]

test('the empty list', async () => {
  const { page } = await open({ context: { reducedMotion: 'reduce' } })
  await page.getByText('SMTP_URL').waitFor()
  expect(await axeFaultsInEveryLook(page)).toEqual([])
})

/** States of the list, each reached from the one before. */
const STATES: { name: string; reach: (page: Page) => Promise<void> }[] = [
  { name: 'list', reach: page => row(page, 'Everything').waitFor() },
  {
    name: 'nothing found',
    reach: async page => {
      await page.getByRole('combobox', { name: 'Search messages' }).fill('xyzzy')
      await page.getByText('Nothing found').waitFor()
    },
  },
  {
    name: 'after a deletion, with the help open',
    reach: async page => {
      await page.setViewportSize(DESK.viewport)
      await page.getByRole('status').getByRole('button', { name: 'Clear the search' }).click()
      await openMessage(page, 'Everything')
      await page.keyboard.press('e')
      await page.getByText('Deleted “Everything”').waitFor()
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
]

test('every state of the list', async () => {
  const { page } = await open({ mails: MAILS, context: { reducedMotion: 'reduce' } })
  for (const { name, reach } of STATES) {
    await reach(page)
    expect(await axeFaultsInEveryLook(page), name).toEqual([])
  }
})

test('every tab of a message', async () => {
  const { page } = await open({ mails: MAILS, context: { reducedMotion: 'reduce' } })
  await openMessage(page, 'Everything')
  for (const name of ['HTML', 'Text', 'Headers', 'Raw', 'Delivery', 'Parts', 'Checks']) {
    await tab(page, name).click()
    await expect.poll(() => tab(page, name).getAttribute('aria-selected')).toBe('true')
    await page.getByText('Loading').waitFor({ state: 'detached' })
    expect(await axeFaultsInEveryLook(page), name).toEqual([])
  }
})

test('the theme is switched by hand, and remembered; times can be those of logs', async () => {
  const { page } = await open({ mails: MAILS, context: { colorScheme: 'light' } })
  await row(page, 'Everything').waitFor()
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  const preferences = page.getByRole('region', { name: 'Preferences' })
  await page.getByRole('button', { name: 'Preferences' }).click()
  await preferences.getByRole('button', { name: 'Dark' }).click()
  await expect.poll(background).not.toBe(light)
  const dark = await background()
  await preferences.getByRole('button', { name: 'UTC' }).click()
  await row(page, 'Everything')
    .getByText(/^\d\d:\d\d UTC$/)
    .waitFor()
  for (const { viewport } of [DESK, PHONE]) {
    await page.setViewportSize(viewport)
    expect(await axeFaults(page)).toEqual([])
  }
  await page.keyboard.press('Escape')
  await preferences.waitFor({ state: 'detached' })
  await page.reload()
  await row(page, 'Everything').getByText(/ UTC$/).waitFor()
  await expect.poll(background).toBe(dark)
})

/** What the page tells the system, in place of telling it. */
interface Told {
  title: string
  body: string
}

test('notifications are asked for by a click only, and tell of what arrives unseen', async () => {
  const { page, send } = await open({ mails: MAILS })
  await page.addInitScript(() => {
    const told: Told[] = []
    let permission = 'default'
    class Stub {
      static get permission() {
        return permission
      }
      static requestPermission = async () => (permission = 'granted')
      close = () => {}
      constructor(title: string, { body }: { body: string }) {
        told.push({ title, body })
        Object.assign(globalThis, { last: this })
      }
    }
    Object.assign(globalThis, { Notification: Stub, told })
    document.hasFocus = () => false
  })
  await page.reload()
  await row(page, 'Everything').waitFor()
  const told = () => page.evaluate(() => (globalThis as unknown as { told: Told[] }).told)
  expect(await page.evaluate(() => Notification.permission)).toBe('default')
  await page.getByRole('button', { name: 'Preferences' }).click()
  await page.getByRole('group', { name: 'Notifications' }).getByRole('button', { name: 'On' }).click()
  await page.getByText('While this page is open, and not looked at.').waitFor()
  await page.keyboard.press('Escape')
  await send({ subject: 'Sign in', text: 'Your verification code is 482913.' })
  await expect.poll(told).toEqual([{ title: 'Lumen', body: 'Sign in\nCode 482913' }])
  await page.evaluate(() => (globalThis as unknown as { last: Notification }).last.onclick?.(new Event('click')))
  await page.getByRole('heading', { name: 'Sign in', level: 2 }).waitFor()
})
