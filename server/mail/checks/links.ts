/** The links of a mail: whether each leads somewhere, and what a reader can know of it before a click. */
import { attribute, MAX_LINKS } from '../html.js'
import { linksOfText } from '../links.js'
import type { CheckId, Place, Report, Subject } from './check.js'
import { plural, shown } from './check.js'

/** Hosts that are named in the list of links. */
const SHOWN_HOSTS = 8
/** Characters of a link's words that are compared. */
const MAX_WORDS = 200

interface Open {
  href: string
  place: Place
  words: string
}

export const links: Subject = (mail, report) => {
  /** How often each address is linked to, and its words. */
  const counts = new Map<string, number>()
  const targets = new Map<string, Set<string>>()
  const names = new Set<string>()
  const fragments: [name: string, place: Place][] = []
  const insecure: [href: string, place: Place][] = []
  /** The addresses that lead somewhere, and whether others can read on the way there: few addresses, many links. */
  const known = new Map<string, 'open' | 'closed' | 'local'>()
  let hasSecure = false
  let total = 0
  let open: Open | undefined

  const count = (href: string, place: Place) => {
    total += 1
    if (counts.size < MAX_LINKS || counts.has(href)) counts.set(href, (counts.get(href) ?? 0) + 1)
    const way = known.get(href) ?? wayOf(href)
    if (known.size < MAX_LINKS) known.set(href, way)
    if (way === 'closed') hasSecure = true
    else if (way === 'open' && insecure.length < MAX_LINKS) insecure.push([href, place])
  }
  const end = () => {
    if (!open) return
    const { href, place } = open
    const words = open.words.replace(/\s+/g, ' ').trim()
    open = undefined
    if (words === '') {
      report({
        id: 'link-without-words',
        level: 'warning',
        title: `A link has no words: ${shown(href)}`,
        explanation:
          'Nobody who cannot see can tell where it leads, and where images are blocked nobody can click it. Give it words, or its image an alt text.',
        place,
      })
      return
    }
    checkWords(href, words.slice(0, MAX_WORDS), place, report)
    const key = words.slice(0, MAX_WORDS).toLowerCase()
    const hrefs = targets.get(key) ?? new Set()
    if (targets.size < MAX_LINKS || hrefs.size > 0) targets.set(key, hrefs.size < MAX_LINKS ? hrefs.add(href) : hrefs)
  }

  return {
    words(words, place) {
      // In HTML a link is a tag.
      if (place.type === 'character' && place.node === mail.structure.html) return
      for (const href of linksOfText(words)) {
        if (mail.structure.html === null && /^https?:/i.test(href)) checkAddress(href, place, report)
        if (mail.structure.html === null) count(href, place)
      }
    },
    open(tag, place) {
      for (const name of [attribute(tag, 'id'), attribute(tag, 'name')])
        if (name && names.size < MAX_LINKS) names.add(name)
      if (tag.tagName === 'img' && open) open.words += ` ${attribute(tag, 'alt') ?? ''}`
      if (tag.tagName !== 'a' && tag.tagName !== 'area') return
      end()
      const href = attribute(tag, 'href')?.trim()
      if (href === undefined) return
      if (/^#./.test(href)) {
        if (fragments.length < MAX_LINKS) fragments.push([href.slice(1), place])
        return
      }
      if (!known.has(href) && !checkAddress(href, place, report)) return
      count(href, place)
      const label = attribute(tag, 'title') ?? attribute(tag, 'aria-label') ?? ''
      open = { href, place, words: tag.tagName === 'area' ? `${label}${attribute(tag, 'alt') ?? ''}` : label }
      if (label) open.words = `${label} `
      if (tag.tagName === 'area') end()
    },
    characters(characters) {
      if (open && open.words.length < MAX_WORDS) open.words += characters
    },
    close(tag) {
      if (tag.tagName === 'a') end()
    },
    end() {
      end()
      for (const [name, place] of fragments) {
        if (names.has(name) || names.has(decoded(name))) continue
        report({
          id: 'link-nowhere',
          level: 'error',
          title: `Nothing in the mail is named ${shown(name)}`,
          explanation:
            'The link leads to a place within the mail that is not there. Give the place that id, or write the whole address.',
          place,
        })
      }
      for (const [href, place] of hasSecure ? insecure : []) {
        report({
          id: 'link-insecure',
          level: 'warning',
          title: `http: among https: links: ${shown(href)}`,
          explanation: 'What is sent there can be read and changed on the way, and clients warn of it. Link to https:.',
          place,
        })
      }
      for (const [words, hrefs] of targets) {
        if (hrefs.size < 2) continue
        report({
          id: 'link-words',
          level: 'info',
          title: `${shown(words)} leads to ${plural(hrefs.size, 'address', 'addresses')}`,
          explanation:
            'Screen readers list links by their words, and a test that follows one by them takes the first. Say in the words where each leads.',
        })
      }
      if (total > 0) report(listOf(counts, total))
    },
  }
}

/** How many there are and where they lead. */
function listOf(counts: ReadonlyMap<string, number>, total: number) {
  const hosts = new Map<string, number>()
  for (const [href, count] of counts) {
    const host = URL.canParse(href) ? new URL(href).host || new URL(href).protocol : href
    hosts.set(host, (hosts.get(host) ?? 0) + count)
  }
  const named = [...hosts].sort(([, a], [, b]) => b - a).map(([host, count]) => `${host} (${count})`)
  const rest = named.length > SHOWN_HOSTS ? ` and ${plural(named.length - SHOWN_HOSTS, 'more host')}` : ''
  const again = [...counts.values()].filter(count => count > 1).length
  return {
    id: 'links',
    level: 'info',
    title: plural(total, 'link'),
    explanation: `To ${named.slice(0, SHOWN_HOSTS).join(', ')}${rest}.${again > 0 ? ` ${plural(again, 'address', 'addresses')} ${again === 1 ? 'is' : 'are'} linked more than once.` : ''}`,
  } as const
}

/** Whether an address leads somewhere; reports where it does not. */
function checkAddress(href: string, place: Place, report: Report): boolean {
  const fault = (id: CheckId, title: string, explanation: string) => {
    report({ id, level: 'error', title, explanation, place })
    return false
  }
  if (href === '' || href === '#') {
    return fault(
      'link-nowhere',
      href === '' ? 'A link has no address' : 'A link leads to “#”, which is nowhere',
      'A click does nothing. Was the address forgotten, or the variable empty that holds it?',
    )
  }
  if (/^(?:javascript|vbscript|data|file|blob|about):/i.test(href)) {
    return fault(
      'link-script',
      `A link that no client opens: ${shown(href)}`,
      'Mail clients remove links that run or hold something, and filters count them as an attack. Link to a web page.',
    )
  }
  // What was left of a template is reported as such.
  if (/[{}]|%7b|\*\||<%/i.test(href)) return false
  if (/^(?:https?|mailto|tel|sms|ftp):/i.test(href)) {
    const problem = brokenBy(href)
    if (problem === undefined) return true
    return fault(
      'link-broken',
      `${problem}: ${shown(href)}`,
      'A click leads to an error. Build the address with a URL library.',
    )
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) && !/^[\w.-]+:\d/.test(href)) return true
  return fault(
    'link-relative',
    `A link without a host: ${shown(href)}`,
    'A mail has no page that it could be relative to, so a click leads nowhere. Write the whole address: https://example.com/…',
  )
}

/** What is wrong with an address that has a scheme; undefined for nothing. */
function brokenBy(href: string): string | undefined {
  if (/[\s<>"]/.test(href.replace(/[\n\r\t]/g, ''))) return 'An address with a blank or a bracket in it'
  if (!URL.canParse(href)) return 'An address that cannot be read'
  const { protocol, hostname, pathname, search } = new URL(href)
  if (protocol === 'mailto:') return pathname === '' && search === '' ? 'mailto: without an address' : undefined
  if (protocol === 'tel:' || protocol === 'sms:') return pathname === '' ? 'No number' : undefined
  if (/^https?$|\.\.|^\.|^-/.test(hostname) || !/^https?:\/\/(?!\/)/i.test(href.replace(/^ftp/i, 'http')))
    return 'An address whose host is wrong'
  return undefined
}

/** Words that are themselves an address: they must not name another host than the link. */
function checkWords(href: string, words: string, place: Place, report: Report): void {
  const said = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?:[/?#:]\S*)?$/iu.exec(words)?.[1]
  if (said === undefined || !/^https?:/i.test(href)) return
  const meant = hostOf(`https://${said}`)
  const real = hostOf(href)
  if (meant === undefined || real === undefined || isWithin(meant, real) || isWithin(real, meant)) return
  // "report.pdf" is a file's name, not a host's.
  if (!/^https?:/i.test(words) && !/^www\./i.test(said) && FILE.test(said)) return
  report({
    id: 'link-deceives',
    level: 'warning',
    title: `The words say ${said}, the link leads to ${real}`,
    explanation:
      'Filters take that for phishing, and so do readers. Let the words be what the link is for, or count clicks under your own domain.',
    place,
  })
}

const FILE = /\.(?:pdf|docx?|xlsx?|pptx?|zip|png|jpe?g|gif|txt|csv|ics|html?|js|ts|md|json|net)$/i

const hostOf = (href: string) => (URL.canParse(href) ? new URL(href).hostname.replace(/^www\./, '') : undefined)
const isWithin = (inner: string, outer: string) =>
  inner === outer || inner.endsWith(`.${outer}`) || registrable(inner) === registrable(outer)

/** The domain that belongs to somebody, by rule of thumb: the last two labels. */
const registrable = (host: string) => host.split('.').slice(-2).join('.')

/** Whether others can read what is sent to an address, or whether that is nobody's concern. */
function wayOf(href: string): 'open' | 'closed' | 'local' {
  const url = URL.canParse(href) ? new URL(href) : undefined
  if (url?.protocol === 'https:') return 'closed'
  return url?.protocol === 'http:' && !isLocal(url.hostname) ? 'open' : 'local'
}

/** Names and addresses of the machine and the network where an app is made. */
function isLocal(host: string): boolean {
  return (
    !host.includes('.') ||
    /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\./.test(host) ||
    /\.(?:localhost|local|test|internal|lan|home\.arpa|example|invalid)$/.test(host)
  )
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
