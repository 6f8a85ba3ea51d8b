/**
 * What a template should have filled in and did not, and what stands where a value was missing. What is quoted as code is
 * left alone: a mail may well be about templates.
 */
import { attribute } from '../html.js'
import type { Level, Place, Subject } from './check.js'
import { shown } from './check.js'

/** Fields in which people read what a template made. */
const FIELDS = new Set(['subject', 'from', 'to', 'cc', 'reply-to', 'list-unsubscribe'])
/** Attributes that a template fills in. */
const ATTRIBUTES = ['href', 'src', 'alt', 'title', 'background', 'action']
/** What stands in them is an address. */
const ADDRESSES = new Set(['href', 'src', 'background', 'action'])
/** Elements that quote code. */
const CODE = new Set(['code', 'pre', 'kbd', 'samp', 'tt', 'textarea'])
/** Characters of one piece of words that are looked at: a run of words without a tag is seldom longer. */
const MAX_WORDS = 64 * 1024
/** Different placeholders that are told apart. */
const MAX_DIFFERENT = 1000

/** Syntax of templates that no prose has, and that which now and then is prose. */
const SYNTAX: readonly [pattern: RegExp, level: Level][] = [
  [/\{\{[^{}\n]{1,100}\}\}/g, 'error'], // Handlebars, Mustache, Jinja, Liquid, Go, Angular
  [/\{%[^%{}\n]{1,100}%\}/g, 'error'], // Jinja, Liquid, Twig
  [/<%[=-]?[^%<>\n]{1,100}%>/g, 'error'], // ERB, EJS
  [/[$#]\{[A-Za-z_][\w.]{0,60}\}/g, 'error'], // JavaScript, shells, Ruby
  [/\*\|[A-Z0-9_:]{1,60}\|\*/g, 'error'], // Mailchimp
  [/\[\[[^[\]\n]{1,60}\]\]/g, 'warning'], // wikis, Mailjet
  [/(?<![\d%\w])%[A-Za-z][\w.-]{2,40}%(?!\w)/g, 'warning'], // Mailgun, SendGrid, Windows
  [/(?<![\w$#{%])\{[A-Za-z_][\w.]{1,40}\}(?![\w}])/g, 'warning'], // Python, .NET, Java
  [/\blorem ipsum\b/gi, 'warning'],
]

/** What a program writes where a value was missing, and where it is no prose. */
const MISSING: readonly [pattern: RegExp, level: Level][] = [
  [/\[object [A-Z]\w{1,40}\]/g, 'error'],
  [/\bInvalid Date\b/g, 'error'],
  [/(?<![\w.-])NaN(?![\w.-])/g, 'error'],
  // After a greeting, a colon, a currency or a hash; or alone.
  [
    /(?<=(?:\b(?:hi|hello|hey|dear|hallo|liebe[rs]?|bonjour|ch[eè]re?|hola|estimad[oa]|ciao|gentile|olá|beste|hej|welcome|thanks),? |[:#=€$£] ?))(?:undefined|null)(?=\s*(?:$|[.,;!?)<]))/gi,
    'error',
  ],
  [/(?<=^\s*)(?:undefined|null)(?=\s*$)/g, 'error'],
]
/** In the path, the query or the place of the host of an address. */
const MISSING_IN_ADDRESS = /(?<=[/=])(?:undefined|null|NaN|\[object(?: |%20)\w+\])(?=$|[/?&#:.])/g
/** In a line of a few words. */
const MISSING_IN_FIELD = /(?<![\w.@-])(?:undefined|null|NaN)(?![\w.@-])/g

export const placeholders: Subject = (mail, report) => {
  const seen = new Set<string>()
  let quoted = 0

  const find = (text: string, patterns: readonly [RegExp, Level][], id: Id, where: string, place: Place) => {
    for (const [pattern, level] of patterns) {
      for (const match of text.matchAll(pattern)) {
        const key = `${where}\n${match[0]}`
        if (seen.has(key) || seen.size > MAX_DIFFERENT) continue
        seen.add(key)
        const [title, explanation] = WORDS[id](shown(match[0]), where)
        report({ id, level, title, explanation, place: movedBy(place, where.startsWith('the ') ? match.index : 0) })
      }
    }
  }
  for (const { key, name, value, place } of mail.fields) {
    if (!FIELDS.has(key)) continue
    find(value, SYNTAX, 'placeholder', name, place)
    find(value, [...MISSING.slice(0, 2), [MISSING_IN_FIELD, 'error']], 'value-missing', name, place)
  }

  return {
    words(words, place) {
      if (quoted > 0) return
      const where = place.type === 'character' && place.node === mail.structure.html ? 'the HTML' : 'the text'
      for (let at = 0; at < words.length; at += MAX_WORDS) {
        const piece = words.slice(at, at + MAX_WORDS)
        if (!SUSPICIOUS.test(piece)) continue
        find(piece, SYNTAX, 'placeholder', where, movedBy(place, at))
        find(piece, MISSING, 'value-missing', where, movedBy(place, at))
      }
    },
    open(tag, place) {
      if (CODE.has(tag.tagName)) quoted += 1
      for (const name of ATTRIBUTES) {
        const value = attribute(tag, name)
        if (!value) continue
        const isAddress = ADDRESSES.has(name)
        const where = `${name} of <${tag.tagName}>`
        // An image that is within the mail holds no template.
        const text = isAddress ? unescaped(value.startsWith('data:') ? '' : value.slice(0, MAX_WORDS)) : value
        if (!SUSPICIOUS.test(text)) continue
        find(text, SYNTAX, 'placeholder', where, place)
        const missing: readonly [RegExp, Level][] = isAddress
          ? [[MISSING_IN_ADDRESS, 'error'], ...MISSING.slice(4)]
          : MISSING
        find(text, missing, 'value-missing', where, place)
      }
    },
    close(tag) {
      if (CODE.has(tag.tagName)) quoted = Math.max(0, quoted - 1)
    },
  }
}

type Id = 'placeholder' | 'value-missing'

const WORDS: Record<Id, (what: string, where: string) => [title: string, explanation: string]> = {
  placeholder: (what, where) => [
    `${what} was left in ${where}`,
    'Readers see the template in place of what it stands for. Give the template this value, and look whether its name is spelled as in the code.',
  ],
  'value-missing': (what, where) => [
    `${what} stands in ${where}`,
    'It is what a program writes where a value was missing. Give the template this value, or words for the case that there is none.',
  ],
}

/** What any of the patterns needs: most words are passed over with one look. */
const SUSPICIOUS = /[{[|%]|lorem|undefined|null|NaN|Invalid Date/i

/** Brackets and blanks of a template that was escaped as an address. */
function unescaped(address: string): string {
  if (!address.includes('%')) return address
  return address.replace(/%(?:7b|7d|5b|5d|20|7c|24)/gi, code => decodeURIComponent(code))
}

/** The place so many characters further on; where a field or a tag is meant, the place itself. */
function movedBy(place: Place, by: number): Place {
  return place.type === 'character' ? { ...place, offset: place.offset + by } : place
}
