/** Which addresses the page opens, which it finds in text, and the one that a mail is about. */
import { describe, expect, test } from 'vitest'
import { isOpenable, linked, mainLink } from '../../web/links.js'

describe('links in plain text', () => {
  test.each([
    ['See https://example.com/a.', ['See ', { href: 'https://example.com/a' }, '.']],
    ['(https://example.com/a_(b))', ['(', { href: 'https://example.com/a_(b)' }, ')']],
    ['<https://example.com/?a=1&b=2>', ['<', { href: 'https://example.com/?a=1&b=2' }, '>']],
    ['mailto:ada@example.com, now', [{ href: 'mailto:ada@example.com' }, ', now']],
    ['javascript:alert(1) data:text/html,x', ['javascript:alert(1) data:text/html,x']],
    ['', []],
  ])('%s', (text, pieces) => {
    expect(linked(text)).toEqual(pieces)
  })

  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', ' https://x', 'vbscript:x', '//x'])(
    '%s is not opened',
    href => expect(isOpenable(href)).toBe(false),
  )
})

describe('the link that a mail is about', () => {
  const link = (href: string, text: string, unsubscribe = false) => ({ href, text, unsubscribe })
  const home = link('https://example.com/', 'Our site')
  const confirm = link('https://example.com/c?t=1', 'Confirm your address')
  test.each([
    ['by its words', [home, confirm], confirm],
    ['by its address', [home, link('https://example.com/reset?t=1', 'Click here')], { text: 'Click here' }],
    ['else the first', [home, link('https://example.com/b', 'Blog')], home],
    ['never to unsubscribe', [link('https://example.com/u', 'Confirm that you leave', true), home], home],
    ['never a mailto', [link('mailto:x@example.com', 'Verify'), home], home],
  ])('%s', (_name, links, found) => {
    expect(mainLink(links)).toMatchObject(found)
  })
  test('none', () => expect(mainLink([])).toBeUndefined())
})
