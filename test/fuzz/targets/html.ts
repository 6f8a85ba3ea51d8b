/** HTML and CSS: what was made safe stays so when it is read anew, and neither words nor links hold anybody up. */
import { HtmlReader, linksOfHtml, textOfHtml } from '../../../server/mail/html.js'
import { safeHtmlInSlices } from '../../../server/mail/safe-html.js'
import { fail, promise, type Target } from '../target.js'

const DOT = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='

export const html: Target = {
  name: 'html',
  tokens: [
    '<',
    '>',
    '</',
    '/>',
    '"',
    "'",
    '=',
    '&',
    '&#x',
    '&lt;',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<svg>',
    '</svg>',
    '<math>',
    '<mi>',
    '<style>',
    '</style>',
    '<script>',
    '</script>',
    '<template>',
    '<title>',
    '<textarea>',
    '<noscript>',
    '<plaintext>',
    '<table><tr><td>',
    '<a href="https://evil.test/">',
    '<img src="https://evil.test/a.png">',
    '<img src=cid:dot>',
    '<img srcset="https://evil.test/a 1x, ',
    ' style="background:url(https://evil.test/)"',
    ' onclick=x ',
    '<base href="https://evil.test/">',
    '<meta name=color-scheme content=dark>',
    '@import "https://evil.test/";',
    'url(',
    '\\75rl(',
    '/*',
    '*/',
    '{',
    '}',
    '@media (prefers-color-scheme: dark) {',
    'image-set(',
    'color-scheme:',
    '\0',
  ],
  maxBytes: 8 * 1024 * 1024,
  async run(input, turn) {
    const source = input.toString('utf8')
    const loop = { now: () => performance.now(), turn }
    const safe = await safeHtmlInSlices(
      source,
      {
        imageFor: name => (name === 'dot' ? DOT : null),
        remote: false,
        scheme: input.length % 2 === 0 ? null : 'dark',
      },
      loop,
    )
    await turn()
    const again = await safeHtmlInSlices(safe.html, { imageFor: () => null, remote: false, scheme: null }, loop)
    promise(again.blockedRemote === 0, 'what was made safe loads something')
    await turn()
    await nothingRuns(safe.html, turn)
    textOfHtml(source)
    await turn()
    linksOfHtml(source)
  },
}

const RUNS = new Set(['script', 'iframe', 'object', 'embed', 'applet', 'frame', 'base'])

async function nothingRuns(safe: string, turn: () => Promise<void>): Promise<void> {
  const reader = new HtmlReader({
    open(tag) {
      if (RUNS.has(tag.tagName)) fail(`<${tag.tagName}> was left in`)
      for (const { name, value } of tag.attrs) {
        if (/^on/i.test(name) || (name === 'href' && /^\s*javascript:/i.test(value))) fail(`${name} was left in`)
      }
      return undefined
    },
  })
  for (let at = 0; at <= safe.length; at += 64 * 1024) {
    reader.write(safe.slice(at, at + 64 * 1024), at + 64 * 1024 > safe.length)
    await turn()
  }
}
