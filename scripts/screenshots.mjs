/**
 * `node scripts/screenshots.mjs`: makes the pictures of docs/ anew, from what is built (it builds what is stale). The
 * server runs in this process on free ports, at a fixed time, so that the same page makes the same pictures.
 *
 * The page has the system's font. On Linux, install Inter (Debian: fonts-inter) for pictures like those that are there.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import nodemailer from 'nodemailer'
import { chromium } from 'playwright-core'
import { tsImport } from 'tsx/esm/api'
import { repack } from './png.mjs'
import { MAILS } from './sample-mails.mjs'

const pathOf = relative => fileURLToPath(new URL(relative, import.meta.url))
const NOW_MS = Date.parse('2026-03-12T10:24:00Z')
const CODE = '482913'
/** On Linux the system's font is whatever fontconfig says: what most people's systems have, where it is installed. */
const FONTCONFIG = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
${['system-ui', 'sans-serif', 'sans']
  .map(family => `<alias binding="strong"><family>${family}</family><prefer><family>Inter</family></prefer></alias>`)
  .join('')}
</fontconfig>`
/** The other tabs, and what is there once they are drawn. */
const TABS = [
  { tab: 'compare', shows: '.compare iframe' },
  { tab: 'headers', shows: '.headers' },
  { tab: 'raw', shows: '.raw-row' },
  { tab: 'delivery', shows: '.transcript' },
  { tab: 'parts', shows: '.part' },
  { tab: 'checks', shows: '.checks' },
]
/** How many of the newest mails nobody has read yet. */
const UNREAD = 4
const USUAL_SMTP_PORT = 1025
/** A sandboxed frame in a process of its own is drawn at the scale of the screen, which is 1 here. */
const SHARP = '--disable-features=IsolateSandboxedIframes'

const { status } = spawnSync(process.execPath, [pathOf('./build.mjs'), 'server', 'page'], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

// The clock goes on from there: what waits for a time must not wait for ever.
const behindMs = Date.now() - NOW_MS
const clock = Date.now
let agoMs = 0
Date.now = () => clock() - behindMs - agoMs
const { startMaildouble } = await import('../dist/index.js')
const { findChromium, launchArgs } = await tsImport('../test/e2e/chromium.ts', import.meta.url)
const { sampleMail } = await tsImport('../web/sample.ts', import.meta.url)

const mail = await startMaildouble({ host: ['127.0.0.1'] })
const empty = await startMaildouble({ host: ['127.0.0.1'] })
const folder = await mkdtemp(join(tmpdir(), 'maildouble-'))
const fontconfig = join(folder, 'fonts.conf')
await writeFile(fontconfig, FONTCONFIG)
const browser = await chromium.launch({
  executablePath: await findChromium(),
  args: [...launchArgs, SHARP],
  env: { ...process.env, FONTCONFIG_FILE: fontconfig },
})
try {
  await fill(mail)
  const desk = { width: 1280, height: 800 }
  await picture('inbox.png', mail, desk, { open: true })
  await picture('inbox-dark.png', mail, desk, { open: true, colorScheme: 'dark' })
  await picture('inbox-phone.png', mail, { width: 390, height: 844 })
  await picture('empty.png', empty, desk)
  for (const { tab, shows } of TABS) await picture(`${tab}.png`, mail, desk, { open: true, tab, shows, scale: 1 })
  const [{ id }] = (await (await fetch(`${mail.url}/api/sessions`)).json()).sessions
  await picture('sessions.png', mail, desk, { view: `sessions/${id}`, shows: '.transcript', scale: 1 })
  await picture('rules.png', mail, desk, { view: 'rules', scale: 1 })
} finally {
  await browser.close()
  await Promise.all([mail.stop(), empty.stop(), rm(folder, { recursive: true })])
}

/** Sends the day's mail, and the sign-up mail that the page itself offers as a sample. */
async function fill({ ports, url }) {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: ports.smtp, secure: false })
  for (const { minutesAgo, ...message } of MAILS) {
    agoMs = minutesAgo * 60_000
    await transport.sendMail({ date: new Date(NOW_MS - agoMs), ...message })
  }
  agoMs = 60_000
  const { raw, from, to } = sampleMail(new Date(NOW_MS - agoMs))
  const [, madeUp] = /^Subject: (\d+)/m.exec(raw)
  await transport.sendMail({ envelope: { from, to }, raw: raw.replaceAll(madeUp, CODE) })
  agoMs = 0
  await goAstray(ports.smtp)
  const { messages } = await (await fetch(`${url}/api/messages`)).json()
  const answer = await fetch(`${url}/api/messages`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ids: messages.slice(UNREAD).map(({ id }) => id), read: true }),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** What a browser says that was given the wrong port: a connection that delivers nothing. */
async function goAstray(port) {
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
}

/** `open` shows the newest mail, `tab` one of its tabs, `view` another page; `shows` is waited for. */
async function picture(name, { url }, viewport, wanted = {}) {
  const { open = false, colorScheme = 'light', tab = 'html', view, shows, scale = 2 } = wanted
  const context = await browser.newContext({
    viewport,
    colorScheme,
    deviceScaleFactor: scale,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  })
  const page = await context.newPage()
  await page.clock.setFixedTime(NOW_MS)
  await page.route('**/api/info', async route => {
    const response = await route.fetch()
    const info = await response.json()
    for (const listener of info.listeners) if (listener.protocol === 'smtp') listener.port = USUAL_SMTP_PORT
    await route.fulfill({ response, json: info })
  })
  const { messages } = await (await fetch(`${url}/api/messages`)).json()
  const place = tab === 'compare' ? 'html?compare=1' : tab
  await page.goto(open ? `${url}/#/messages/${messages[0].id}/${place}` : `${url}/#/${view ?? ''}`)
  await page.getByText('Live', { exact: true }).waitFor({ state: 'attached' })
  await page.locator('.row:visible, .empty-address, .head, h1:visible').first().waitFor()
  if (shows) await page.locator(shows).first().waitFor({ state: 'attached' })
  if (tab === 'compare') await page.frameLocator('iframe >> nth=3').getByAltText('Lumen').waitFor()
  if (open && tab === 'html') {
    if (colorScheme === 'dark') await page.getByRole('button', { name: /^Dark/ }).click()
    await page.frameLocator('iframe').getByAltText('Lumen').waitFor()
  }
  await page.evaluate(() => document.fonts.ready)
  const path = pathOf(`../docs/${name}`)
  await writeFile(path, repack(await page.screenshot({ animations: 'disabled' })))
  await context.close()
  console.log(`docs/${name.padEnd(16)} ${Math.ceil((await stat(path)).size / 1000)} kB`)
}
