import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linksOfHtml, textOfHtml } from '../../server/mail/html.js'

describe('the text of HTML', () => {
  it.each([
    // Blocks stand on lines of their own, paragraphs apart; white space is one space.
    ['<p>Hello <b>Ada</b>,</p><p>bye</p>', 'Hello Ada,\n\nbye'],
    ['<div>one</div><div>two<br>three</div>', 'one\ntwo\nthree'],
    ['<h1>Title</h1>\n  <ul><li>a</li><li>b</li></ul>', 'Title\n\na\nb'],
    ['<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
    ['  lots\n of\t&nbsp; space  ', 'lots of space'],
    ['<span>no</span><span>gap</span>', 'nogap'],
    ['<pre>keep\n  this</pre>after', 'keep\n  this\n\nafter'],
    // References are decoded.
    ['Gr&uuml;&szlig;e &amp; &lt;tags&gt; &#128075;', 'Grüße & <tags> 👋'],
    // What nobody sees is left out.
    ['<head><title>T</title><style>p{}</style></head><body><script>x()</script>seen</body>', 'seen'],
    ['a<!-- comment -->b<template>no</template>', 'ab'],
    ['<noscript>shown without scripts</noscript>', 'shown without scripts'],
    // Broken markup.
    ['<p>unclosed <b>bold <i>both', 'unclosed bold both'],
    ['a < b and c > d', 'a < b and c > d'],
    ['', ''],
  ])('%j', (html, text) => {
    expect(textOfHtml(html)).toBe(text)
  })

  it('stops where enough is read', () => {
    expect(textOfHtml('<p>word</p>'.repeat(100_000), 100).length).toBeLessThan(200)
  })
})

describe('the links of HTML', () => {
  it.each([
    ['<a href="https://x.test/?a=1&amp;b=2">Confirm <b>now</b></a>', [['https://x.test/?a=1&b=2', 'Confirm now']]],
    ['<a href=" https://x.test ">\n  Two\n words </a>', [['https://x.test', 'Two words']]],
    // An image is its alternative text; nothing at all is the address.
    ['<a href="https://x.test"><img alt="Shop" src="cid:a"></a>', [['https://x.test', 'Shop']]],
    ['<a href="https://x.test" title="Open"></a>', [['https://x.test', 'Open']]],
    ['<a href="https://x.test"></a>', [['https://x.test', 'https://x.test']]],
    ['<map><area href="https://x.test" alt="North"></map>', [['https://x.test', 'North']]],
    // A button made of a table.
    ['<a href="https://x.test"><table><tr><td>Log</td><td>in</td></tr></table></a>', [['https://x.test', 'Log in']]],
    // Places within the mail and anchors without address are none.
    ['<a href="#top">top</a><a name="x">x</a><a href="">y</a>', []],
    // Unclosed and nested: a link begins where the last one ends.
    [
      '<a href="https://a.test">one <a href="https://b.test">two',
      [
        ['https://a.test', 'one'],
        ['https://b.test', 'two'],
      ],
    ],
  ])('%j', (html, links) => {
    expect(linksOfHtml(html)).toEqual(links.map(([href, text]) => ({ href, text })))
  })
})

it('reads any characters without throwing', () => {
  const pieces = [
    '<',
    '>',
    '</',
    '<a href=',
    '<svg>',
    '</svg>',
    '<math><mi>',
    '<style>',
    '<!--',
    '<![CDATA[',
    '"',
    '&',
    'x',
    ' ',
  ]
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string())), parts => {
      const html = parts.join('')
      expect(typeof textOfHtml(html)).toBe('string')
      expect(Array.isArray(linksOfHtml(html))).toBe(true)
    }),
  )
})
