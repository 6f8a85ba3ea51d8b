/**
 * The links of a mail: those of the HTML with their words, then those that only the text has.
 *
 * A test follows a link by its words, so words are what a reader sees. Only linear regular expressions run here, over
 * bounded input: mail is written by strangers.
 */
import { linksOfHtml, MAX_LINKS } from './html.js'
import type { Link } from './message.js'
import { anyOf } from './patterns.js'

/** Characters of the text that are searched. */
const MAX_TEXT = 1024 * 1024

/** The links of a message, in order, each once for each of its words. */
export function linksOf(text: string | null, html: string | null): Link[] {
  const links: Link[] = []
  const seen = new Set<string>()
  for (const { href, text: words } of html === null ? [] : linksOfHtml(html)) {
    if (NOT_LINKS.test(href) || seen.has(`${href}\n${words}`)) continue
    seen.add(href).add(`${href}\n${words}`)
    links.push({ href, text: words, unsubscribe: isUnsubscribe(href, words) })
  }
  for (const href of text === null ? [] : linksOfText(text)) {
    if (links.length >= MAX_LINKS || seen.has(href)) continue
    seen.add(href)
    links.push({ href, text: href, unsubscribe: isUnsubscribe(href, '') })
  }
  return links
}

/** What stands in an href and leads nowhere. */
const NOT_LINKS = /^(?:javascript|vbscript|data|cid|about):/i

/** Scripts that do not part words: there an address begins and ends without a blank. */
const UNPARTED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}`

/** A scheme with `//`, `mailto:`, or `www.`; up to white space, or what cannot be in an address. */
const ADDRESS = new RegExp(
  String.raw`(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}])` +
    String.raw`(?:[a-z][a-z0-9+.-]{1,30}:\/\/|mailto:|www\.(?=[\p{L}\p{N}]))` +
    // Quotes and brackets of typography, of Chinese and Japanese, and full-width forms end it, too.
    String.raw`(?:(?![${UNPARTED}])[^\s<>"\\^\x60{|}\u060c\u061b\u061f\u2018-\u201f\u3000-\u303f\uff00-\uffef]` +
    // "https://x.test/a完成": the sentence goes on. "https://x.test/完成" is an address.
    `|(?<![a-zA-Z0-9=&])[${UNPARTED}])+`,
  'giu',
)

/** The addresses that stand in plain text, as written, in order. */
export function* linksOfText(text: string): Generator<string, void, undefined> {
  for (const [address] of text.slice(0, MAX_TEXT).matchAll(ADDRESS)) {
    const href = withoutTrail(address)
    if (/[\p{L}\p{N}]$|\/$|[=_#&?%~+)\]-]$/u.test(href) && !/(?::\/\/|mailto:)$/i.test(href)) yield href
  }
}

const CLOSERS = new Map([
  [')', '('],
  [']', '['],
])

/** Without the punctuation of the sentence around it: a closing bracket stays where it was opened inside. */
function withoutTrail(address: string): string {
  const unopened = new Map<string, number>()
  for (const character of address) {
    for (const [closer, opener] of CLOSERS) {
      if (character === closer) unopened.set(closer, (unopened.get(closer) ?? 0) + 1)
      else if (character === opener) unopened.set(closer, (unopened.get(closer) ?? 0) - 1)
    }
  }
  let end = address.length
  for (; end > 0; end--) {
    const last = address[end - 1] as string
    const extra = unopened.get(last) ?? 0
    if (extra > 0) unopened.set(last, extra - 1)
    else if (!".,;:!?'*…".includes(last)) break
  }
  return address.slice(0, end)
}

/** In an address, where words stand without their accents, and those of few languages. */
const UNSUBSCRIBE_HREF = new RegExp(
  'unsub|opt-?_?out|abmeld|abbestell|desabonn|desinscri|desuscri|descadastr|disiscri|afmeld|uitschrij[fv]|avregistr|' +
    'avprenumer|wypis|odhlas|leiratkoz|dezabon|otpis',
  'i',
)
const UNSUBSCRIBE_WORDS = anyOf(
  'iu',
  'unsubscri|opt[ -]?out|stop receiving|no longer (?:want|wish) to receive',
  'abmeld|abbestell|austragen|keine (?:e-?mails|newsletter|nachrichten) mehr',
  'd[ée]sabonn|d[ée]sinscri|ne plus recevoir',
  'desuscri|darse? de baja|dejar de recibir|(?:cancelar|anular) (?:la |a |mi |minha )?(?:suscripci|subscri|inscri|assinatura)',
  'descadastr|deixar de receber|remover (?:meu )?(?:e-?mail|cadastro)',
  "(?:cancella(?:ti|re|zione)?|annulla) (?:l['’])?iscrizione|disiscri|non ricevere più",
  'afmeld|uitschrij[fv]|geen (?:e-?mails|nieuwsbrie[fv]en) meer',
  'avregistr|avprenumerer|avsluta prenumeration|avmeld|meld deg av|frameld|peru(?:uta)? (?:uutiskirje\\p{L}* )?tilau',
  'odhl[áa]s|zruši[tť] odb[eě]r|wypisz|zrezygn|rezygn|anuluj subskryp|leiratkoz|dezabon',
  'abonelikten|aboneli(?:k|ği) iptal|listeden çık|διαγραφή|απεγγραφ|κατάργηση εγγραφής',
  'отпис|отпиш|отказаться от (?:рассылки|получения)|відпис|скасувати підписку',
  '配信を?停止|購読を?(?:解除|停止|中止)|登録解除|退订|取消订阅|退訂|取消訂閱|수신 ?(?:거부|해지)|구독 ?(?:취소|해지)',
  'إلغاء الاشتراك|إلغاء اشتراك|لغو اشتراک|ביטול (?:ה?מינוי|ה?רישום|הרשמה)|להסרה|הסר(?:ה|ת)? מרשימת',
  'सदस्यता (?:समाप्त|रद्द)|अनसब्सक्राइब|hủy đăng ký|ngừng nhận|berhenti berlangganan|ยกเลิก(?:การ)?(?:รับ|สมัคร|ติดตาม)',
)

function isUnsubscribe(href: string, words: string): boolean {
  return UNSUBSCRIBE_WORDS.test(words.normalize('NFC')) || UNSUBSCRIBE_HREF.test(href)
}
