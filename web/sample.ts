/**
 * A sign-up mail as a real app would send it: text and HTML, an image inside, a code, a link to confirm. It shows what
 * the page does before the app has sent anything.
 */

/** A lighthouse, 64 by 64. */
const LOGO_PNG = `
iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAYAAACqaXHeAAACCUlEQVR42u2bsUrEQBCG5wlCXkDI
A1jY+wY+RUofYFtLsTPprjPVgYWl1TVX2AgWAdHuGhEbC08bsVsZ2EgMOW834Ozc7AwMHLnNZea7
bP78sAuZqcEz88zUZWbqJjP1MjO1ZZZLV1vpavXqy2dQ4X7Y7lg2rvbJAJBitYOND7P6647Y1PxB
ZupWQPNdtq4nLwA4cC2o+S7XYxBSaX4jhOGcbwU3358O+RiAKoHm+w/GXwCKhJrvsugDaBIE0HQA
8gSb7zIH9+qYKoAy1dv/ZxoAU2NDZqAgxoUPz+f2+mFlu8DPeCxGLcEAnt4+7Pzu0R5fLuz+6cWk
5t8/v+ww8NgUCFgD1oI1YW3/DmAYoUD6//ww8LvQhodBDiAUyLYIbVgBxAaQ3BRI/iGYvAxKSwVA
daG9k5n1DRwrDsDR7MobAI4VBwCf1L6BY8UBOFvcegPAseIA3KyevQHgWHEA7l9evQHgWHEAQkMU
AHzLCw2qN0PgJoHUUgjcFIBaCUgAoFMLDTxHDIAQCaSWQhIAY/5/W+A5IgCEmKAYpgg4KgClEgAn
ExTDFAFHCaSUQuCoAJRKAJxMUAxTBNxMELUpAm4miNoUAVcJpJJC4KoAVEoA3EwQtSkCrhJIJYXA
zQRRmyJdJKXL5HShpC6VTX6xtC6X1w0TumVGN03ptjndOKlbZ3XzdJLb578BNr3eQvNW7j4AAAAA
SUVORK5CYII=
`.trim()

const TEXT = (code: string) => `Hello Ada,

welcome to Lumen. Your code is ${code}.

Enter it where you signed up, or confirm with this link:
https://lumen.example/confirm?token=8f2c1d7e4b

The code is valid for 15 minutes. If it was not you, ignore this mail.

Lumen, 12 Harbour Street, Porthaven
Unsubscribe: https://lumen.example/unsubscribe?u=ada
`

const HTML = (code: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Confirm your address</title>
<style>
  body { margin: 0; padding: 32px 16px; background: #eef2f4; color: #1c2b33; font: 16px/1.5 system-ui, Arial, sans-serif }
  .card { max-width: 480px; margin: 0 auto; padding: 32px; background: #fff; border-radius: 12px }
  h1 { margin: 16px 0 8px; font-size: 22px; line-height: 1.3 }
  p { margin: 0 0 16px }
  .code { display: block; margin: 24px 0; padding: 16px; background: #eef2f4; border-radius: 8px; text-align: center;
    font: 600 28px/1.2 ui-monospace, Consolas, monospace; letter-spacing: 6px }
  .button { display: inline-block; padding: 12px 24px; background: #0e7490; border-radius: 8px; color: #fff;
    font-weight: 600; text-decoration: none }
  .foot { max-width: 480px; margin: 16px auto 0; color: #5c6f79; font-size: 13px }
  .foot a { color: inherit }
  @media (prefers-color-scheme: dark) {
    body { background: #10191e; color: #e2eaee }
    .card { background: #1a262d }
    .code { background: #10191e }
    .foot { color: #93a6b0 }
  }
</style>
</head>
<body>
  <div class="card">
    <img src="cid:logo@lumen.example" width="48" height="48" alt="Lumen">
    <h1>Confirm your address</h1>
    <p>Hello Ada, welcome to Lumen. Your code is</p>
    <strong class="code">${code}</strong>
    <p>Enter it where you signed up, or confirm with one click:</p>
    <p><a class="button" href="https://lumen.example/confirm?token=8f2c1d7e4b">Confirm my address</a></p>
    <p>The code is valid for 15 minutes. If it was not you, ignore this mail.</p>
  </div>
  <p class="foot">Lumen, 12 Harbour Street, Porthaven &middot;
    <a href="https://lumen.example/unsubscribe?u=ada">Unsubscribe</a></p>
</body>
</html>
`

const FROM = 'hello@lumen.example'
const TO = 'ada@example.com'

/** A date as RFC 5322 3.3 writes it, in UTC. */
const mailDate = (date: Date) => date.toUTCString().replace('GMT', '+0000')

/** The mail, new each time: its own code, Message-ID and date. */
export function sampleMail(now = new Date()): { raw: string; from: string; to: string } {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
  const code = String(100_000 + (random % 900_000))
  const lines = [
    'From: Lumen <hello@lumen.example>',
    'To: Ada Lovelace <ada@example.com>',
    `Subject: ${code} is your code for Lumen`,
    `Date: ${mailDate(now)}`,
    `Message-ID: <${now.getTime().toString(36)}.${random.toString(36)}@lumen.example>`,
    'List-Unsubscribe: <https://lumen.example/unsubscribe?u=ada>',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary="alternative"',
    '',
    '--alternative',
    'Content-Type: text/plain; charset=utf-8',
    '',
    TEXT(code),
    '--alternative',
    'Content-Type: multipart/related; boundary="related"',
    '',
    '--related',
    'Content-Type: text/html; charset=utf-8',
    '',
    HTML(code),
    '--related',
    'Content-Type: image/png; name="logo.png"',
    'Content-Transfer-Encoding: base64',
    'Content-ID: <logo@lumen.example>',
    'Content-Disposition: inline; filename="logo.png"',
    '',
    LOGO_PNG,
    '--related--',
    '--alternative--',
    '',
  ]
  return { raw: lines.join('\n').replace(/\n/g, '\r\n'), from: FROM, to: TO }
}
