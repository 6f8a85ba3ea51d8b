/** Mailpit's checks of a message, answered by ours: nothing is fetched, and nothing leaves this machine. */
import type { Contents } from '../../../mail/content.js'
import { inSlices, type Loop } from '../../../mail/loop.js'
import type { Stored } from '../../../mail/message.js'
import { ToolError } from '../shared.js'
import type { HtmlCheck, LinkCheck, SpamCheck } from './shapes.js'

/** Why a link has no status of its own. */
const NOT_FETCHED = 'Not fetched: maildouble asks nothing of the network'
const NO_SPAM_CHECK =
  'SpamAssassin is not enabled: maildouble has no spam filter; /checks of our API says what filters look for'

/** Which clients know what the HTML uses. Mailpit's percentages: of all the results that are known. */
export async function htmlCheckOf(stored: Stored, contents: Contents, loop: Loop): Promise<HtmlCheck> {
  const { html } = await contents.message(stored)
  const node = contents.reading(stored).structure.html
  if (html === null || node === null) throw new ToolError(400, 'message does not contain HTML')
  // Loaded when it is first asked for: it knows much of clients.
  const { clientSupportOf, platforms } = await import('../../../mail/checks/client-support.js')
  const { elements, features } = await inSlices(clientSupportOf(html, node), loop)
  const warnings = features.map(({ slug, title, found, clients }): HtmlCheck['Warnings'][number] => ({
    Slug: slug,
    Title: title,
    Description: '',
    URL: `https://www.caniemail.com/features/${slug}/`,
    Category: slug.startsWith('css-') ? 'css' : 'html',
    Tags: [],
    Keywords: '',
    Results: clients.map(({ family, platform, support }) => ({
      Name: `${family} (${platform})`,
      Platform: platform,
      Family: family,
      Version: '',
      Support: support,
      NoteNumber: '',
    })),
    NotesByNumber: {},
    Score: { Found: found, ...sharesOf(clients) },
  }))
  const lacking = warnings.filter(({ Score }) => Score.Supported < 100)
  return {
    Warnings: lacking,
    Platforms: platforms(),
    Total: { Tests: features.length, Nodes: elements, ...sharesOf(features.flatMap(({ clients }) => clients)) },
  }
}

/** Percentages; of nothing, everything is supported. */
function sharesOf(results: readonly { support: 'yes' | 'partial' | 'no' }[]) {
  const share = (wanted: string) =>
    results.length === 0 ? 0 : (results.filter(({ support }) => support === wanted).length / results.length) * 100
  return {
    Supported: results.length === 0 ? 100 : share('yes'),
    Partial: share('partial'),
    Unsupported: share('no'),
  }
}

/** Checks of ours that find a link which leads nowhere. */
const BROKEN: readonly string[] = ['link-nowhere', 'link-script', 'link-broken', 'link-relative']

/** Every link once. An error is one that our checks find to lead nowhere; whether the rest answer, nobody has asked. */
export async function linkCheckOf(stored: Stored, contents: Contents): Promise<LinkCheck> {
  const { links } = await contents.message(stored)
  const hrefs = [...new Set(links.map(({ href }) => href))].filter(href => /^https?:/i.test(href))
  const broken = (await contents.checks(stored)).filter(({ id, level }) => level === 'error' && BROKEN.includes(id))
  return {
    Errors: broken.length,
    Links: [
      ...broken.map(({ title }) => ({ URL: '', StatusCode: 0, Status: title })),
      ...hrefs.map(URL => ({ URL, StatusCode: 0, Status: NOT_FETCHED })),
    ],
  }
}

/** Mailpit's shape for a check that cannot be made. */
export function spamCheck(): SpamCheck {
  return { IsSpam: false, Error: NO_SPAM_CHECK, Score: 0, Rules: null }
}
