/**
 * What a browser shows in place of the page: of a request that is refused, why, and the command that would let it; of an
 * address at which there is nothing, the way to the page. It says what the request said of itself, so it is text alone,
 * with no script and nothing loaded. Pure.
 */
import { createHash } from 'node:crypto'
import { Markup, markup } from '../mail/markup.js'
import type { Problem } from './errors.js'
import type { Site } from './parts.js'

const STYLE = `
:root { color-scheme: light dark; background: canvas; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 40rem; margin: 15vh auto 0; padding: 0 1.5rem }
h1 { font-size: 1.25rem }
code { display: block; margin: .5rem 0; padding: .5rem .75rem; border: 1px solid color-mix(in srgb, currentcolor 25%, transparent);
  border-radius: 6px; font: .9rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
`

/** The page may use its own style, and nothing else; a link in it leads on, which a sandbox would call another site's. */
export const NOTHING_HERE_CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "frame-ancestors 'none'",
].join('; ')
export const REFUSAL_CSP = `${NOTHING_HERE_CSP}; sandbox`

/** A command that a fix names, without the mark that ends the sentence. */
const COMMAND = /(maildouble --[a-z-]+ [^\s,]*[^\s,.])/

/** The page. */
export function refusalPage({ message, fix, code }: Problem): string {
  const title = code === 'unauthorized' ? 'Password needed' : 'Refused'
  return pageOf(title, [markup`${message}`, advice(fix)])
}

/** The page of an address at which there is nothing; `hint` says what may be wrong with the setting up. */
export function nothingHerePage({ basePath }: Pick<Site, 'basePath'>, hint: string): string {
  return pageOf('There is nothing here', [markup`<a href="${basePath}">To the mail</a>`, advice(hint)])
}

const advice = (text: string) =>
  text.split(COMMAND).map((piece, n) => (n % 2 === 1 ? markup`<code>${piece}</code>` : markup`${piece}`))

function pageOf(title: string, paragraphs: (Markup | Markup[])[]): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - maildouble</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${paragraphs.map(paragraph => markup`<p>${paragraph}</p>`)}
</main>
</body>
</html>
`.html
}
