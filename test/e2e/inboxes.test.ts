/** The inboxes: choosing one, and what then acts on it alone. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { MailHandle } from '../../server/index.js'
import { axeFaultsInEveryLook, open, openMessage, type PHONE, row, rows, withBrowser } from './browser.js'

withBrowser()

/** Registers an inbox as another client does; gives an address of it. */
async function register(page: Page, { url }: MailHandle, inbox: { name?: string; label?: string }) {
  const answer = await page.request.post(`${url}/api/inboxes`, { data: inbox })
  return (await answer.json()) as { name: string; address: string }
}

const button = (page: Page) => page.getByRole('button', { name: /^Inbox:/ })
const options = (page: Page) => page.getByRole('listbox', { name: 'Inboxes' }).getByRole('option')

/** Two messages that nothing claims, and two for `billing`. */
async function openWithBilling(context?: typeof PHONE) {
  const opened = await open({
    mails: [
      { subject: 'Welcome', text: 'hello' },
      { subject: 'Receipt 1', text: 'paid' },
    ],
    ...(context && { context }),
  })
  const { page, mail, send } = opened
  await row(page, 'Welcome').waitFor()
  const billing = await register(page, mail, { name: 'billing' })
  await send({ subject: 'Invoice 1', text: 'pay', to: billing.address })
  await send({ subject: 'Invoice 2', text: 'pay', to: billing.address })
  await button(page).waitFor()
  return { ...opened, billing }
}

describe('the switcher', () => {
  test('is not there while there is nothing to choose from; tests stand under their labels', async () => {
    const { page, mail, send } = await open({ mails: [{ subject: 'Welcome', text: 'hello' }] })
    await row(page, 'Welcome').waitFor()
    expect(await button(page).count()).toBe(0)
    const { address } = await register(page, mail, { name: 'billing' })
    await send({ subject: 'Invoice', text: 'pay', to: address })
    await button(page).waitFor()

    const first = await register(page, mail, { label: 'signs up' })
    const second = await register(page, mail, { label: 'signs up' })
    for (const { address } of [first, second]) await send({ subject: 'Code', text: 'x', to: address })
    await button(page).click()
    const group = page.getByRole('group', { name: 'signs up' })
    await expect.poll(() => group.getByRole('option').count()).toBe(2)
    await group.getByRole('option', { name: first.name }).click()
    await page.getByRole('heading', { name: '1 message', exact: true }).waitFor()
    await expect.poll(() => button(page).textContent()).toContain('signs up')
  })

  test('shows one inbox, its counts, and what arrives there; the address says which', async () => {
    const { page, send, billing } = await openWithBilling()
    await button(page).click()
    await options(page).filter({ hasText: 'billing' }).click()
    await page.getByRole('heading', { name: '2 messages' }).waitFor()
    await expect.poll(() => rows(page).count()).toBe(2)
    await expect.poll(() => new URL(page.url()).hash).toBe('#/?inbox=billing')
    await expect.poll(() => page.title()).toBe('(2) maildouble')
    await send({ subject: 'Elsewhere', text: 'x' })
    await send({ subject: 'Invoice 3', text: 'pay', to: billing.address })
    await row(page, 'Invoice 3').waitFor()
    await page.getByRole('heading', { name: '3 messages' }).waitFor()
    expect(await row(page, 'Elsewhere').count()).toBe(0)
    // It is said where one would look for it, until one has.
    await expect.poll(() => button(page).textContent()).toContain('+1 in other inboxes')
    await button(page).press('Enter')
    await options(page).first().waitFor()
    await expect.poll(() => button(page).textContent()).not.toContain('+1')
    await page.keyboard.press('Escape')
    await page.reload()
    await row(page, 'Invoice 3').waitFor()
    await expect.poll(() => button(page).textContent()).toContain('billing')
    await page.goBack()
    await row(page, 'Elsewhere').waitFor()
  })

  test('by keyboard: g i opens, words narrow, arrows move, Enter chooses, Escape leaves', async () => {
    const { page } = await openWithBilling()
    await page.keyboard.press('g')
    await page.keyboard.press('i')
    const field = page.getByRole('combobox', { name: 'Find an inbox' })
    await page.keyboard.type('bil')
    await expect.poll(() => options(page).count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '2 messages' }).waitFor()
    await expect.poll(() => button(page).evaluate(element => element === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    await field.waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '4 messages' }).waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await field.waitFor({ state: 'detached' })
  })

  test('is for everybody, in light and dark, on a desk and on a phone', async () => {
    const { page } = await openWithBilling()
    await button(page).click()
    await options(page).first().waitFor()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await axeFaultsInEveryLook(page)).toEqual([])
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
})

describe('the chosen inbox', () => {
  test('alone is marked as read, and alone is deleted', async () => {
    const { page, mail } = await openWithBilling()
    await page.goto(`${mail.url}/#/?inbox=billing`)
    await page.getByRole('heading', { name: '2 messages' }).waitFor()
    await page.getByRole('button', { name: 'Mark all in billing as read' }).click()
    await page.getByRole('button', { name: '2 unread' }).waitFor({ state: 'detached' })
    await expect.poll(async () => (await mail.messages()).filter(({ read }) => !read).length).toBe(2)
    await page.getByRole('button', { name: 'Delete all in billing' }).click()
    await page.getByText('No mail in billing').waitFor()
    await page.getByRole('button', { name: 'Show all inboxes' }).click()
    await page.getByRole('heading', { name: '2 messages' }).waitFor()
    await expect
      .poll(async () => (await mail.messages()).map(({ subject }) => subject))
      .toEqual(['Welcome', 'Receipt 1'])
  })

  test('is left where a search finds more elsewhere, and entered from a message; all of them are marked as one', async () => {
    const { page, mail } = await openWithBilling()
    await page.goto(`${mail.url}/#/?inbox=default&q=invoice`)
    await page.getByText('Nothing found for “invoice”').waitFor()
    await page.getByRole('button', { name: '2 in inbox billing' }).click()
    await row(page, 'Invoice 2').waitFor()
    await page.getByRole('heading', { name: '2 found' }).waitFor()

    await page.goto(`${mail.url}/#/`)
    await page.getByRole('button', { name: 'Mark all as read' }).click()
    await expect.poll(async () => (await mail.messages()).filter(({ read }) => !read).length).toBe(0)
    await openMessage(page, 'Invoice 1')
    await page.getByRole('main').getByRole('link', { name: 'billing' }).click()
    await page.getByRole('heading', { name: '2 messages' }).waitFor()
    await page.getByRole('heading', { name: 'Invoice 1', level: 2 }).waitFor()
  })
})
