/**
 * Names of mailboxes (RFC 3501 5.1), decoded: levels parted by `/`, INBOX in any case, the patterns of LIST, and what a
 * name says a mailbox is for (RFC 6154). Everybody's own names, and nothing shared or of other users (RFC 2342).
 */

export const DELIMITER = '/'
export const INBOX = 'INBOX'

/** Longest name: as long as most servers' file systems let one be. */
const MAX_NAME_LETTERS = 255

/** What a mailbox is for, by its name in lower case: as mail programs name those that they make. */
const SPECIAL_USES: Readonly<Record<string, string>> = {
  archive: '\\Archive',
  archives: '\\Archive',
  drafts: '\\Drafts',
  junk: '\\Junk',
  'junk e-mail': '\\Junk',
  spam: '\\Junk',
  sent: '\\Sent',
  'sent items': '\\Sent',
  'sent messages': '\\Sent',
  'sent mail': '\\Sent',
  trash: '\\Trash',
  'deleted items': '\\Trash',
  'deleted messages': '\\Trash',
}

/** A name as it is kept: INBOX in capitals, also above others. */
export function canonical(name: string): string {
  const [top = '', ...rest] = name.split(DELIMITER)
  return top.toUpperCase() === INBOX ? [INBOX, ...rest].join(DELIMITER) : name
}

/** Why a mailbox cannot have that name, with its response code; null where it can. */
export function faultOf(name: string): { code: string; text: string } | null {
  const cannot = (text: string) => ({ code: 'CANNOT', text })
  if (name === '') return cannot('A mailbox needs a name')
  if (name.length > MAX_NAME_LETTERS)
    return { code: 'LIMIT', text: `A mailbox's name has at most ${MAX_NAME_LETTERS} characters` }
  if (name.split(DELIMITER).includes(''))
    return cannot(`Each level of a name, between "${DELIMITER}", needs a character`)
  if (/[\p{Cc}*%]/u.test(name)) return cannot('A name has neither control characters nor the wildcards * and %')
  return null
}

/** The names above a name, the highest first: of `a/b/c`, `a` and `a/b`. */
export function superiorsOf(name: string): string[] {
  const levels = name.split(DELIMITER)
  return levels.slice(1).map((_level, n) => levels.slice(0, n + 1).join(DELIMITER))
}

/** Whether a name is below another. */
export function isBelow(name: string, superior: string): boolean {
  return name.startsWith(superior + DELIMITER)
}

/** What a name says that a mailbox is for; undefined where it does not. */
export function specialUseOf(name: string): string | undefined {
  return SPECIAL_USES[name.toLowerCase()]
}

/**
 * Whether a name matches a pattern, in which `*` stands for anything and `%` for anything of one level. Every place of
 * the pattern is looked at for every letter, and no more: a pattern of many wildcards takes no longer.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  // A longer one has more letters that have to be there, or wildcards that say nothing new.
  const wanted = canonical(pattern.replace(/[*%]+/g, wildcards => (wildcards.includes('*') ? '*' : '%')))
  if (wanted.length > 2 * MAX_NAME_LETTERS + 1) return false
  // Which places of the pattern can be reached by what was read of the name.
  let reached = new Set(skipWildcards(wanted, 0))
  for (const letter of name) {
    const next = new Set<number>()
    for (const place of reached) {
      const token = wanted.slice(place, place + letter.length)
      const stays = token[0] === '*' || (token[0] === '%' && letter !== DELIMITER)
      if (stays) next.add(place)
      else if (token === letter) for (const further of skipWildcards(wanted, place + letter.length)) next.add(further)
      if (stays) for (const further of skipWildcards(wanted, place + 1)) next.add(further)
    }
    reached = next
    if (reached.size === 0) return false
  }
  return reached.has(wanted.length)
}

/** A place, and those that are reached by letting wildcards stand for nothing. */
function* skipWildcards(pattern: string, from: number): Generator<number> {
  let place = from
  yield place
  while (pattern[place] === '*' || pattern[place] === '%') {
    place += 1
    yield place
  }
}
