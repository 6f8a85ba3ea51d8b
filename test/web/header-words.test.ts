/** Fields for machines as rows for people. */
import { describe, expect, test } from 'vitest'
import { headerWords } from '../../web/header-words.js'

const rows = (name: string, value: string) =>
  headerWords(name, value)?.map(({ name, value }) => [name, typeof value === 'string' ? value : value.time]) ?? null

describe('a field becomes rows', () => {
  test.each<[string, string, [string, string][]]>([
    [
      'Received',
      'from mx.example (mx.example [192.0.2.1] (may be; forged)) by in.example with ESMTPS id 4x; Thu, 12 Mar 2026 10:24:00 +0100 (CET)',
      [
        ['from', 'mx.example (mx.example [192.0.2.1] (may be; forged))'],
        ['by', 'in.example'],
        ['with', 'ESMTPS'],
        ['id', '4x'],
        ['at', '2026-03-12T09:24:00.000Z'],
      ],
    ],
    // A date that is none stays as it is.
    [
      'received',
      'by in.example for <ada@example.com>; some day',
      [
        ['by', 'in.example'],
        ['for', '<ada@example.com>'],
        ['at', 'some day'],
      ],
    ],
    [
      'X-Received',
      '(qmail 1) by in.example',
      [
        ['', '(qmail 1)'],
        ['by', 'in.example'],
      ],
    ],
    [
      'DKIM-Signature',
      `v=1; a=rsa-sha256; d=example.com; s=k1; h=from:to : subject; t=1773307440; bh=${'A'.repeat(20)} ${'B'.repeat(24)}=; b=short; odd=x`,
      [
        ['version', '1'],
        ['algorithm', 'rsa-sha256'],
        ['domain', 'example.com'],
        ['selector', 'k1'],
        ['signed fields', 'from: to: subject'],
        ['signed at', '2026-03-12T09:24:00.000Z'],
        ['body hash', `${'A'.repeat(20)}BBBB…`],
        ['signature', 'short'],
        ['odd', 'x'],
      ],
    ],
    // A time beyond what a date can be is no date.
    [
      'ARC-Seal',
      'i=1; t=99999999999999999',
      [
        ['identity', '1'],
        ['signed at', '99999999999999999'],
      ],
    ],
    [
      'Authentication-Results',
      'mx.example; spf=pass (ok; fine) smtp.mailfrom=example.com;\n dkim=fail reason="bad; sig" header.d=example.com; none',
      [
        ['by', 'mx.example'],
        ['spf', 'pass (ok; fine) smtp.mailfrom=example.com'],
        ['dkim', 'fail reason="bad; sig" header.d=example.com'],
        ['', 'none'],
      ],
    ],
    [
      'ARC-Authentication-Results',
      'i=1; mx.example; dmarc=pass',
      [
        ['instance', '1'],
        ['by', 'mx.example'],
        ['dmarc', 'pass'],
      ],
    ],
  ])('%s: %s', (name, value, expected) => expect(rows(name, value)).toEqual(expected))
})

test.each([
  ['Subject', 'from me by you'],
  ['Received', ''],
  ['Received', 'no clause at all; Thu, 12 Mar 2026 10:24:00 +0100'],
  ['DKIM-Signature', 'nonsense'],
  ['DKIM-Signature', ''],
  ['Authentication-Results', 'mx.example'],
  ['Authentication-Results', '((((""\\'],
])('%s: %j stays as it is', (name, value) => expect(headerWords(name, value)).toBeNull())
