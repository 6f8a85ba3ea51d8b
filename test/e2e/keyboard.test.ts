/** Everything without a mouse. */
import { expect, test } from 'vitest'
import { clipboard, isOpen, open, openMessage, row, tab, withBrowser } from './browser.js'

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
