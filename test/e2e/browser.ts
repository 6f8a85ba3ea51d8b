/**
 * What every browser test begins with: a server of its own, a page on it, and a client that sends real mail. All of it
 * is gone when the test is over; a script error in the page, or a breach of its content policy, fails the test.
 *
 * What is dear is shared, where no test can notice: a browser and its contexts by all tests of a worker, one after the
 * other.
 */
import axe from 'axe-core'
import nodemailer, { type SendMailOptions } from 'nodemailer'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { beforeAll, expect, inject, onTestFinished } from 'vitest'
import { type MailHandle, type OptionsInput, startMaildouble } from '../../server/index.js'

/** The browser of this worker, for all of its files: they come one after the other. */
let shared: Promise<Browser> | undefined
let browser: Browser

/**
 * Contexts that no test has now. Each holds a page of the site that all servers of the tests are on, so that the process
 * that draws its pages lives on: to start one, and to have it compile the page's script, is most of what a page costs.
 */
const idle: BrowserContext[] = []
/** Sites have no port: whatever is at 127.0.0.1 is drawn by one process of a context (`--process-per-site`). */
const SITE = 'http://127.0.0.1/'

/** A connection to the browser of this worker. */
export function connectBrowser(): Promise<Browser> {
  const { endpoints } = inject('chromium')
  const worker = Number(process.env.VITEST_POOL_ID) - 1
  return chromium.connect(endpoints[worker % endpoints.length] as string)
}

/** Connects the tests of a file to it. */
export function withBrowser(): void {
  beforeAll(async () => {
    shared ??= connectBrowser()
    browser = await shared
  })
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

export const DESK = { viewport: { width: 1280, height: 800 } }
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

async function newContext(options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(10_000)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const holding = await context.newPage()
  await holding.route(SITE, route => route.fulfill({ body: '' }))
  await holding.goto(SITE)
  return context
}

export async function openPage(
  mail: MailHandle,
  { context = {}, at = mail.url, path = '/' }: OpenOptions = {},
): Promise<Page> {
  const { viewport = DESK.viewport, colorScheme, reducedMotion, ...own } = context
  const isShared = Object.keys(own).length === 0
  const browserContext = (isShared && idle.pop()) || (await newContext(own))
  const [holding] = browserContext.pages()
  const page = await browserContext.newPage()
  if (viewport) await page.setViewportSize(viewport)
  if (colorScheme || reducedMotion) {
    await page.emulateMedia({ ...(colorScheme && { colorScheme }), ...(reducedMotion && { reducedMotion }) })
  }
  // A port may come again, and with it what a page of an earlier test had stored.
  const protocol = await browserContext.newCDPSession(page)
  await protocol.send('Storage.clearDataForOrigin', { origin: new URL(at).origin, storageTypes: 'all' })
  const errors: unknown[] = []
  page.on('pageerror', error => errors.push(error))
  // The page keeps its own rules; that a mail runs into them is what they are for.
  page.on('console', message => {
    const isOfMail = message.location().url.includes('/api/')
    if (message.text().includes('Content Security Policy') && !isOfMail) errors.push(message.text())
  })
  onTestFinished(async () => {
    if (isShared) {
      for (const left of browserContext.pages()) if (left !== holding) await left.close()
      await browserContext.clearCookies()
      idle.push(browserContext)
    } else {
      await browserContext.close()
    }
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
  await isOpen(page, subject)
}

/** Waits for a message to be shown whole. Its heading alone comes from the list, before the message has been read. */
export async function isOpen(page: Page, subject: string): Promise<void> {
  const message = page.getByRole('article').filter({ has: page.getByRole('heading', { name: subject, level: 2 }) })
  await message.getByRole('tabpanel').waitFor()
}

/** A tab of a message; its name may go on with a count. */
export const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}\\b`) })

export const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())

/** What axe has to say of colours: all that can differ between light and dark. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** How a state is looked at. */
const LOOKS = [
  { look: 'light, on a desk', colorScheme: 'light', ...DESK, rules: undefined },
  { look: 'dark, on a desk', colorScheme: 'dark', ...DESK, rules: COLOUR_RULES },
  { look: 'dark, on a phone', colorScheme: 'dark', ...PHONE, rules: undefined },
  { look: 'light, on a phone', colorScheme: 'light', ...PHONE, rules: COLOUR_RULES },
] as const

/** What axe finds in a state in light and in dark, on a desk and on a phone; leaves it light, on a phone. */
export async function axeFaultsInEveryLook(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const { look, colorScheme, viewport, rules } of LOOKS) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    for (const fault of await axeFaults(page, rules)) faults.push(`${look}: ${fault}`)
  }
  return faults
}

/** In the page: resolves once it has drawn what a change of its width or theme makes of it. */
const drawn = () => new Promise<void>(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))

/** Everything that axe finds, as text; the page's script runs in the page, so no CSP is in its way. */
export async function axeFaults(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(drawn)
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    rules =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
        iframes: false,
        resultTypes: ['violations'],
        ...(rules && { runOnly: [...rules] }),
      }),
    rules,
  )
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${impact}): ${target.join(' ')}: ${failureSummary}`),
  )
}
