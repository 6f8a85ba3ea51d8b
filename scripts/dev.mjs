/**
 * `npm run dev -- --flags`: a server that restarts when its code changes, and Vite's page that reloads when its own
 * does. The page's address is the usual one (--http-port); the server's HTTP port is a free one behind it, and Vite
 * passes the API on to it, live changes too. The Host passes as the browser sent it: the server refuses a page whose
 * Origin is not its Host.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createServer } from 'vite'

const DEFAULT_HTTP_PORT = 8025
/** What the server answers; everything else is the page, its module /api.ts too. */
const SERVER_PATHS = ['^/api/', '/healthz', '/readyz', '/openapi.json']

const pathOf = relative => fileURLToPath(new URL(relative, import.meta.url))

/** A port that stays the same when the server restarts. */
async function freePort() {
  const probe = createTcpServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  return port
}

/** Splits --http-port, which is the page's here, from the flags that go to the server. */
function splitFlags(argv) {
  const { values, tokens } = parseArgs({
    args: argv,
    options: { 'http-port': { type: 'string', default: String(DEFAULT_HTTP_PORT) } },
    strict: false,
    tokens: true,
  })
  const own = new Set()
  for (const { name, index, inlineValue } of tokens) {
    if (name !== 'http-port') continue
    own.add(index)
    if (!inlineValue) own.add(index + 1)
  }
  return { pagePort: Number(values['http-port']), flags: argv.filter((_, index) => !own.has(index)) }
}

const { pagePort, flags } = splitFlags(process.argv.slice(2))
const serverPort = await freePort()
const target = `http://127.0.0.1:${serverPort}`

const vite = await createServer({
  root: pathOf('../web'),
  logLevel: 'warn',
  server: {
    host: '127.0.0.1',
    port: pagePort,
    strictPort: true,
    proxy: Object.fromEntries(SERVER_PATHS.map(path => [path, { target, changeOrigin: false, ws: true }])),
  },
})
await vite.listen()

const tsx = fileURLToPath(import.meta.resolve('tsx/cli'))
const watch = [tsx, 'watch', '--clear-screen=false', pathOf('../server/cli.ts')]
const server = spawn(
  process.execPath,
  [...watch, '--http-port', String(serverPort), '--log-format', 'pretty', ...flags],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
// The server names the port that it knows; the page is where Vite is.
createInterface({ input: server.stdout }).on('line', line =>
  console.log(line.replaceAll(`:${serverPort}`, `:${pagePort}`)),
)

// A terminal gives Ctrl-C to all of its processes, and two of them would mean "at once".
process.on('SIGINT', () => {})
process.on('SIGTERM', () => server.kill('SIGTERM'))
const [code] = await once(server, 'exit')
await vite.close()
process.exitCode = code ?? 0
