/**
 * Everything without a mouse. Each flow is held where it belongs:
 *
 * - here: moving, opening, tabs, back, deleting and undo, read and unread; code and link; search field and help; selecting
 *   several; whatever has no key of its own, by Tab: the empty list, rules, preferences
 * - search: suggestions; inboxes: the switcher; sessions: opening one and going back; rules: writing one, its switch, undo
 * - message: Compare; exchange: the menus (share, copy as test, save, add files); list: the width of the list
 */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFaults, clipboard, isOpen, open, openMessage, PHONE, row, tab, withBrowser } from './browser.js'

withBrowser()

const SIGN_IN = {
  subject: 'Sign in',
  text: 'Your verification code is 482913.',
  html: '<p>Your verification code is <b>482913</b>.</p><a href="http://127.0.0.1:9/confirm">Confirm</a>',
}

const TWO_CODES = { subject: 'Two codes', text: 'Your code is 482913.\n\nYour code is 739204.' }

test('moves, opens, changes tabs, goes back, deletes and undoes', async () => {
  const { page } = await open({
    mails: [
      { subject: 'One', text: '1' },
      { subject: 'Two', text: '2' },
      { subject: 'Three', text: '3' },
    ],
  })
  const heading = (name: string) => page.getByRole('heading', { name, level: 2 })
  await row(page, 'Three').waitFor()
  await page.keyboard.press('j')
  await heading('Three').waitFor()
  await page.keyboard.press('j')
  await heading('Two').waitFor()
  await page.keyboard.press('ArrowDown')
  await heading('One').waitFor()
  await page.keyboard.press('k')
  await heading('Two').waitFor()
  await page.keyboard.press('3')
  await expect.poll(() => tab(page, 'Raw').getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('e')
  await row(page, 'Two').waitFor({ state: 'detached' })
  await heading('One').waitFor()
  await page.keyboard.press('z')
  await heading('Two').waitFor()
  await page.keyboard.press('r')
  await page.getByRole('button', { name: 'Mark as read' }).first().waitFor()
  await page.keyboard.press('u')
  await page.getByText('Choose a message').waitFor()
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('Two')
})

test('keeps a tab asked for while the message is still being read', async () => {
  const { page } = await open({ mails: [{ subject: 'Slow', text: 'slow' }] })
  let answer = () => {}
  const answered = new Promise<void>(resolve => (answer = resolve))
  await page.route(/\/api\/messages\/[^/?]+$/, async route => {
    await answered
    await route.continue()
  })
  await row(page, 'Slow').waitFor()
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'Slow', level: 2 }).waitFor()
  await page.keyboard.press('3')
  answer()
  await expect.poll(() => tab(page, 'Raw').getAttribute('aria-selected')).toBe('true')
})

test('copies the code, and opens the link that the mail is about; the keys come back when the pointer leaves it', async () => {
  const { page } = await open({ mails: [TWO_CODES, SIGN_IN] })
  await openMessage(page, 'Sign in')
  await page.keyboard.press('y')
  await page.getByText('Copied the code 482913').waitFor()
  await expect.poll(() => clipboard(page)).toBe('482913')
  const opening = page.context().waitForEvent('page')
  await page.keyboard.press('o')
  const opened = await opening
  expect(await opened.evaluate(() => window.opener)).toBe(null)
  await opened.close()

  await page.frameLocator('.stage iframe').getByText('Your verification').click()
  await page.getByRole('banner').hover()
  await page.keyboard.press('j')
  await isOpen(page, 'Two codes')
  // No code is offered where two rank equal, as in the library.
  const message = page.getByRole('main')
  await message.getByText('739204').first().waitFor()
  await expect.poll(() => message.getByRole('button', { name: /482913|739204/ }).count()).toBe(0)
})

test('a field keeps its keys; Escape empties it, then leaves it; the help lists the keys and closes', async () => {
  const { page } = await open({ mails: [{ subject: 'Jade', text: 'x' }] })
  await row(page, 'Jade').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('jade')
  const field = page.getByRole('combobox', { name: 'Search messages' })
  await expect.poll(() => field.inputValue()).toBe('jade')
  await page.keyboard.press('Escape')
  await expect.poll(() => field.inputValue()).toBe('')
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'Jade', level: 2 }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Copy the code').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test('selects several: x one by one, shift on the way; a narrow list says so above', async () => {
  const { page } = await open({ mails: ['One', 'Two', 'Three', 'Four'].map(subject => ({ subject, text: 'x' })) })
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  await row(page, 'Four').waitFor()
  await page.keyboard.press('j')
  await isOpen(page, 'Four')
  await page.keyboard.press('Shift+J')
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByText('3 messages selected').waitFor()
  await page.keyboard.press('e')
  await page.getByText('Deleted 3 messages').waitFor()
  await isOpen(page, 'One')
  await page.keyboard.press('z')
  await row(page, 'Four').waitFor()
  await page.keyboard.press('x')
  await page.keyboard.press('k')
  await page.keyboard.press('k')
  await expect.poll(focused).toContain('Three')
  await isOpen(page, 'One')
  await page.keyboard.press('x')
  await page.getByText('2 messages selected').waitFor()
  await page.keyboard.press('r')
  await page.getByRole('button', { name: '1 unread' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('u')
  await page.getByText('Choose a message').waitFor()

  await page.setViewportSize(PHONE.viewport)
  await expect.poll(focused).toContain('One')
  await page.keyboard.press('Shift+K')
  await page.getByRole('heading', { name: '2 messages selected' }).waitFor()
  expect(await axeFaults(page)).toEqual([])
  await tabTo(page, 'Clear the selection')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: '4 messages' }).waitFor()
})

/** Presses Tab until what has this name has the focus, as often as a patient reader would. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const { activeElement } = document
      return (activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '').trim()
    })
    if (at.startsWith(name)) return
  }
  throw new Error(`Tab does not lead to ${name}`)
}

test('Tab leads to what has no key: the empty list, a rule, the preferences', async () => {
  const { page } = await open()
  await page.getByRole('heading', { name: 'No mail yet' }).waitFor()
  for (const name of ['Docker Compose', 'Django', 'Copy']) {
    await tabTo(page, name)
    await page.keyboard.press('Enter')
  }
  await page.getByText('Copied the lines for Django').waitFor()
  await expect.poll(() => clipboard(page)).toContain('EMAIL_HOST = "maildouble"')
  await tabTo(page, 'Add a sample mail')
  await page.keyboard.press('Enter')
  await row(page, 'is your code for Lumen').waitFor()

  await page.keyboard.press('g')
  await page.keyboard.press('r')
  await page.getByRole('heading', { name: 'Rules' }).waitFor()
  await tabTo(page, 'Mailbox full')
  await page.keyboard.press('Enter')
  const on = page.getByRole('switch', { name: /^rule r1/ })
  await on.waitFor()
  await tabTo(page, 'rule r1')
  await page.keyboard.press('Space')
  await expect.poll(() => on.getAttribute('aria-checked')).toBe('false')
  await tabTo(page, 'Preferences')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Dark')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByRole('button', { name: 'Dark' }).count()).toBe(0)
})

test('Tab reaches the list, its code, the tabs and the mail', async () => {
  const { page } = await open({ mails: [SIGN_IN] })
  await openMessage(page, 'Sign in')
  await page.getByRole('combobox', { name: 'Search messages' }).focus()
  const reached: string[] = []
  for (let n = 0; n < 30; n++) {
    await page.keyboard.press('Tab')
    reached.push(
      await page.evaluate(() => {
        const { activeElement } = document
        return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? ''
      }),
    )
  }
  for (const name of ['Delete all', /Lumen.*Sign in/, 'Copy the code 482913', 'Mark as unread', 'HTML']) {
    expect(reached).toContainEqual(typeof name === 'string' ? name : expect.stringMatching(name))
  }
})
