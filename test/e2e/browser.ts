/**
 * What every browser test begins with: a server of its own, a page on it, and a client that sends real mail. All of it
 * is gone when the test is over; a script error in the page, or a breach of its
 * content policy, fails the test.
 */
import axe from 'axe-core'
import nodemailer, { type SendMailOptions } from 'nodemailer'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { type MailHandle, type OptionsInput, startMaildouble } from '../../server/index.js'
import { findChromium, launchArgs } from './chromium.js'

let browser: Browser

/** Starts the browser for the tests of a file. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: await findChromium(), args: launchArgs })
  })
  afterAll(() => browser.close())
}

export interface Opened {
  mail: MailHandle
  page: Page
  /** Sends over SMTP. */
  send(message: SendMailOptions): Promise<void>
}

export interface OpenOptions {
  server?: OptionsInput
  context?: BrowserContextOptions
  /** Sent before the page is opened. */
  mails?: SendMailOptions[]
  /** Where the page is, without a slash at its end; the server's own address unless said. */
  at?: string
  /** Where the page is opened: what follows its address. */
  path?: string
}

export const PHONE = { viewport: { width: 390, height: 844 } }

export async function startServer(options: OptionsInput = {}): Promise<MailHandle> {
  const mail = await startMaildouble({ host: ['127.0.0.1'], ...options })
  onTestFinished(() => mail.stop())
  return mail
}

export async function sendMail(mail: MailHandle, messages: SendMailOptions[]): Promise<void> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: mail.ports.smtp, secure: false, pool: true })
  try {
    for (const message of messages) {
      await transport.sendMail({ from: 'Lumen <hello@lumen.example>', to: 'ada@example.com', ...message })
    }
  } finally {
    transport.close()
  }
}

export async function openPage(
  mail: MailHandle,
  { context = {}, at = mail.url, path = '/' }: OpenOptions = {},
): Promise<Page> {
  const browserContext = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context })
  browserContext.setDefaultTimeout(10_000)
  await browserContext.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await browserContext.newPage()
  const errors: unknown[] = []
  page.on('pageerror', error => errors.push(error))
  // The page keeps its own rules; that a mail runs into them is what they are for.
  page.on('console', message => {
    const isOfMail = message.location().url.includes('/api/')
    if (message.text().includes('Content Security Policy') && !isOfMail) errors.push(message.text())
  })
  onTestFinished(async () => {
    await browserContext.close()
    expect(errors).toEqual([])
  })
  await page.goto(at + path)
  return page
}

/** A server with some mail in it, and a page on it. */
export async function open(options: OpenOptions = {}): Promise<Opened> {
  const mail = await startServer(options.server)
  await sendMail(mail, options.mails ?? [])
  const page = await openPage(mail, options)
  return { mail, page, send: message => sendMail(mail, [message]) }
}

/** The rows of the list. */
export const rows = (page: Page) => page.getByLabel('Messages', { exact: true }).getByRole('listitem')

/** The row of a message, by its subject. */
export const row = (page: Page, subject: string | RegExp) => rows(page).filter({ hasText: subject })

/** Opens a message by a click on its row. */
export async function openMessage(page: Page, subject: string): Promise<void> {
  await row(page, subject).getByRole('link').click()
  await page.getByRole('heading', { name: subject, level: 2 }).waitFor()
}

export const tab = (page: Page, name: string) => page.getByRole('tab', { name })

export const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())

/** Everything that axe finds, as text; the page's script runs in the page, so no CSP is in its way. */
export async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { iframes: false }),
  )
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${impact}): ${target.join(' ')}: ${failureSummary}`),
  )
}
