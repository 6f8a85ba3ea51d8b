/** The page behind a real nginx, with a path, a password and https: everything leads on, and mail arrives live. */
import { expect, onTestFinished, test } from 'vitest'
import { type OptionsInput, startMaildouble } from '../../server/index.js'
import { freePorts, NGINX, type Proxied, startNginx } from '../nginx.js'
import { openMessage, openPage, row, sendMail, startServer, tab, withBrowser } from './browser.js'

withBrowser()

const MAIL = {
  html: '<p>Hello <b>Ada</b></p>',
  attachments: [{ filename: 'terms.txt', content: 'terms' }],
}

/** A server behind nginx, and where a browser finds it there. */
async function proxied(how: Omit<Proxied, 'port' | 'upstream'>, optionsAt: (at: string) => OptionsInput) {
  const [port = 0] = await freePorts(1)
  const at = `http://mail.localhost:${port}/mail`
  const mail = await startServer(optionsAt(at))
  await startNginx([{ port, upstream: new URL(mail.url).host, ...how }])
  return { mail, at }
}

const CASES: { name: string; how: Omit<Proxied, 'port' | 'upstream'>; password: boolean }[] = [
  {
    name: 'strips the path and changes the Host',
    how: { strips: true, passesHost: false, upgrades: true },
    password: true,
  },
  {
    name: 'keeps the path and passes no upgrade',
    how: { strips: false, passesHost: true, upgrades: false },
    password: false,
  },
]

test.skipIf(NGINX === undefined).each(CASES)('nginx (where it is installed) $name', async ({ how, password }) => {
  const { mail, at } = await proxied(how, at => ({ publicUrl: at, ...(password && { httpAuth: 'ada:secret' }) }))
  await sendMail(mail, [{ ...MAIL, subject: 'There before' }])
  const httpCredentials = { username: 'ada', password: 'secret' }
  // Without the slash at its end, as people type it.
  const page = await openPage(mail, { at, path: '', ...(password && { context: { httpCredentials } }) })
  await row(page, 'There before').waitFor()

  await expect.poll(() => page.locator('.connection').getAttribute('data-state')).toBe('live')
  await sendMail(mail, [{ ...MAIL, subject: 'Live' }])
  await openMessage(page, 'Live')
  await page.frameLocator('iframe').getByText('Ada').waitFor()
  await tab(page, 'Raw').click()
  await page.getByText('Content-Type: multipart/mixed').first().waitFor()

  const docs = await page.context().newPage()
  await docs.goto(`${at}/docs`)
  await docs.getByRole('link', { name: 'openapi.json', exact: true }).click()
  await docs.waitForURL(`${at}/openapi.json`)
})

test.skipIf(NGINX === undefined)('nginx (where it is installed) without the option: the page says which', async () => {
  const { mail, at } = await proxied({ strips: true, passesHost: false, upgrades: true }, () => ({}))
  await sendMail(mail, [{ ...MAIL, subject: 'Seen' }])
  const page = await openPage(mail, { at })
  await openMessage(page, 'Seen')
  await page.keyboard.press('r')
  await page.getByText(`Start with: maildouble --public-url ${at}`).waitFor()
})

test('over https, with the certificate that was made', async () => {
  const mail = await startMaildouble({ host: '127.0.0.1', https: true })
  onTestFinished(() => mail.stop())
  const page = await openPage(mail, { context: { ignoreHTTPSErrors: true } })
  await expect.poll(() => page.locator('.connection').getAttribute('data-state')).toBe('live')
  await sendMail(mail, [{ subject: 'Under TLS', text: 'x' }])
  await row(page, 'Under TLS').waitFor()
})
