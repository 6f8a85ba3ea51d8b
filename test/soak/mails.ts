/** Mails of every kind, each its own. */
import { randomBytes } from 'node:crypto'
import MailComposer from 'nodemailer/lib/mail-composer/index.js'

type Make = (token: string, inboxHeader: string) => Buffer

const head = (token: string, inboxHeader: string) =>
  `From: The App <app@example.org>\r\nTo: Ada <ada@example.com>\r\nSubject: Order ${token} is on its way\r\n${inboxHeader}`

/** A mail of an app, of about so many bytes. */
export const plain =
  (bytes = 2000): Make =>
  (token, inboxHeader) => {
    const line = 'Hello Ada, your order is on its way and will be with you soon. Your code is 739204.\r\n'
    return Buffer.from(`${head(token, inboxHeader)}\r\n${line.repeat(Math.ceil(bytes / line.length))}`)
  }

/** What tries a reader of lines: dots, bytes above 127, long lines, no line end but CRLF. */
export const odd: Make = (token, inboxHeader) =>
  Buffer.concat([
    Buffer.from(`${head(token, inboxHeader)}Content-Type: text/plain; charset=utf-8\r\n\r\n`),
    Buffer.from('.\r\n..\r\n.hidden\r\nGrüße aus Zürich \u{1f4ee}\r\n'),
    Buffer.from([0xff, 0xfe, 0x80, 0x0d, 0x0a]),
    Buffer.from(`${'x'.repeat(5000)}\r\n${'.'.repeat(200)}\r\n`),
  ])

/** Any bytes at all. */
export const binary: Make = (token, inboxHeader) =>
  Buffer.concat([
    Buffer.from(`${head(token, inboxHeader)}Content-Type: application/octet-stream\r\n`),
    Buffer.from('Content-Transfer-Encoding: binary\r\n\r\n'),
    randomBytes(20_000),
  ])

const LARGE = randomBytes(3_700_000).toString('base64').replace(/.{76}/g, '$&\r\n')

/** An attachment of 5 MB as it travels. */
export const large: Make = (token, inboxHeader) =>
  Buffer.from(
    `${head(token, inboxHeader)}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n` +
      `--b\r\nContent-Type: application/pdf; name="large.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${LARGE}\r\n--b--\r\n`,
  )

/** HTML with a picture, a link and an attachment, as nodemailer makes it. */
export async function composed(token: string, inbox: string): Promise<Buffer> {
  const built = await new MailComposer({
    from: 'The App <app@example.org>',
    to: 'Ada <ada@example.com>',
    subject: `Grüße ${token}`,
    headers: { 'X-Maildouble-Inbox': inbox },
    text: 'Your code is 739204.\r\n',
    html: '<p>Your code is <b>739204</b>: <a href="https://app.example.com/confirm?t=7">Confirm</a> <img src="cid:logo"></p>\r\n',
    attachments: [
      { filename: 'terms.pdf', content: Buffer.from('%PDF-terms') },
      { filename: 'logo.png', cid: 'logo', content: randomBytes(300) },
    ],
  })
    .compile()
    .build()
  // What DATA brings ends a line; a bare LF anywhere nodemailer would mend.
  return Buffer.concat([built, Buffer.from('\r\n')])
}
