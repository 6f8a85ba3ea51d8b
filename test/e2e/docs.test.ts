/** What the server shows beside the page, /docs and the way back to it: for everybody, on a desk and on a phone, in light and in dark. */
import { expect, test } from 'vitest'
import { axeFaults, axeFaultsInEveryLook, openPage, PHONE, startServer, withBrowser } from './browser.js'

withBrowser()

test.each([
  ['light, on a desk', { colorScheme: 'light' }],
  ['dark, on a phone', { ...PHONE, colorScheme: 'dark' }],
] as const)('%s', async (_name, context) => {
  const page = await openPage(await startServer(), { context, path: '/docs' })
  await page.getByRole('heading', { name: 'The HTTP API' }).waitFor()
  await page.getByRole('main').getByRole('link', { name: 'ApiError' }).first().click()
  await expect.poll(() => page.evaluate('location.hash')).toBe('#shape-ApiError')
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  // One of each kind is enough to look at: there are ninety.
  await page.evaluate(`for (const card of document.querySelectorAll('section.card'))
    if (!['get-api-messages', 'post-api-rules', 'shape-Message', ''].includes(card.id)) card.remove()`)
  expect(await axeFaults(page)).toEqual([])
})

test('where there is nothing, a link leads to the page', async () => {
  const page = await openPage(await startServer(), { path: '/nothing/here' })
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  expect(await axeFaultsInEveryLook(page)).toEqual([])
  await page.getByRole('link', { name: 'To the mail' }).click()
  await page.getByRole('heading', { name: 'No mail yet' }).waitFor()
})
