/** The app that is tested: a page to sign up on, a mail with a link, and the page behind it. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createTransport } from 'nodemailer'

const port = Number(process.env.PORT)
const transport = createTransport(process.env.SMTP_URL)
const waiting = new Map()

const form = '<form method="post"><label>Mail <input name="email"></label> <button>Sign up</button></form>'

createServer(async (request, response) => {
  const url = new URL(request.url, `http://127.0.0.1:${port}`)
  const say = html => response.setHeader('content-type', 'text/html').end(`<!doctype html><title>App</title>${html}`)
  if (request.method === 'POST') {
    const chunks = await request.toArray()
    const email = new URLSearchParams(Buffer.concat(chunks).toString()).get('email')
    const token = randomUUID()
    waiting.set(token, email)
    await transport.sendMail({
      from: 'The app <app@example.org>',
      to: email,
      subject: 'Confirm your address',
      html: `<p>Hello! <a href="http://app.example/confirm?token=${token}">Confirm</a></p>`,
    })
    return say('<p>Look into your mail.</p>')
  }
  const email = waiting.get(url.searchParams.get('token'))
  return say(email ? `<h1>Welcome, ${email}</h1>` : form)
}).listen(port, '127.0.0.1')
