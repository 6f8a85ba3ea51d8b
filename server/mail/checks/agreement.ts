/** Whether the text part says what the HTML says: readers of either should get the same mail. */
import { textOfHtml } from '../html.js'
import { linksOfText } from '../links.js'
import type { Subject } from './check.js'

/** Characters of either that are compared. */
const MAX_COMPARED = 64 * 1024
/** Of fewer words nothing can be said. */
const MIN_WORDS = 12
/** A text with less of the words in common is about something else. */
const MIN_SHARE = 0.3
/** A text with less words than this share of the HTML's leaves most of it out. */
const MIN_LENGTH = 0.1

/** Words of four letters or more; a letter each where words are not parted by blanks. */
const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]|[\p{L}\p{N}]{4,}/gu
const ADDRESSES = /[a-z][a-z0-9+.-]*:\/\/[^\s<>"]+|\S+@\S+/gi

function wordsOf(text: string): Set<string> {
  return new Set(text.slice(0, MAX_COMPARED).replace(ADDRESSES, ' ').toLowerCase().match(WORDS))
}

export const agreement: Subject = (mail, report) => {
  const { text, html, links, structure } = mail
  if (!structure.html || !structure.text || html === null || text === null || text.trim() === '') return {}
  const place = { type: 'byte', part: structure.text.id, offset: structure.text.offset } as const
  const said = textOfHtml(html, MAX_COMPARED)
  const inHtml = wordsOf(said)
  const inText = wordsOf(text)
  let common = 0
  for (const word of inText) if (inHtml.has(word)) common += 1

  if (inHtml.size === 0 && /<img\b/i.test(html.slice(0, MAX_COMPARED))) {
    report({
      id: 'html-without-words',
      level: 'warning',
      title: 'The HTML is made of images alone',
      explanation:
        'Where images are blocked nothing is seen, and filters count it as spam. Write the words as text, with images beside.',
      place: { type: 'byte', part: structure.html.id, offset: structure.html.offset },
    })
  } else if (inHtml.size >= MIN_WORDS) {
    const isOther = inText.size >= MIN_WORDS && common < MIN_SHARE * Math.min(inHtml.size, inText.size)
    const isShort = inText.size < MIN_LENGTH * inHtml.size
    if (isOther || isShort) {
      report({
        id: 'text-differs',
        level: 'warning',
        title: isOther ? 'The text says something else than the HTML' : 'The text says far less than the HTML',
        explanation: isOther
          ? 'Readers get different mails, and filters count it as spam. Was a template changed in one place only? Make both from the same words.'
          : 'Who reads the text misses the mail: watches, screen readers, previews. Say in the text what the HTML says.',
        place,
      })
    }
  }

  const isWeb = (href: string) => /^https?:/i.test(href)
  const first = links.find(({ href, unsubscribe }) => isWeb(href) && !unsubscribe)
  if (first && ![...linksOfText(text)].some(href => isWeb(href) || /^www\./i.test(href))) {
    report({
      id: 'text-without-links',
      level: 'warning',
      title: 'The text has none of the HTML’s links',
      explanation: 'Who reads the text cannot go on. Write the address of each link that matters into the text.',
      place,
    })
  }
  return {}
}
