/**
 * A day of mail as an app under development sends it: what the pictures in docs/ show. Every name is made up, every
 * address is of a domain that RFC 2606 keeps free.
 *
 * `minutesAgo` is when it was received; the last one is the newest. The fields are nodemailer's.
 */

const ADA = 'Ada Lovelace <ada@example.com>'

/** The least that is a PDF: a page with a title. */
const pdf = title =>
  Buffer.from(
    `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n` +
      `3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R/Title(${title})>>\n%%EOF\n`,
  )

const INVITATION = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//calendar.example//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:review-0312@calendar.example
DTSTAMP:20260312T084100Z
DTSTART:20260313T130000Z
DTEND:20260313T133000Z
SUMMARY:Design review: sign-up
ORGANIZER;CN=Grace Hopper:mailto:grace@example.com
ATTENDEE;CN=Ada Lovelace:mailto:ada@example.com
END:VEVENT
END:VCALENDAR
`.replace(/\n/g, '\r\n')

const html = (title, ...lines) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body style="margin:0;padding:32px 16px;background:#f4f1ec;color:#2b2723;font:16px/1.5 Arial,sans-serif">
<div style="max-width:480px;margin:0 auto;padding:32px;background:#fff;border-radius:12px"><h1 style="margin:0 0 8px;font-size:22px">${title}</h1>
${lines.map(line => `<p>${line}</p>`).join('\n')}</div></body></html>`

export const MAILS = [
  {
    minutesAgo: 1490,
    from: 'Elm Street Yoga <hello@elmstreet.example>',
    to: ADA,
    subject: 'Your class on Thursday is confirmed',
    text: 'Slow flow with Maren, Thursday 18:30, studio 2. Bring a towel; mats are there. You can cancel until noon.',
  },
  {
    minutesAgo: 1422,
    from: 'Field Notes <letter@fieldnotes.example>',
    to: ADA,
    subject: 'Five walks before spring',
    text: 'The larches are still bare, the paths are dry, and nobody is there yet. Five walks for the last days of winter.',
    html: html(
      'Five walks before spring',
      '<img src="https://images.fieldnotes.example/larches.jpg" alt="Bare larches above a lake" width="416" height="220">',
      'The larches are still bare, the paths are dry, and nobody is there yet.',
      '<a href="https://fieldnotes.example/issues/41">Read all five</a>',
      '<a href="https://fieldnotes.example/unsubscribe?u=ada">Unsubscribe</a>',
    ),
    list: { unsubscribe: 'https://fieldnotes.example/unsubscribe?u=ada' },
  },
  {
    minutesAgo: 97,
    from: 'Stadtwerke Hafenstadt <rechnung@stadtwerke.example>',
    to: 'Jürgen Groß <juergen@example.com>',
    subject: 'Ihre Rechnung 2026-0317 über 84,20 €',
    text: 'Guten Tag Herr Groß,\n\nanbei erhalten Sie Ihre Rechnung für Februar. Der Betrag von 84,20 € wird am 20. März abgebucht.',
    attachments: [{ filename: 'Rechnung_2026-0317_Groß.pdf', content: pdf('Rechnung 2026-0317') }],
  },
  {
    minutesAgo: 83,
    from: 'Grace Hopper <grace@example.com>',
    to: [ADA, 'Katherine Johnson <katherine@example.com>'],
    subject: 'Invitation: Design review: sign-up, Friday 14:00',
    text: 'Grace Hopper invites you to Design review: sign-up. Friday 13 March, 14:00 to 14:30, Room Linden.',
    icalEvent: { method: 'REQUEST', content: INVITATION },
  },
  {
    minutesAgo: 64,
    from: 'Harbour Books <orders@harbourbooks.example>',
    to: ADA,
    envelope: { from: 'bounces@harbourbooks.example', to: ['ada@example.com', 'archive@harbourbooks.example'] },
    subject: 'Your receipt for order 20417',
    text: 'Thank you, Ada. 2 items, 41.80 € paid by card ending in 4242. The receipt is attached; your books ship today.',
    attachments: [{ filename: 'receipt-20417.pdf', content: pdf('Receipt 20417') }],
  },
  {
    minutesAgo: 41,
    from: 'Builds <builds@ci.example>',
    to: ['ada@example.com', 'katherine@example.com', 'grace@example.com'],
    subject: '[shop] Build 1842 failed on main: 1 test of 318',
    text: 'checkout.test.ts > sends the receipt once\nExpected 1 message to ada@example.com, got 2.\n\nhttps://ci.example/shop/builds/1842',
  },
  {
    minutesAgo: 26,
    from: 'Lumen <security@lumen.example>',
    to: 'Grace Hopper <grace@example.com>',
    subject: 'Reset your password',
    text: 'Somebody asked for a new password for grace@example.com. Choose one within an hour: https://lumen.example/reset?token=2b7f90c1',
    html: html(
      'Reset your password',
      'Somebody asked for a new password for grace@example.com.',
      '<a href="https://lumen.example/reset?token=2b7f90c1">Choose a new password</a>',
      'The link is valid for one hour. If it was not you, there is nothing to do.',
    ),
  },
  {
    minutesAgo: 9,
    from: 'Lumen <security@lumen.example>',
    to: 'Katherine Johnson <katherine@example.com>',
    subject: 'Your sign-in code',
    text: 'Your sign-in code is 739204. It is valid for ten minutes, and nobody from Lumen will ever ask you for it.',
  },
]
