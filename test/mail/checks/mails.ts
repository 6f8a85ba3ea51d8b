/** Mails as they are sent: two that are well made, and a way to spoil them. */

import type { Check } from '../../../server/mail/checks/check.js'
import { checksOf } from '../../../server/mail/checks/run.js'
import type { Envelope } from '../../../server/mail/message.js'
import { Reading } from '../../../server/mail/reading.js'
import { makeEnvelope, makeStored } from '../make.js'

export const RECEIVED_AT_MS = Date.UTC(2026, 0, 31, 12)

/** All results for a message; with a `sessionId` of null it was added by hand. */
export function check(raw: Buffer | string, extra: { envelope?: Partial<Envelope>; byHand?: boolean } = {}): Check[] {
  const bytes = typeof raw === 'string' ? Buffer.from(raw) : raw
  const reading = new Reading(makeStored({ raw: bytes }))
  const { structure, headers, text, html, links } = reading
  const envelope = makeEnvelope(extra.envelope)
  const receivedAtMs = extra.byHand ? null : RECEIVED_AT_MS
  const work = checksOf({ raw: bytes, envelope, receivedAtMs, structure, headers, text, html, links })
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** What a person writes; each is null to leave it out. */
export interface Parts {
  headers?: Record<string, string | null>
  text?: string | null
  html?: string | null
}

const HEADERS: Record<string, string | null> = {
  From: 'Lumen <hello@lumen.example>',
  To: 'Ada Lovelace <ada@example.com>',
  Subject: 'Confirm your address',
  Date: 'Sat, 31 Jan 2026 12:00:00 +0000',
  'Message-ID': '<c1@lumen.example>',
  'MIME-Version': '1.0',
}

const TEXT = `Hello Ada,

somebody signed up for Lumen with this address. Was it you? Then confirm it here:
https://lumen.example/confirm?token=8f2c1d7e4b

The link is good for one hour. If it was not you, there is nothing to do.
`

const HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Confirm your address</title></head>
<body style="margin:0;padding:24px;background-color:#f4f4f4;font-family:Arial,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<h1 style="font-size:22px">Confirm your address</h1>
<p>Hello Ada, somebody signed up for Lumen with this address. Was it you? Then confirm it here:</p>
<p><a href="https://lumen.example/confirm?token=8f2c1d7e4b" style="padding:12px;border-radius:6px">Confirm</a></p>
<p>The link is good for one hour. If it was not you, there is nothing to do.</p>
</td></tr></table></body></html>
`

/** A mail to confirm an address, well made but for what is changed. */
export function transactional({ headers = {}, text = TEXT, html = HTML }: Parts = {}): string {
  const parts = [
    ['text/plain', text],
    ['text/html', html],
  ].flatMap(([type, body]) =>
    body === null ? [] : [`Content-Type: ${type}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${body}`],
  )
  const fields = Object.entries({ ...HEADERS, ...headers }).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  )
  const body =
    parts.length === 1
      ? parts[0]
      : `Content-Type: multipart/alternative; boundary=b\n\n--b\n${parts.join('\n--b\n')}\n--b--\n`
  return `${fields.join('\n')}\n${body}`.replace(/\r?\n/g, '\r\n')
}

/** An HTML mail whose body holds this. */
export const withHtml = (body: string, text = TEXT) =>
  transactional({ html: HTML.replace('</table>', `</table>\n${body}`), text })

/** A newsletter as good templates make it: dark mode, a web font, Outlook's own comments, images, ways to unsubscribe. */
export function newsletter(): string {
  const html = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:o="urn:schemas-microsoft-com:office:office" lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="color-scheme" content="light dark">
<title>Five walks before spring</title>
<!--[if mso]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<link href="https://fonts.example/css?family=Lora" rel="stylesheet" type="text/css">
<!--[if !mso]><!--><style>@import url(https://fonts.example/css?family=Lora);</style><!--<![endif]-->
<style>
#outlook a { padding: 0 } /* the client's { oddities } */
@font-face { font-family: Lora; src: url("https://fonts.example/lora.woff2") format("woff2") }
a:hover { text-decoration: underline }
@media only screen and (max-width: 480px) { .row { display: flex !important; flex-direction: column } .wide { width: 100% !important } }
@media (prefers-color-scheme: dark) { body { background-color: #111 } }
</style>
</head>
<body style="margin:0;background-color:#ffffff">
<div style="display:none;max-height:0;overflow:hidden">The larches are still bare, the paths are dry &#847;&zwnj;&nbsp;</div>
<table role="presentation" width="600" align="center" style="max-width:600px;border-collapse:collapse"><tr><td>
<a href="https://notes.example/" title="Field Notes"><img src="https://images.notes.example/logo.png" alt="Field Notes" width="120" height="40"></a>
<h1 style="font-family:Lora,Georgia,serif">Five walks before spring</h1>
<img src="https://images.notes.example/larches.jpg" alt="" width="600" height="320" style="display:block;width:100%">
<p>The larches are still bare, the paths are dry, and nobody is there yet. 50% of them are short; 100% are quiet.</p>
<!--[if mso]><v:roundrect href="https://notes.example/issues/41"><![endif]-->
<p><a href="https://notes.example/issues/41?utm_source=mail&amp;ref=%7Eada">Read all five walks</a></p>
<h2>From the workshop</h2><p>How we write <code>{{name}}</code> into a letter, and what null means. <a href="https://notes.example/workshop#templates">To the workshop</a></p>
<p><a href="mailto:letter@notes.example?subject=Walks">Write to us</a> · <a href="tel:+4930123456">Call us</a> ·
<a href="https://notes.example/unsubscribe?u=ada">Unsubscribe</a></p>
<img src="https://count.notes.example/o.gif" width="1" height="1" style="display:block">
</td></tr></table></body></html>
`
  const text = `Five walks before spring

The larches are still bare, the paths are dry, and nobody is there yet. 50% of them are short; 100% are quiet.
Read all five walks: https://notes.example/issues/41?utm_source=mail&ref=%7Eada

From the workshop: how we write into a letter, and what null means. https://notes.example/workshop#templates

Write to us: letter@notes.example
Unsubscribe: https://notes.example/unsubscribe?u=ada
`
  return transactional({
    headers: {
      From: '"Field Notes, Berlin" <letter@notes.example>',
      Subject: '=?utf-8?q?F=C3=BCnf_walks_before_spring?=',
      'Message-ID': '<20260131.41.ada@notes.example>',
      'List-Id': 'Field Notes <letter.notes.example>',
      'List-Unsubscribe': '<mailto:leave@notes.example?subject=ada>, <https://notes.example/unsubscribe?u=ada>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Reply-To': 'letter@notes.example',
    },
    text,
    html,
  })
}
