/** The search box: what it suggests, and where it says that something is wrong. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFaults, axeFaultsInEveryLook, open, openMessage, PHONE, row, rows, withBrowser } from './browser.js'

withBrowser()

const MAILS = [
  { subject: 'Invoice 17', from: 'Shop <shop@example.com>', text: 'pay' },
  { subject: 'Welcome', text: 'hello', attachments: [{ filename: 'a.txt', content: 'a' }] },
]
const field = (page: Page) => page.getByRole('combobox', { name: 'Search messages' })
const options = (page: Page) => page.getByRole('listbox', { name: 'Ways to go on' }).getByRole('option')

test('operators and their values are suggested, and taken by keyboard or a click', async () => {
  const { page } = await open({ mails: MAILS })
  await row(page, 'Welcome').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('ha')
  await options(page).filter({ hasText: 'has:' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(() => field(page).inputValue()).toBe('has:')
  await options(page).filter({ hasText: 'has:attachment' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await expect.poll(() => field(page).inputValue()).toBe('has:attachment ')
  await expect.poll(() => rows(page).count()).toBe(1)
  await row(page, 'Welcome').waitFor()

  await field(page).fill('')
  await row(page, 'Invoice 17').waitFor()
  await page.keyboard.type('fro')
  await options(page).filter({ hasText: 'from:' }).click()
  await page.keyboard.type('shop')
  await expect.poll(() => rows(page).count()).toBe(1)
  await row(page, 'Invoice 17').waitFor()

  // What is typed right after one was taken goes on behind it.
  await field(page).fill('')
  await page.keyboard.type('fro')
  // In one turn, before a frame is drawn: as a fast hand on a busy machine.
  await options(page)
    .filter({ hasText: 'from:' })
    .evaluate(option => {
      ;(option as HTMLElement).click()
      document.execCommand('insertText', false, 'sh')
    })
  await page.evaluate(() => new Promise(requestAnimationFrame))
  await page.keyboard.type('op')
  await expect.poll(() => field(page).inputValue()).toBe('from:shop')
})

test('a fault is said and underlined where it is, and the last list stays', async () => {
  const { page } = await open({ mails: MAILS })
  await row(page, 'Welcome').waitFor()
  await field(page).fill('invoice form:shop')
  await page.getByRole('alert').filter({ hasText: 'form' }).waitFor()
  await expect.poll(() => page.locator('.search-underline mark').textContent()).toContain('form')
  await expect.poll(() => field(page).getAttribute('aria-invalid')).toBe('true')
  await expect.poll(() => rows(page).count()).toBe(2)
  for (const viewport of [{ width: 1280, height: 800 }, PHONE.viewport]) {
    await page.setViewportSize(viewport)
    expect(await axeFaults(page)).toEqual([])
  }
  await field(page).fill('invoice from:shop')
  await page.getByRole('alert').waitFor({ state: 'detached' })
  await expect.poll(() => rows(page).count()).toBe(1)

  // What only the server knows to be wrong is shown in the same place.
  await field(page).fill('subject:/in(?=voice)/')
  await expect.poll(() => page.locator('.search-underline mark').textContent()).toContain('in(?=voice)')
})

test('tags stand in the row and over the message, and lead to all that have them', async () => {
  const tagged = { subject: 'Spring', text: 'Hi', headers: { 'X-Tags': 'b, Sale 2026, zero' } }
  const { page, mail } = await open({ mails: [...MAILS, tagged, { ...tagged, subject: 'Also', headers: {} }] })
  await row(page, 'Spring').getByText('Sale 2026').waitFor()
  await row(page, 'Spring').getByText('+1').waitFor()
  await openMessage(page, 'Spring')
  expect(await axeFaultsInEveryLook(page)).toEqual([])
  await page.locator('.head').getByRole('link', { name: 'Sale 2026' }).click()
  await expect.poll(() => rows(page).count()).toBe(1)
  expect(await field(page).inputValue()).toBe('tag:"Sale 2026"')

  // Set by whoever works with it, the page follows.
  await openMessage(page, 'Spring')
  const sent = { method: 'PATCH', headers: { 'content-type': 'application/json' } }
  await fetch(`${mail.url}/api/messages`, { ...sent, body: '{"q":"subject:Spring","tags":["done"]}' })
  await page.locator('.head').getByRole('link', { name: 'done' }).waitFor()
})
