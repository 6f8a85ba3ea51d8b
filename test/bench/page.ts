/** What a browser sees of a busy server: how soon the list is there, and whether it stays quick while mail pours in. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import { findChromium, launchArgs } from '../e2e/chromium.js'
import { greet, makeMessage, send } from './client.js'
import { figure, oursAtMost } from './figures.js'
import { load, type Server, startMaildoubleProcess } from './processes.js'
import type { Row } from './rows.js'

const ROUNDS = 5
const MANY_MESSAGES = 100_000
const MESSAGE_BYTES = 2048
const ARRIVALS_PER_SECOND = 1_000
/** The first of it warms up, and is not counted. */
const WARM_UP_MS = 3_000
const COUNTED_MS = 15_000
const CONNECTIONS = 10

async function withPage<Result>(
  flags: string[],
  measure: (page: Page, server: Server, browser: Browser) => Promise<Result>,
): Promise<Result> {
  const server = await startMaildoubleProcess(flags)
  const browser = await chromium.launch({ executablePath: await findChromium(), args: launchArgs })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    return await measure(page, server, browser)
  } finally {
    await browser.close()
    await server.stop()
  }
}

const urlOf = ({ httpPort }: Server) => `http://127.0.0.1:${httpPort}/`

/** From the address to the first row, nothing in the cache. */
async function timeToFirstRow(browser: Browser, server: Server): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  try {
    const page = await context.newPage()
    await page.goto(urlOf(server), { waitUntil: 'commit' })
    await page.locator('.row').first().waitFor()
    return await page.evaluate(() => new Promise<number>(resolve => requestAnimationFrame(resolve)))
  } finally {
    await context.close()
  }
}

const pagePaint: Row = {
  name: 'page-paint',
  title: 'first rows of a list of 100,000, nothing cached',
  async run(say) {
    const flags = ['--max-messages', String(MANY_MESSAGES), '--max-bytes', '1G']
    const rounds = await withPage(flags, async (_, server, browser) => {
      say(`sending ${MANY_MESSAGES} messages`)
      await load({
        port: server.port,
        connections: CONNECTIONS,
        messages: MANY_MESSAGES,
        bytes: MESSAGE_BYTES,
        reuse: true,
        maxMs: Number.MAX_SAFE_INTEGER,
      })
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        say(`round ${round + 1} of ${ROUNDS}`)
        times.push(await timeToFirstRow(browser, server))
      }
      return times
    })
    return [figure({ name: this.name, title: this.title, unit: 'ms' }, rounds, null, oursAtMost(1000))]
  },
}

/** Sends so many messages a second until it is told to stop. */
async function pour(port: number, signal: AbortSignal): Promise<void> {
  const message = makeMessage(MESSAGE_BYTES)
  const pauseMs = (1000 * CONNECTIONS) / ARRIVALS_PER_SECOND
  const one = async () => {
    const conversation = await greet(port)
    for (let dueMs = performance.now(); !signal.aborted; dueMs += pauseMs) {
      const earlyMs = dueMs - performance.now()
      if (earlyMs > 1) await sleep(earlyMs)
      await send(conversation, message)
    }
    await conversation.end()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
}

/** Milliseconds between frames, for so long. As text: what runs this file adds to functions what the page does not have. */
const framesOf = (page: Page, forMs: number) =>
  page.evaluate<number[]>(`new Promise(resolve => {
    const times = []
    const startMs = performance.now()
    let lastMs = startMs
    requestAnimationFrame(function tick(nowMs) {
      times.push(nowMs - lastMs)
      lastMs = nowMs
      if (nowMs - startMs < ${forMs}) requestAnimationFrame(tick)
      else resolve(times)
    })
  })`)

/** What the page holds on to, in MB. */
async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1e6
}

const pageLive: Row = {
  name: 'page-live',
  title: 'a frame while 1,000 messages a second arrive, p95',
  async run(say) {
    return withPage([], async (page, server) => {
      await page.goto(urlOf(server))
      const session = await page.context().newCDPSession(page)
      const stopping = new AbortController()
      let frames: number[] = []
      let grownMb = 0
      const pouring = pour(server.port, stopping.signal)
      try {
        say('warming up')
        await sleep(WARM_UP_MS)
        const before = await heapOf(session)
        say('counting frames')
        frames = await framesOf(page, COUNTED_MS)
        grownMb = (await heapOf(session)) - before
      } finally {
        stopping.abort()
        await pouring
      }
      frames.sort((a, b) => a - b)
      const p95 = frames[Math.floor(frames.length * 0.95)] ?? Number.NaN
      return [
        figure({ name: this.name, title: this.title, unit: 'ms' }, [p95], null, oursAtMost(50)),
        figure(
          { name: 'page-heap', title: `what the page holds more after ${COUNTED_MS / 1000} s of it`, unit: 'MB' },
          [Math.max(0, grownMb)],
          null,
          oursAtMost(10),
        ),
      ]
    })
  },
}

export const pageRows: Row[] = [pagePaint, pageLive]
