/** Every page and state for everybody: axe finds nothing serious, in light and in dark, on a desk and on a phone. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type OpenOptions, open, openMessage, PHONE, row, seriousFaults, tab, withBrowser } from './browser.js'

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

/** Each state, and the way to it. */
const STATES: { name: string; mails: OpenOptions['mails']; reach: (page: Page) => Promise<void> }[] = [
  { name: 'empty', mails: [], reach: page => page.getByText('SMTP_URL').waitFor() },
  { name: 'list', mails: MAILS, reach: page => row(page, 'Everything').waitFor() },
  {
    name: 'nothing found',
    mails: MAILS,
    reach: async page => {
      await page.getByRole('combobox', { name: 'Search messages' }).fill('xyzzy')
      await page.getByText('Nothing found').waitFor()
    },
  },
  ...['HTML', 'Text', 'Headers', 'Raw', 'Delivery', 'Parts'].map(name => ({
    name,
    mails: MAILS,
    reach: async (page: Page) => {
      await openMessage(page, 'Everything')
      await tab(page, name).click()
      await page.getByRole('tab', { name, selected: true }).waitFor()
      await page.getByText('Loading').waitFor({ state: 'detached' })
    },
  })),
  {
    name: 'after a deletion, with the help open',
    mails: MAILS,
    reach: async page => {
      await openMessage(page, 'Everything')
      await page.keyboard.press('e')
      await page.getByText('Deleted “Everything”').waitFor()
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
]

/** Each state is looked at in each of these. */
const LOOKS = [
  { look: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { look: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { look: 'phone', colorScheme: 'light', viewport: PHONE.viewport },
] as const

test.each(STATES)('$name', async ({ mails = [], reach }) => {
  const { page } = await open({ mails, context: { reducedMotion: 'reduce' } })
  await reach(page)
  for (const { look, colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    expect(await seriousFaults(page), look).toEqual([])
  }
})

test('the theme is switched by hand, and remembered', async () => {
  const { page } = await open({ mails: MAILS, context: { colorScheme: 'light' } })
  await row(page, 'Everything').waitFor()
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  await page.getByRole('button', { name: /^Theme: as the system/ }).click()
  await page.getByRole('button', { name: /^Theme: light/ }).click()
  const dark = await background()
  expect(dark).not.toBe(light)
  await page.reload()
  await row(page, 'Everything').waitFor()
  await expect.poll(() => background()).toBe(dark)
})
