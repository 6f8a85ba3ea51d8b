/** The images of the HTML: what stands for them where they are not shown, and whether they can be shown at all. */
import { attribute } from '../html.js'
import type { MimeNode } from '../structure.js'
import type { Place, Report, Subject } from './check.js'
import { shown } from './check.js'

export const images: Subject = (mail, report) => {
  const embedded = new Set<string>()
  const collect = (node: MimeNode) => {
    for (const name of [node.contentId, node.contentLocation]) if (name) embedded.add(name.toLowerCase())
    node.children.forEach(collect)
  }
  collect(mail.structure.root)

  return {
    open(tag, place) {
      if (tag.tagName !== 'img') return
      const src = attribute(tag, 'src')?.trim() ?? ''
      const isPixel = ['width', 'height'].every(name => /^[01](?:px)?$/.test(attribute(tag, name)?.trim() ?? ''))
      if (attribute(tag, 'alt') === undefined && !isPixel && attribute(tag, 'aria-hidden') !== 'true') {
        report({
          id: 'image-without-alt',
          level: 'warning',
          title: `An image has no alt text: ${shown(src || '<img>')}`,
          explanation:
            'Where images are blocked, as Outlook does at first, nothing or the file name stands there, and screen readers read the address. Say in alt what it shows; alt="" for mere decoration.',
          place,
        })
      }
      checkSource(src, embedded, place, report)
    },
  }
}

function checkSource(src: string, embedded: ReadonlySet<string>, place: Place, report: Report): void {
  // What was left of a template is reported as such.
  if (/^https?:\/\/[^/]|^data:image\//i.test(src) || /[{}]|%7b|\*\||<%/i.test(src)) return
  const cid = /^cid:(.*)$/i.exec(src)?.[1]
  if (cid !== undefined) {
    const name = /%[0-9a-f]{2}/i.test(cid) && URL.canParse(src) ? withoutEscapes(cid) : cid
    if (embedded.has(cid.toLowerCase()) || embedded.has(name.toLowerCase())) return
    report({
      id: 'image-broken',
      level: 'error',
      title: `No part has the Content-ID ${shown(cid)}`,
      explanation:
        'The image stays empty. Attach it with that Content-ID, in angle brackets there, and within multipart/related.',
      place,
    })
    return
  }
  if (embedded.has(src.toLowerCase())) return
  report({
    id: 'image-broken',
    level: 'error',
    title: src === '' ? 'An image has no address' : `An image that no client can load: ${shown(src)}`,
    explanation:
      'A mail has no page that an address could be relative to. Write the whole address, https://…, or attach the image and name it as cid:….',
    place,
  })
}

/** A Content-ID as it stands in an address (RFC 2392). */
function withoutEscapes(cid: string): string {
  return cid.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}
