/** How most dialogues begin, up to the point that matters. */

export const GREETING = ['S: 220 double.test ESMTP maildouble']

export const KEYWORDS = [
  'S: 250-double.test at your service',
  'S: 250-PIPELINING',
  'S: 250-SIZE *',
  'S: 250-8BITMIME',
  'S: 250-SMTPUTF8',
  'S: 250-ENHANCEDSTATUSCODES',
  'S: 250-CHUNKING',
  'S: 250-BINARYMIME',
  'S: 250-DSN',
  'S: 250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER',
  'S: 250 HELP',
]

export const EHLO = [...GREETING, 'C: EHLO client.test', ...KEYWORDS]

export const MAIL = [...EHLO, 'C: MAIL FROM:<ann@client.test>', 'S: 250 2.1.0 Ok']

export const RCPT = [...MAIL, 'C: RCPT TO:<bob@double.test>', 'S: 250 2.1.5 Ok']

export const DATA = [...RCPT, 'C: DATA', 'S: 354 Send the message, end with a line of a single dot']

/** A transaction on an open session, to be said after EHLO. */
export const SHORT_MAIL = [
  'C: MAIL FROM:<ann@client.test>',
  'S: 250 2.1.0 Ok',
  'C: RCPT TO:<bob@double.test>',
  'S: 250 2.1.5 Ok',
  'C: DATA',
  'S: 354 *',
  'C: Subject: hi',
  'C: .',
]
