/**
 * The app of a test: one process, one SMTP configuration, no login. A POST of { to, subject } makes it send a mail, once
 * more where it was put off, as apps do. It knows of no test.
 */
import { createServer } from 'node:http'
import { createTransport } from 'nodemailer'

const TRIES = 3
const transport = createTransport({ url: process.env.SMTP_URL, pool: true, maxConnections: 8 })

async function send(mail, tries = TRIES) {
  try {
    await transport.sendMail({ from: 'app@example.org', text: 'Hello', ...mail })
  } catch (error) {
    if (tries === 1 || !(error.responseCode < 500)) throw error
    await send(mail, tries - 1)
  }
}

const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  // As apps do: it answers before the mail is out.
  response.writeHead(202).end()
  await send(JSON.parse(body)).catch(() => {})
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
