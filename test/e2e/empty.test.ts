/** The empty list: the way to the first mail. */
import { expect, test } from 'vitest'
import { axeFaults, clipboard, open, PHONE, row, tab, withBrowser } from './browser.js'

withBrowser()

test('says where to send to, from wherever the app runs, as each framework wants it', async () => {
  const { page, mail } = await open({ server: { pop3: true } })
  const { smtp, pop3 } = mail.ports
  const code = page.locator('.snippet pre')
  await expect.poll(() => code.textContent()).toContain(`SMTP_URL=smtp://127.0.0.1:${smtp}`)
  await page.getByRole('button', { name: 'Docker Compose' }).click()
  await page.getByRole('button', { name: 'Django' }).click()
  await expect.poll(() => code.textContent()).toContain('EMAIL_HOST = "maildouble"')
  await expect.poll(() => code.textContent()).toContain(`EMAIL_PORT = ${smtp}`)
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByText('Copied the lines for Django').waitFor()
  await page.getByRole('region', { name: 'Mail program' }).getByText(`127.0.0.1:${pop3}`).waitFor()
  await expect.poll(() => clipboard(page)).toBe(await code.textContent())
})

test('says that TLS and a login are required, and gives each framework what that takes', async () => {
  const { page } = await open({
    server: { tls: true, requireTls: true, smtpRequireAuth: true, smtpAuth: 'ada:secret' },
  })
  const facts = page.locator('.empty-address')
  await facts.getByText('TLS is required').waitFor()
  await expect.poll(() => facts.textContent()).toContain('Loginrequired')
  await page.getByText('a login that maildouble was started with').waitFor()
  const code = page.locator('.snippet pre')
  await expect.poll(() => code.textContent()).toContain('SMTP_URL=smtp://user:password@127.0.0.1')
  await page.getByRole('button', { name: 'Spring' }).click()
  await expect.poll(() => code.textContent()).toContain('starttls.required=true')
  const saving = page.waitForEvent('download')
  await page.getByRole('link', { name: 'the CA' }).click()
  expect((await saving).suggestedFilename()).toBe('maildouble-ca.pem')
  expect(await axeFaults(page)).toEqual([])

  // A certificate of one's own has no CA of ours.
  await page.route('**/api/info', async route => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), hasCa: false } })
  })
  await page.reload()
  await page.getByText('what signed your certificate').waitFor()
  expect(await page.getByRole('link', { name: 'the CA' }).count()).toBe(0)
})

test('a sample mail has all that a mail may have', async () => {
  const { page } = await open()
  await page.getByRole('button', { name: 'Add a sample mail' }).click()
  await row(page, 'is your code for Lumen').getByRole('link').click()
  const logo = page.frameLocator('.stage iframe').getByAltText('Lumen')
  await expect.poll(() => logo.evaluate(element => (element as HTMLImageElement).naturalWidth)).toBe(64)
  const link = page.getByRole('main').getByRole('link', { name: 'Confirm my address' })
  await expect.poll(() => link.getAttribute('href')).toContain('https://lumen.example/confirm')
  await page.keyboard.press('y')
  await page.getByText(/Copied the code \d{6}/).waitFor()
  await tab(page, 'Parts').click()
  await page.getByText('logo.png').waitFor()
})

test('gives way to the list when the first mail arrives', async () => {
  const { page, send } = await open({ context: PHONE })
  await page.getByRole('heading', { name: 'No mail yet' }).waitFor()
  await send({ subject: 'The first', text: 'x' })
  await row(page, 'The first').waitFor()
  await expect.poll(() => page.getByRole('heading', { name: 'No mail yet' }).count()).toBe(0)
})
