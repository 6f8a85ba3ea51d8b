/** Mail as files: dropped or chosen, saved, shared; and the menus that offer it, by keyboard. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axeFaults, clipboard, open, openMessage, PHONE, row, rows, withBrowser } from './browser.js'

withBrowser()

type File = [name: string, text: string]

/** Drags files over the page, as a file manager would. */
const drag = (page: Page, files: File[]) =>
  page.evaluate(files => {
    const dataTransfer = new DataTransfer()
    for (const [name, text] of files) dataTransfer.items.add(new File([text], name))
    Object.assign(globalThis, { dragged: dataTransfer })
    document.body.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true, cancelable: true }))
  }, files)

const drop = (page: Page) =>
  page.evaluate(() => {
    const { dragged: dataTransfer } = globalThis as unknown as { dragged: DataTransfer }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
  })

/** What a click on a menu's item saves: the name and the content. */
async function saved(page: Page, menu: string, item: string): Promise<{ name: string; content: string }> {
  await page.getByRole('button', { name: menu, exact: true }).click()
  const downloading = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: item }).click()
  const download = await downloading
  // The browser is of another process, which alone knows where it puts files.
  const chunks = await (await download.createReadStream()).toArray()
  return { name: download.suggestedFilename(), content: Buffer.concat(chunks).toString('latin1') }
}

test.each([
  ['desktop, light', {}],
  ['phone, dark', { ...PHONE, colorScheme: 'dark' as const }],
])('files that are dropped are added, and what is none is named: %s', async (_where, context) => {
  const { page } = await open({ context })
  await drag(page, [
    ['one.eml', 'Subject: One\n\n'],
    ['two.mbox', 'From a\nSubject: Two\n\n\nFrom b\nSubject: Three\n\n\n'],
    ['picture.png', '\x89PNG'],
  ])
  await page.getByText('Drop .eml or mbox files').waitFor()
  await drop(page)
  await page.getByText('Added 3 messages').waitFor()
  await page.getByRole('listitem').filter({ hasText: 'picture.png It is no mail, and no mbox.' }).waitFor()
  for (const subject of ['One', 'Two', 'Three']) await row(page, subject).waitFor()
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await expect.poll(() => page.getByText('Added 3 messages').count()).toBe(0)
})

test('files dragged from outside right into a mail are for the page, not for its frame', async () => {
  const { page } = await open({ mails: [{ subject: 'Framed', html: '<p style="height:2000px">Here</p>' }] })
  await openMessage(page, 'Framed')
  const inside = page.frameLocator('.stage iframe').getByText('Here')
  await inside.hover()
  // The pointer goes to the file manager, which no browser that is driven has, and comes back with a file.
  await page.evaluate(() => {
    const leaving = new PointerEvent('pointerleave', { pointerType: 'mouse' })
    document.documentElement.dispatchEvent(leaving)
  })
  const frame = await page.locator('.stage iframe').boundingBox()
  if (!frame) throw new Error('The mail is not shown.')
  const over = { x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 }
  const protocol = await page.context().newCDPSession(page)
  const data = { items: [], files: [fileURLToPath(import.meta.url)], dragOperationsMask: 1 }
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    protocol.send('Input.dispatchDragEvent', { type, ...over, data })
  await drag('dragEnter')
  await drag('dragOver')
  await page.getByText('Drop .eml or mbox files').waitFor()
  await drag('drop')
  await page.getByRole('listitem').filter({ hasText: 'exchange.test.ts It is no mail, and no mbox.' }).waitFor()
  // Once the pointer is back without one, the mail has it again.
  await page.mouse.move(over.x, over.y)
  await inside.click()
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('IFRAME')
})

test('files that are chosen come to the inbox that is looked at', async () => {
  const { page, mail } = await open({ mails: [{ subject: 'There', text: 'x' }], path: '/#/?inbox=billing' })
  await page.getByRole('button', { name: 'More' }).click()
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('menuitem', { name: 'Add .eml or mbox files' }).click()
  await (await choosing).setFiles([{ name: 'x.eml', mimeType: '', buffer: Buffer.from('Subject: Bill\n\n') }])
  await row(page, 'Bill').waitFor()
  await expect.poll(async () => (await mail.messages({ subject: 'Bill' }))[0]?.inboxes).toEqual(['billing'])
})

test('a message is shared: as a link, a file, a page, an archive, a test', async () => {
  const { page, mail } = await open({
    mails: [
      { subject: 'Your code', html: '<p>Your code is 739204.</p><a href="https://x.example/confirm">Confirm</a>' },
    ],
  })
  const [message] = await mail.messages()
  await openMessage(page, 'Your code')

  // by keyboard alone
  await page.getByRole('button', { name: 'Share' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('menu', { name: 'Share' }).waitFor()
  await expect.poll(() => page.locator(':focus').textContent()).toBe('Copy link')
  expect(await axeFaults(page)).toEqual([])
  // a letter finds, and is none of the page's keys
  await page.keyboard.press('v')
  await expect.poll(() => page.locator(':focus').textContent()).toBe('Vitest')
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.getByText('Copied the link').waitFor()
  await expect.poll(() => clipboard(page)).toBe(`${mail.url}/#/messages/${message?.id}`)
  await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Share')

  const eml = await saved(page, 'Share', 'Message')
  expect(eml.name).toBe('Your code.eml')
  expect(eml.content).toBe((await message?.raw())?.toString('latin1'))
  const whole = await saved(page, 'Share', 'Page')
  expect(whole.name).toBe('Your code.html')
  expect(whole.content).toContain('Your code is 739204.')
  expect((await saved(page, 'Share', 'All parts')).content).toMatch(/^PK/)

  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('menuitem', { name: 'Playwright' }).click()
  await page.getByText('Copied the test for Playwright').waitFor()
  await expect.poll(() => clipboard(page)).toContain("mail.waitFor({ to: 'ada@example.com', subject: 'Your code' })")
})

test('a search and a selection are saved, and nothing beside them', async () => {
  const mails = ['One', 'Two', 'Three'].map(subject => ({ subject, text: 'x' }))
  const { page } = await open({ mails, path: '/#/?q=subject:T' })
  await expect.poll(() => rows(page).count()).toBe(2)
  const found = await saved(page, 'More', 'Mailbox')
  expect(found.name).toMatch(/^mail-\d{4}-\d\d-\d\d\.mbox$/)
  expect(found.content.match(/^Subject: .*/gm)).toEqual([
    expect.stringContaining('Two'),
    expect.stringContaining('Three'),
  ])

  await page
    .getByRole('textbox', { name: /search/i })
    .or(page.getByRole('combobox', { name: /search/i }))
    .fill('')
  await row(page, 'One').waitFor()
  await row(page, 'One')
    .getByRole('link')
    .click({ modifiers: ['Control'] })
  await row(page, 'Three')
    .getByRole('link')
    .click({ modifiers: ['Control'] })
  await page.getByText('2 messages selected').waitFor()
  const chosen = await saved(page, 'Save', 'Mailbox')
  expect(chosen.content.match(/^Subject: .*/gm)).toEqual([
    expect.stringContaining('One'),
    expect.stringContaining('Three'),
  ])
})
