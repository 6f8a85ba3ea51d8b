/** Mail recoloured: where the style sheet goes. */
import { expect, test } from 'vitest'
import { forcedDark } from '../../server/mail/forced-dark.js'

test.each([
  // Before the doctype it would change how the whole document is drawn.
  ['<!DOCTYPE html><p>x</p>', '<!DOCTYPE html>', '<p>x</p>'],
  ['\ufeff <!-- a --> <!doctype html>\n<html>', '\ufeff <!-- a --> <!doctype html>\n', '<html>'],
  ['<p>x</p>', '', '<p>x</p>'],
  ['<!-- never ends <p>', '', '<!-- never ends <p>'],
  ['', '', ''],
])('%j', (html, before, after) => {
  const dark = forcedDark(html)
  expect(dark).toMatch(/<style>[\s\S]*invert[\s\S]*<\/style>/)
  expect(dark.startsWith(`${before}<style>`)).toBe(true)
  expect(dark.endsWith(`</style>${after}`)).toBe(true)
})
