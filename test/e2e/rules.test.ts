/** The page of rules, with real mail that they refuse; and what the rest of the page says of them. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import {
  axeFaults,
  axeFaultsInEveryLook,
  COLOUR_RULES,
  open,
  openPage,
  PHONE,
  row,
  sendMail,
  startServer,
  withBrowser,
} from './browser.js'

withBrowser()

const RULES = { path: '/#/rules' }

const list = (page: Page) => page.getByRole('list', { name: /^Rules, in the order/ })
const rule = (page: Page, words: string | RegExp) => list(page).getByRole('listitem').filter({ hasText: words })
const active = (page: Page, words: string) => page.getByRole('banner').getByRole('link', { name: words })
const editor = (page: Page, name: string) => page.getByRole('form', { name })
const writing = (page: Page) => editor(page, 'Add the rule').getByRole('textbox', { name: 'The rule as JSON' })

/** Adds a rule as JSON. */
async function write(page: Page, json: string): Promise<void> {
  await writing(page).fill(json)
  await page.keyboard.press('Control+Enter')
}

describe('a preset', () => {
  test('is on with a click, narrowed by what was said before; the bar says so on every view', async () => {
    const { page } = await open(RULES)
    await page.getByText('There is none: every mail is taken.').waitFor()
    await page.getByRole('textbox', { name: 'To' }).fill('*@full.test')
    await page.getByRole('spinbutton', { name: 'only the first' }).fill('2')
    await page.getByRole('button', { name: /^Mailbox full/ }).click()
    await rule(page, 'RCPT TO *@full.test')
      .getByText('452 4.2.2 Mailbox full, only the first 2 per recipient')
      .waitFor()
    await rule(page, 'mailbox-full').getByText('15 min left').waitFor()
    await active(page, '1 rule active').waitFor()
    await page.getByRole('combobox', { name: 'Lasts' }).selectOption('until removed')
    await page.getByRole('button', { name: /^Login down/ }).click()
    await rule(page, 'Every AUTH').getByText('until removed').waitFor()
    for (const keys of ['gm', 'gs', 'gr']) {
      await page.locator('body').press('g')
      await page.keyboard.press(keys.slice(1))
      await active(page, '2 rules active').waitFor()
    }
    await expect.poll(() => new URL(page.url()).hash).toBe('#/rules')
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Rules').waitFor()
  })

  test('on a phone the bar says so beside an open message, too', async () => {
    const { page, mail } = await open({ mails: [{ subject: 'One', text: 'x' }], context: PHONE })
    await row(page, 'One').getByRole('link').click()
    await page.getByRole('heading', { name: 'One', level: 2 }).waitFor()
    await expect.poll(() => page.getByRole('banner').count()).toBe(0)
    await page.request.post(`${mail.url}/api/rules`, { data: { preset: 'greylist' } })
    await active(page, '1 rule active').click()
    await rule(page, 'greylist').waitFor()
  })

  test('is for the chosen inbox; one that cannot be is refused where it was asked for', async () => {
    const { page } = await open({ path: '/#/rules?inbox=billing' })
    await page.getByText('in inbox billing').waitFor()
    await page.getByRole('button', { name: /^No such user/ }).click()
    await rule(page, 'RCPT TO with inbox billing').waitFor()

    await page.getByRole('textbox', { name: 'To' }).fill('/[/')
    await page.getByRole('button', { name: /^Greylisting/ }).click()
    await page
      .getByRole('alert')
      .getByText(/^match\.to: /)
      .waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'To' }).getAttribute('aria-invalid')).toBe('true')
  })
})

describe('a rule as JSON', () => {
  test('is added as it stands there, for a while, and edited in its place', async () => {
    const { page } = await open(RULES)
    await page.getByRole('button', { name: 'Add the rule' }).click()
    await rule(page, 'only the first 2 per recipient').getByText('15 min left').waitFor()
    await write(page, '{ "on": "vrfy", "reply": 252, "forMs": 60000 }')
    await rule(page, 'Every VRFY')
      .getByText(/^\d\d s left/)
      .waitFor()

    await page.getByRole('button', { name: /^Greylisting/ }).click()
    await page.getByRole('button', { name: /^Edit rule r3/ }).click()
    const text = editor(page, 'Save').getByRole('textbox')
    await expect.poll(() => text.inputValue()).toContain('"preset": "greylist"')
    await text.fill('{ "preset": "greylist", "on": "rcpt", "reply": "451 Not yet" }')
    await page.getByRole('button', { name: 'Save' }).click()
    // What was taken out is gone, also where the preset has it.
    await rule(page, 'greylist').getByText('451 Not yet', { exact: true }).waitFor()
    expect(await editor(page, 'Save').count()).toBe(0)
  })

  test('says what is wrong with it, and where', async () => {
    const { page } = await open(RULES)
    const alert = editor(page, 'Add the rule').getByRole('alert')
    const selected = () =>
      writing(page).evaluate(element => {
        const { value, selectionStart, selectionEnd } = element as HTMLTextAreaElement
        return value.slice(selectionStart, selectionEnd)
      })
    await write(page, '{\n  "reply": "452",\n}')
    await alert.getByText('Line 2, column 17: no comma belongs before }.').waitFor()
    expect(await selected()).toBe(',')
    await write(page, '["452"]')
    await alert.getByText('A rule is an object.').waitFor()
    await write(page, '{ "on": "rcpt", "reply": 352 }')
    await alert.getByText(/^reply: /).waitFor()
    expect(await selected()).toBe('"reply"')
    await expect.poll(() => writing(page).getAttribute('aria-invalid')).toBe('true')
    await write(page, '{ "on": "rcpt", "reply": 452 }')
    await rule(page, '452').waitFor()
    expect(await alert.count()).toBe(0)
  })
})

describe('the list', () => {
  test('a rule is switched off and on, removed, and had back', async () => {
    const { page } = await open(RULES)
    await page.getByRole('button', { name: /^Greylisting/ }).click()
    await page.getByRole('button', { name: /^Slow server/ }).click()
    await active(page, '2 rules active').waitFor()
    const first = page.getByRole('switch', { name: /^rule r1/ })
    await first.click()
    await rule(page, 'greylist').getByText('off', { exact: true }).waitFor()
    await active(page, '1 rule active').waitFor()
    await first.press('Space')
    await active(page, '2 rules active').waitFor()
    await page.getByRole('button', { name: /^Remove rule r1/ }).click()
    await expect.poll(() => rule(page, /greylist/).count()).toBe(0)
    // It is off at once, not only when it can no longer be had back.
    await active(page, '1 rule active').waitFor()
    // The keyboard stays where it was.
    await expect
      .poll(() => page.getByRole('button', { name: /^Remove rule r2/ }).evaluate(button => button.matches(':focus')))
      .toBe(true)
    await page.keyboard.press('z')
    await active(page, '2 rules active').waitFor()
    await rule(page, 'greylist').getByText('15 min left').waitFor()
    await page.getByRole('button', { name: 'Remove all' }).click()
    await page.getByText('Removed 2 rules').waitFor()
    await page.getByRole('link', { name: 'Rules', exact: true }).waitFor()
    await page.getByText('There is none: every mail is taken.').waitFor()
  })

  test('a link leads to a rule, or says that it is gone; a rule expires, is greyed, and can begin anew', async () => {
    const { page, mail } = await open(RULES)
    await page.getByRole('button', { name: /^Greylisting/ }).click()
    await rule(page, 'greylist').waitFor()
    await page.goto(`${mail.url}/#/rules/r1`)
    await list(page).locator('[data-meant]').getByText('r1 · greylist').waitFor()
    await page.goto(`${mail.url}/#/rules/r9`)
    await page.getByText('There is no rule r9 any more.').waitFor()

    await page.getByRole('switch', { name: /^rule r1/ }).click()
    const expiresAt = async () => (await (await page.request.get(`${mail.url}/api/rules/r2`)).json()).expiresAt
    await write(page, '{ "on": "rcpt", "reply": 452, "forMs": 500 }')
    await rule(page, '452').getByText('expired').waitFor()
    await expect.poll(() => active(page, '1 rule active').count()).toBe(0)
    const first = await expiresAt()
    await page.getByRole('switch', { name: /^rule r2/ }).click()
    await expect.poll(expiresAt).not.toBe(first)
  })
})

describe('real mail', () => {
  test('is refused while a rule is on: the hit shows at once, and leads to the session', async () => {
    const { page, mail, send } = await open(RULES)
    await page.getByRole('textbox', { name: 'To' }).fill('*@full.test')
    await page.getByRole('button', { name: /^Mailbox full/ }).click()
    await rule(page, 'not hit yet').waitFor()
    await send({ to: 'ada@ful.test', subject: 'Near' })
    await rule(page, 'mailbox-full').getByText('nearest miss: RCPT TO:<ada@ful.test>').waitFor()
    await expect(send({ to: 'ada@full.test' })).rejects.toThrow(/452/)
    await rule(page, 'mailbox-full').getByText('1 hit').waitFor()
    // what was said, and by which rule
    await rule(page, 'mailbox-full').getByRole('link', { name: 'its last session' }).click()
    const session = page.getByRole('main', { name: 'Session' })
    await session.getByRole('heading', { level: 2 }).filter({ hasText: 'refused by rule r1 (mailbox-full)' }).waitFor()
    await session.locator('.tries').getByText('refused by rule r1').waitFor()
    expect(await axeFaults(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await axeFaults(page, COLOUR_RULES), 'dark').toEqual([])
    await session
      .locator('.transcript [data-rule]')
      .getByRole('link', { name: /^rule r1/ })
      .click()
    await list(page).locator('[data-meant]').waitFor()
    // off again
    await page.getByRole('switch').click()
    await page.getByRole('link', { name: 'Rules', exact: true }).waitFor()
    await send({ to: 'ada@full.test', subject: 'Passes' })
    await page.goto(mail.url)
    await row(page, 'Passes').waitFor()
  })

  test('that was refused is what an empty list and a search without results speak of', async () => {
    const mail = await startServer()
    const page = await openPage(mail)
    const post = (path: string, data: object) => page.request.post(`${mail.url}/api/${path}`, { data })
    await post('rules', { preset: 'greylist', match: { to: '*@full.test' } })
    const billing = (await (await post('inboxes', { name: 'billing' })).json()) as { address: string }
    // nothing there: the lights say why
    await expect(sendMail(mail, [{ to: 'ada@full.test', subject: 'Invoice' }])).rejects.toThrow(/451/)
    await page.locator('.lights-reason').getByText('refused by rule r1 (greylist)').waitFor()
    // something elsewhere
    await sendMail(mail, [
      { to: 'eva@example.com', subject: 'Welcome' },
      { to: billing.address, subject: 'Invoice 1' },
      { to: billing.address, subject: 'Invoice 2' },
    ])
    await page.goto(`${mail.url}/#/?inbox=default&q=invoice`)
    const nothing = page.locator('.nothing')
    await nothing.getByText('0 here, 2 in inbox billing, 1 refused by rule greylist').waitFor()
    await expect(sendMail(mail, [{ to: 'adam@full.test', subject: 'Invoice' }])).rejects.toThrow(/451/)
    await nothing.getByRole('link', { name: '2 refused by rule greylist' }).click()
    await expect.poll(() => page.locator('.session-row[data-state="nothing"]').count()).toBe(2)
  })

  test('that was stored without an answer is told from mail that was answered', async () => {
    const { page, send } = await open(RULES)
    await page.getByRole('spinbutton', { name: 'only the first' }).fill('1')
    await page.getByRole('button', { name: /^Lost answer/ }).click()
    await rule(page, 'lost-ack').waitFor()
    await expect(send({ subject: 'Twice' })).rejects.toThrow()
    await rule(page, 'lost-ack').getByText('used up').waitFor()
    await send({ subject: 'Twice' })
    await page.keyboard.press('u')
    await expect.poll(() => row(page, 'Twice').count()).toBe(2)
    await row(page, 'Twice').last().getByRole('link').click()
    await page.getByRole('tab', { name: 'Delivery' }).click()
    await page.getByRole('link', { name: 'The whole session' }).click()
    await page.locator('.tries').getByText('stored, and the app was not told').waitFor()
  })

  test('that was refused after its last byte can be read', async () => {
    const { page, send } = await open(RULES)
    await write(page, '{ "match": { "subject": "spam" }, "reply": "554 5.7.1 Looks like spam" }')
    await rule(page, 'Message with subject spam').waitFor()
    await expect(send({ subject: 'No spam', text: 'Buy now' })).rejects.toThrow(/554/)
    await rule(page, '1 hit').getByRole('link', { name: 'its last session' }).click()
    await page.getByRole('button', { name: 'what DATA brought' }).click()
    await page.locator('.brought').getByText('Buy now').waitFor()
  })
})

test('is for everybody, in light and dark, on a desk and on a phone', async () => {
  const { page } = await open({ ...RULES, context: { reducedMotion: 'reduce' } })
  await page.getByRole('button', { name: /^Greylisting/ }).click()
  await page.getByRole('button', { name: /^Slow server/ }).click()
  await page.getByRole('switch', { name: /^rule r2/ }).click()
  await rule(page, 'slow').getByText('off', { exact: true }).waitFor()
  await page.getByRole('button', { name: /^Edit rule r1/ }).click()
  await write(page, '{ "reply": 352 }')
  await page.getByRole('alert').waitFor()
  expect(await axeFaultsInEveryLook(page)).toEqual([])
})
