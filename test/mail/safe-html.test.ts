import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SafeHtmlOptions } from '../../server/mail/safe-html.js'
import { safeHtml, safeHtmlInSlices } from '../../server/mail/safe-html.js'
import { busyLoop } from './make.js'

const DOT = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='
const options: SafeHtmlOptions = {
  imageFor: name => (['dot', 'dot@x.test', 'https://x.test/located.gif'].includes(name) ? DOT : null),
  remote: false,
  scheme: null,
}
const safe = (html: string, more: Partial<SafeHtmlOptions> = {}) => safeHtml(html, { ...options, ...more }).html

describe('safe HTML', () => {
  it('takes out what is too long to be rewritten in one go', () => {
    const attributes = Array.from({ length: 5000 }, (_, n) => `a${n}`)
    const [first = '', end] = safe(`<b ${attributes.join(' ')} onclick=x>bold</b>`).split('>')
    expect(first).toMatch(/^<b a0="" a1=""/)
    expect(first.length).toBeLessThan(20_000)
    expect(end).toBe('bold</b')
    const style = 'a:url(x);'.repeat(120_000)
    expect(safe(`<b style="${style}" id=i><style>${style}</style>`)).toBe('<b id="i"><style></style>')
  })

  it('keeps the source of what it does not change', () => {
    const html = `<!DOCTYPE html>\r\n<TABLE Width=600 class='a"b'><tr><td STYLE="color: #FFF;">&nbsp;Hi &amp; bye<!--[if mso]>x<![endif]-->`
    expect(safe(html)).toBe(html)
  })

  it.each([
    // Images of the mail.
    ['<img src="cid:dot">', `<img src="${DOT}">`],
    ['<img src=CID:dot%40x.test alt=a>', `<img src="${DOT}" alt="a">`],
    ['<img src="https://x.test/located.gif">', `<img src="${DOT}">`],
    ['<td background="cid:dot">', `<td background="${DOT}">`],
    ['<img srcset="cid:dot 1x, https://x.test/b.png 2x">', `<img srcset="${DOT} 1x">`],
    ['<p style="background:url(cid:dot)">', `<p style="background:url(&#34;${DOT}&#34;)">`],
    [`<style>a{background:url('cid:dot') red}</style>`, `<style>a{background:url("${DOT}") red}</style>`],
    ['<img src="cid:nobody">', '<img>'],
    // Scripts and what runs or frames something.
    ['a<script>alert(1)</script>b', 'ab'],
    ['a<script>alert(1)', 'a'],
    ['<b onclick="x()" ONLOAD=y>c</b>', '<b>c</b>'],
    ['<iframe src="https://x.test"><p>in</p></iframe>b', 'b'],
    ['<object data="x.swf">fallback</object>', 'fallback'],
    ['<embed src=x><applet code=y>z</applet>', 'z'],
    ['<meta http-equiv=refresh content="0;url=https://x.test">a', 'a'],
    ['<base href="https://x.test/"><a name=y>', '<a name=y>'],
    ['<link rel=preconnect href="https://x.test"><link rel=icon href=x>', ''],
    ['<svg><script>alert(1)</script></svg>', '<svg></svg>'],
    // A style sheet of SVG is markup: entities and elements in it would have to be read, so it goes.
    ['<svg><style>a{background:url(http://x.test/a.png)}</style></svg>', '<svg></svg>'],
    ['<svg><style>&#64;import "http://x.test/a.css";</style></svg>', '<svg></svg>'],
    ['<svg><style>@import "http://x.test/a.css";</script>', '<svg>'],
    // What was taken out had ended the SVG: without it the rest is read otherwise, and gone over again.
    ['<svg><template><img></template><textarea><img src="http://x.test/a.png">', '<svg><textarea><img>'],
    ['<svg><animate attributeName=href to="https://x.test"/></svg>', '<svg></svg>'],
    // What is left out makes no tag of what stands around it.
    ['<<script></script>p onclick=x>', '<<!---->p onclick=x>'],
    ['<</script>p onclick=x>', '<<!---->p onclick=x>'],
    ['<<base><frame>img src=http://x.test/a.png>', '<<!---->img src=http://x.test/a.png>'],
    ['<<link rel=x>p onclick=x>', '<<!---->p onclick=x>'],
    ['<svg><<style>a</style>p onclick=x>', '<svg><<!---->p onclick=x>'],
    ['<style></styl\\65><img onerror=x src=http://x.test/a.png></style>', '<style></style>'],
    ['<style></sty@import "x";le><img onerror=x></style>', '<style></style>'],
    // What a page may say of itself is no way to say more.
    [
      '<meta name=viewport http-equiv=refresh content="0;url=https://x.test">',
      '<meta name="viewport" content="0;url=https://x.test">',
    ],
    [
      '<meta name=color-scheme http-equiv=refresh onclick=x content=light>',
      '<meta name="color-scheme" content="light">',
    ],
    // Links.
    ['<a href="javascript:x()">a</a>', '<a target="_blank" rel="noopener noreferrer">a</a>'],
    ['<a href="java\nscript:x()">a</a>', '<a target="_blank" rel="noopener noreferrer">a</a>'],
    [
      '<a href="https://x.test/?a&amp;b" target=_top rel=opener ping="https://y.test">a</a>',
      '<a href="https://x.test/?a&#38;b" target="_blank" rel="noopener noreferrer">a</a>',
    ],
    ['<a href="#top">a</a>', '<a href="#top">a</a>'],
    [
      '<base href="https://x.test/d/"><a href="y">a</a>',
      '<a href="https://x.test/d/y" target="_blank" rel="noopener noreferrer">a</a>',
    ],
    // Forms go nowhere.
    [
      '<form action="https://x.test" method=post><button formaction="/y">go</button></form>',
      '<form method="post"><button>go</button></form>',
    ],
  ])('%j', (html, expected) => {
    expect(safe(html)).toBe(expected)
  })

  it.each([
    '<img src="https://x.test/a.png">',
    '<img src="//x.test/a.png">',
    '<img src="\thttp://x.test/a.png">',
    '<base href="https://x.test/"><img src="a.png">',
    '<table background="http://x.test/a.png">',
    '<video poster="http://x.test/a.png">',
    '<source srcset="http://x.test/a.png 2x">',
    '<input type=image src=http://x.test/a.png>',
    '<p style="background:url(http://x.test/a.png)">',
    '<p style=\'background:url("http://x.test/a.png")\'>',
    '<p style="background:u\\72l(http://x.test/a.png)">',
    '<style>@import "http://x.test/a.css";</style>',
    '<style>@import url(http://x.test/a.css) screen;</style>',
    '<style>@font-face{src:url( http://x.test/f.woff )}</style>',
    '<style>a{background:URL(http://x.test/a.png)}',
    '<link rel="stylesheet" href="http://x.test/a.css">',
    '<svg><image href="http://x.test/a.png"/></svg>',
    '<svg><image xlink:href="http://x.test/a.png"/></svg>',
    '<svg><use href="http://x.test/a.svg#b"/></svg>',
    '<svg><rect fill="url(http://x.test/a.svg#b)"/></svg>',
    '<noscript><img src="http://x.test/a.png"></noscript>',
  ])('loads nothing from elsewhere unless asked: %j', html => {
    const blocked = safeHtml(html, options)
    expect(blocked.html).not.toMatch(/x\.test/)
    expect(blocked.blockedRemote).toBe(1)

    const allowed = safeHtml(html, { ...options, remote: true })
    expect(allowed.html).toMatch(/x\.test\/[af]\./)
    expect(allowed.blockedRemote).toBe(0)
  })

  it('never loads what is relative to nothing, which would be asked of us', () => {
    expect(safe('<img src="/api/messages"><img src="x.png">', { remote: true })).toBe('<img><img>')
  })

  it('leaves out the image sets that it does not read', () => {
    expect(safe('<p style="background:image-set(\'http://x.test/a.png\' 1x)">')).toContain('no-image-set(')
  })

  it.each([
    ['dark', '@media (min-width: 0){a{}}', 'color-scheme: dark;'],
    ['light', '@media (max-width: 0){a{}}', 'color-scheme: light;'],
    [null, '@media (prefers-color-scheme:dark){a{}}', 'color-scheme: light dark;'],
  ] as const)('switches the rules of the mail for %s', (scheme, rule, property) => {
    const html = '<style>@media (prefers-color-scheme:dark){a{}} :root{color-scheme: light dark;}</style>'
    expect(safe(html, { scheme })).toBe(`<style>${rule} :root{${property}}</style>`)
  })

  it('knows comments and strings from addresses', () => {
    const css = `<style>/* url(http://x.test) */ a::before{content:"url(http://x.test)"}</style>`
    expect(safeHtml(css, options)).toEqual({ html: css, blockedRemote: 0 })
  })

  it('puts in no more images than a page can bear', () => {
    const large = `data:image/png;base64,${'A'.repeat(1024 * 1024)}`
    const html = safe('<img src="cid:big">'.repeat(1000), { imageFor: () => large })
    expect(html.length).toBeLessThan(40 * 1024 * 1024)
  })

  it('leaves a great many tags out as fast as a few', () => {
    expect(safe(`<${'<base>'.repeat(100_000)}p onclick=x>`)).toBe('<<!---->p onclick=x>')
  })

  it('does the same in slices', async () => {
    const html = `<p>Grüße 👋</p>\r\n<img src="cid:dot"><img src="http://x.test/a.png">`.repeat(10_000)
    expect(await safeHtmlInSlices(html, options, busyLoop())).toEqual(safeHtml(html, options))
  })

  it('leaves nothing that runs or loads in any mixture of markup', () => {
    const pieces = [
      '<script>',
      '</script>',
      '<style>',
      '</style>',
      '<svg>',
      '</svg>',
      '<math>',
      '<mi>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<title>',
      '</title>',
      '<textarea>',
      '</textarea>',
      '<template>',
      '<p ',
      '>',
      '"',
      "'",
      '<a href="',
      'x',
      ' ',
      '\n',
      '<img src="http://evil.test/">',
      '<img onerror=x src=x>',
      '<iframe src=x>',
      '</iframe>',
      '<style>@import "http://evil.test/";',
      'style="background:url(http://evil.test/)"',
      '<',
      'p onclick=x>',
      '</frame>',
      '</sty',
      '\\6c',
      'e>',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), parts => {
        const once = safeHtml(parts.join(''), options)
        // What was made safe is safe: nothing is found in it that would have to be taken out.
        const twice = safeHtml(once.html, options)
        expect(twice.blockedRemote).toBe(0)
        expect(twice.html).toBe(once.html)
      }),
    )
  })
})
