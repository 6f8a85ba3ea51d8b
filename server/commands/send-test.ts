/** `maildouble send-test`: a sample mail, so that a newcomer sees the way of a mail before the app knows it. */
import type { FlagTable } from '../flags.js'
import { OptionError } from '../flags.js'
import { command, EXIT } from './command.js'
import { ask, jsonFlag, printJson, serverFlags, smtpUrlOf, words } from './server.js'
import { DeliveryError, send } from './smtp-client.js'

const flags = {
  to: { kind: words('<address>'), help: 'whom it is for', default: 'ada@example.com' },
  from: { kind: words('<address>'), help: 'whom it is from', default: 'app@example.org' },
  subject: { kind: words('<text>'), help: 'its subject', default: 'It works: this mail was caught' },
  'smtp-url': { kind: words('<url>'), help: 'where to send it', defaultShown: 'as the server at --url says' },
  ...serverFlags,
  ...jsonFlag,
} as const satisfies FlagTable

export const sendTest = command({
  usage: '[flags]',
  maxWords: 0,
  about:
    'Sends a sample mail over SMTP to the server: text and HTML, with a one-time code and a link. Says where it is to be seen.',
  examples: ['maildouble send-test', 'maildouble send-test --to grace@example.com --smtp-url smtp://127.0.0.1:2525'],
  flags,
  async run(call) {
    const { to = flags.to.default, from = flags.from.default, subject = flags.subject.default } = call.options
    for (const [name, address] of [
      ['to', to],
      ['from', from],
    ] as const)
      if (/[\s<>]/.test(address))
        throw new OptionError(`--${name}: "${address}" is not an address`, 'Write it without a name: ada@example.com.')
    const given = call.options['smtp-url']
    return ask(call, async api => {
      const smtpUrl = given ?? (await smtpUrlOf(api))
      try {
        const { answer } = await send(smtpUrl, { from, to: [to] }, sample({ from, to, subject }))
        if (call.options.json) printJson(call.stdout, { smtpUrl: withoutPassword(smtpUrl), from, to, answer })
        else
          call.stdout.write(
            `Sent to ${to} by ${withoutPassword(smtpUrl)}: ${answer}\nSee it at ${api.url}, or by: maildouble show latest --to ${to}\n`,
          )
        return EXIT.done
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error
        call.stderr.write(`It was not taken. ${error.message}\nmaildouble doctor says what to look at.\n`)
        return EXIT.no
      }
    })
  },
})

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}

function sample({ from, to, subject }: { from: string; to: string; subject: string }): Buffer {
  const now = new Date()
  const code = String(100_000 + (now.getTime() % 900_000))
  const confirm = `https://app.example/confirm?token=${now.getTime().toString(36)}`
  const boundary = `=_maildouble_${now.getTime().toString(36)}`
  return Buffer.from(
    [
      `From: Sample App <${from}>`,
      `To: <${to}>`,
      `Subject: ${encoded(subject)}`,
      `Date: ${now.toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <${now.getTime().toString(36)}.sample@example.org>`,
      'MIME-Version: 1.0',
      `Content-Type: multipart/alternative; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Hello,',
      '',
      'this mail was caught: it is here, and goes nowhere else.',
      '',
      `Your one-time code is ${code}.`,
      `Confirm your address: ${confirm}`,
      '',
      `--${boundary}`,
      'Content-Type: text/html; charset=utf-8',
      '',
      '<div style="font: 16px/24px system-ui, sans-serif; max-width: 480px; margin: 32px auto; padding: 0 16px">',
      '<h1 style="font-size: 24px; line-height: 32px">It works</h1>',
      '<p>This mail was caught: it is here, and goes nowhere else.</p>',
      `<p>Your one-time code is <b style="font-size: 20px; letter-spacing: 2px">${code}</b>.</p>`,
      `<p><a href="${confirm}" style="background: #0a58ca; color: #fff; padding: 10px 16px; border-radius: 6px; text-decoration: none">Confirm your address</a></p>`,
      '</div>',
      '',
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  )
}

/** A header's value; one that is not plain as an encoded word (RFC 2047). */
function encoded(text: string): string {
  return /^[ -~]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
}
