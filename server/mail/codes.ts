/**
 * The one-time codes of a mail: found by the words that announce them, in several languages, and ranked.
 *
 * Mail is full of numbers. One counts only near words such as "verification code", and is judged by how it stands to
 * them; prices, dates, years, phone and order numbers never count. Only linear regular expressions run here, over
 * bounded input.
 */
import { anyOf } from './patterns.js'

/** A code, and how likely it is one: higher is likelier. Equal scores mean that nobody can say. */
export interface Code {
  /** Without gaps: `739204`, `AB12CD`. */
  code: string
  score: number
}

/** Characters that are searched: codes stand near the top. */
const MAX_TEXT = 64 * 1024
/** Numbers that are weighed. */
const MAX_CANDIDATES = 500
/** Characters before and after a candidate in which announcing words count. */
const REACH_BEFORE = 160
const REACH_AFTER = 60
/** What a candidate needs to be given at all. */
const LEAST_SCORE = 40

/** Words that announce a code and hardly anything else; like all words here, in lower case. */
const STRONG = anyOf(
  'gu',
  String.raw`one[- ]?time|\botp\b|\b2fa\b|passcode`,
  '(?:verification|verify|security|login|log-in|sign-?in|confirmation|access|authentication) (?:code|pin|password)',
  '(?:authori[sz]ation|activation|reset|temporary|pairing) (?:code|pin|password)',
  // German
  '(?:best[äa]tigungs|sicherheits|verifizierungs|einmal)-?(?:code|kennwort|passwort|pin)',
  String.raw`(?:anmelde|zugangs|aktivierungs|freischalt|login)-?(?:code|kennwort|passwort|pin)|\btan\b`,
  // French
  "code (?:de |d['’])(?:v[ée]rification|s[ée]curit[ée]|confirmation|connexion|acc[èe]s|validation)",
  "code (?:de |d['’])(?:authentification|activation)|code à usage unique",
  // Spanish, Portuguese
  'c[óo]digo (?:de |para )(?:verifica|seguridad|seguran|confirma|acceso|acesso|inicio|activa|ativa|un solo)',
  // Italian, Romanian
  '(?:codice|pin) (?:di |per )(?:verifica|sicurezza|conferma|accesso|attivazione)|codice monouso',
  'cod(?:ul)? de verificare',
  // Dutch
  'verificatiecode|beveiligingscode|inlogcode|bevestigingscode|toegangscode',
  // Scandinavian, Finnish
  'engangs|engångs|verifi(?:erings|kations|serings)-?kode?|bekr[äæ]ftelses?-?kode?|bekreftelseskode',
  'vahvistuskoodi|kertakäyttö',
  // Polish, Czech, Slovak, Turkish
  'kod (?:weryfikacyjny|bezpieczeństwa|jednorazowy|dostępu|potwierdz)|(?:ověřovací|overovací) k[óo]d',
  '(?:doğrulama|onay|güvenlik) kodu',
  // Russian, Ukrainian, Greek
  'код (?:подтверждения|безопасности|доступа|для|підтвердження)|одноразов',
  'κωδικ(?:ός|ο) (?:επαλ|επιβ|ασφ|μιας)',
  // Vietnamese, Indonesian
  'mã xác|kode (?:verifikasi|otp)',
  // Chinese, Japanese, Korean
  '验证码|校验码|驗證碼|动态码|動態碼|認証コード|確認コード|ワンタイム|認証番号',
  '인증 ?(?:번호|코드)|확인 ?코드',
  // Arabic, Hebrew, Thai
  'رمز التحقق|קוד (?:אימות|חד)|รหัส ?(?:ยืนยัน|otp)',
)

/** Words that announce a code among other things. */
const WEAK = anyOf(
  'gu',
  String.raw`\b(?:code|codes|pin|token|kode|koden|kod|koden|kodu|koodi|koodisi|codice|codigo|cod|codul)\b`,
  String.raw`(?:^|[^\p{L}])(?:kód|código|код|κωδικός|קוד)(?:$|[^\p{L}])`,
  'コード|代码|代碼|코드|رمز|รหัส',
)

/** Things called codes that nobody types in to prove who they are. */
const OTHER_CODES = anyOf(
  'gu',
  String.raw`(?:promo(?:tion(?:al)?)?|discount|coupon|voucher|gift|referral|invite|offer)[- ]?codes?\b`,
  String.raw`(?:postal|post|zip|country|area|dial(?:l?ing)?|error|status|response|source|bar|qr)[- ]?codes?\b`,
  String.raw`(?:product|sku|item|reference|booking|reservation|order|customer|tax|vat|store|swift|bank|sort|dress|colou?r|tracking)[- ]?codes?\b`,
  String.raw`(?:gutschein|rabatt|aktions|fehler|empfehlungs|kortings|rabat)-?(?:code|kode|kod)s?\b`,
  "code (?:promo|postal|de r[ée]duction|d['’]erreur|source|of conduct|cadeau|barres|parrain)",
  'c[óo]digo (?:postal|promocional|de descuento|de desconto|de barras|de error|fuente)',
  'codice (?:sconto|promozionale|postale|fiscale|cliente)',
)

/** Words right before a number that say what else it is. */
const OTHER_NUMBER = new RegExp(
  `(?:^|[^\\p{L}])(?:${[
    'order|invoice|receipt|booking|reservation|reference|ref|ticket|case|customer|member|account|client|policy|contract',
    'tracking|shipment|transaction|serial|model|flight|room|gate|suite|box|phone|tel|telefon|téléphone|mobile|fax',
    'call(?: us)?(?: at| on)?|version|build|port|page|copyright|since|iban|bic|vat|ust|amount|total|sum|price|balance',
    'bestell(?:ung)?|auftrags?|rechnungs?|kunden|konto|vorgangs?|vertrags?|commande|facture|dossier',
    'pedido|factura|cliente|ordine|fattura|prenotazione|bestelling|factuur|ending(?: in)?|endend(?: auf)?|zip|plz|id',
  ].join('|')})(?:[ -]?(?:number|no|num|nr|nummer|id|code|n°|numéro|número|numero))?[ .:#№°()–-]{0,4}$|[#№§©]\\s?$`,
  'u',
)
/** What a code is good for when it is a voucher. */
const SHOPPING = /\b(?:off|discount|checkout|coupon|voucher|free shipping|rabatt|remise|descuento|sconto|korting)\b|%/
const CURRENCY_BEFORE = /(?:[€$£¥₹₽₩]|\b(?:eur|usd|gbp|chf|jpy|cad|aud|sek|nok|dkk|pln|rs)\.?)\s?$/i
const CURRENCY_AFTER =
  /^\s?(?:[€$£¥₹₽₩%]|(?:eur|usd|gbp|chf|jpy|cad|aud|sek|nok|dkk|pln|euros?|dollars?|kr|zł|km|kg|mb|gb|px|people|users|points|items|customers|guests|orders)\b)/i
/** Between announcing words and a code that follows them: "is:", "ist", or nothing. */
const JOINED =
  /^[^\p{L}\p{N}\n]{0,6}(?:(?:is|are|lautet|ist|est|es|è|é|er|är|on|to|jest|je|это|是|为|為|は)[^\p{L}\p{N}\n]{0,4})?(?:\n[^\p{L}\p{N}]{0,8})?$/iu

/**
 * Digits, maybe in groups; capitals and digits, maybe in groups; letters with a digit among them. No part of a word, a
 * number or an address, but right after a letter of a script without spaces.
 */
const CANDIDATE =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_@/\\=&%+]|\d[,:]|[\p{L}\p{N}][.-])(?:\d+(?:[ \u00a0\u2009\u2013-]\d+)*|[A-Z0-9]+(?:-[A-Z0-9]+)*|(?=[a-zA-Z]{0,9}\d)[a-zA-Z0-9]{4,10})(?![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_@/\\=]|[.,:]\d|-\p{L})/gu
/** What a text needs to have for a candidate to be in it: most texts are done with here. */
const SOME_CANDIDATE = /\d{4}|\d[ \n\u00a0\u2009\u2013-]\d|[A-Z0-9]{4}|[a-zA-Z]\d|\d[a-zA-Z]/
const ADDRESSES = /(?:https?:\/\/|www\.)\S+/g
/** Digits that stand one by one, as in a row of boxes. */
const BOXED_DIGITS = /(?<![^\n])\d(?:[ \n]{1,2}\d){3,9}(?![^\n])/g

/** The codes in a subject and a text, the likeliest first, each once. */
export function codesOf(subject: string, text: string): Code[] {
  const best = new Map<string, number>()
  for (const [source, bonus] of [
    [subject.slice(0, 1000), 3],
    [text.slice(0, MAX_TEXT), 0],
  ] as const) {
    for (const { code, score } of codesIn(source)) {
      best.set(code, Math.max(best.get(code) ?? 0, score + bonus))
    }
  }
  return [...best].map(([code, score]) => ({ code, score })).sort((a, b) => b.score - a.score)
}

/** The one code that stands out; null where there is none, or several that rank equal. */
export function standingOut([first, second]: readonly Code[]): string | null {
  return first && first.score !== second?.score ? first.code : null
}

function* codesIn(source: string): Generator<Code, void, undefined> {
  if (!SOME_CANDIDATE.test(source)) return
  const text = source.replace(/\r\n?/g, '\n').replace(BOXED_DIGITS, digits => digits.replace(/[ \n]/g, ''))
  let weighed = 0
  for (const { written, start } of candidatesIn(text)) {
    const code = asCode(written)
    if (code === undefined) continue
    if (++weighed > MAX_CANDIDATES) return
    const end = start + written.length
    const before = text.slice(Math.max(0, start - REACH_BEFORE), start)
    const score = weigh(code, written, announcing(before), announcing(text.slice(end, end + REACH_AFTER)))
    if (score >= LEAST_SCORE) yield { code, score }
  }
}

/** Line by line, since most lines have nothing to look at. */
function* candidatesIn(text: string): Generator<{ written: string; start: number }, void, undefined> {
  let lineStart = 0
  for (const line of text.split('\n')) {
    if (SOME_CANDIDATE.test(line)) {
      for (const match of line.matchAll(CANDIDATE)) yield { written: match[0], start: lineStart + match.index }
    }
    lineStart += line.length + 1
  }
}

/** The words around a candidate, in lower case, without what only seems to announce a code. */
function announcing(words: string): string {
  const mask = (found: string) => '·'.repeat(found.length)
  return words.toLowerCase().replace(ADDRESSES, mask).replace(OTHER_CODES, mask)
}

/** A candidate without its gaps, or undefined where codes are not written like this. */
function asCode(written: string): string | undefined {
  const prefixed = /^[A-Z]{1,3}-(\d{4,8})$/.exec(written) // "G-739204": the letters name the sender
  if (prefixed) return prefixed[1]
  const groups = written.split(/[^a-zA-Z0-9]/)
  const code = groups.join('')
  if (code.length < 4 || code.length > 10) return undefined
  if (groups.length === 1) return code
  const size = (groups[0] as string).length
  if (size < 2 || !groups.every(group => group.length === size)) return undefined
  // Three pairs are a date as often as a code.
  return size === 2 && groups.length === 3 && written.includes('-') ? undefined : code
}

function weigh(code: string, written: string, before: string, after: string): number {
  const isNumber = /^\d+$/.test(code)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  if (OTHER_NUMBER.test(line) || CURRENCY_BEFORE.test(line) || CURRENCY_AFTER.test(after)) return 0

  const alone = line.trim() === '' && /^[ \t]*[.!]?[ \t]*(?:\n|$)/.test(after)
  const { score: announced, joined, strong } = announcement(before, after)
  if (announced === 0) return 0
  if (!strong && (SHOPPING.test(line) || SHOPPING.test(after))) return 0
  // Words in capitals, and names such as "h264", are codes only where nothing else can be meant.
  if (!isNumber && !joined && (!/\d/.test(code) || /[a-z]/.test(code))) return 0
  if (!/\d/.test(code) && !alone && code.length < 5) return 0

  let score = announced
  if (alone) score += 25
  if (isNumber) score += code.length === 6 ? 8 : code.length <= 8 ? 4 : 0
  if (isNumber && /^(?:19|20)\d\d$/.test(written)) score -= 30 // a year
  return score
}

/** How well the words around a candidate announce it, whether right before it, and whether beyond doubt. */
function announcement(before: string, after: string): { score: number; joined: boolean; strong: boolean } {
  let score = 0
  let joined = false
  let strong = false
  for (const [words, worth] of [
    [STRONG, 60],
    [WEAK, 45],
  ] as const) {
    const last = [...before.matchAll(words)].at(-1)
    if (last) {
      const gap = before.slice(last.index + last[0].length)
      const isJoined = JOINED.test(gap)
      const far =
        (gap.match(/[.!?。]\s|\n/g)?.length ?? 0) * 6 + Math.floor(gap.length / 8) + (/\d{4}/.test(gap) ? 20 : 0)
      score = Math.max(score, isJoined ? worth + 15 : worth - far)
      joined ||= isJoined
      strong ||= words === STRONG
    }
    const next = after.matchAll(words).next().value
    if (next) {
      strong ||= words === STRONG
      const gap = after.slice(0, next.index)
      const rest = after.slice(next.index + next[0].length)
      if (!/[.!?。\n]|\d/.test(gap)) {
        const taken = /^\W{0,4}(?:(?:is|ist|est|es)\b)?\W{0,4}[A-Z0-9]*\d/.test(rest)
        score = Math.max(score, worth + 5 - Math.floor(gap.length / 4) - (taken ? 30 : 0))
      }
    }
  }
  return { score, joined, strong }
}
