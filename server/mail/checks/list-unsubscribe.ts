/**
 * How readers leave a list: List-Unsubscribe (RFC 2369) and its one-click form (RFC 8058), which Gmail and Yahoo ask of
 * everybody who sends in bulk.
 */
import type { Subject } from './check.js'
import { shown } from './check.js'

/** `<address>, <address>`, comments aside (RFC 2369 2). */
const ADDRESSES = /^\s*<[^<>\s]+>(?:\s*,\s*<[^<>\s]+>)*\s*$/
const ONE_CLICK = /^List-Unsubscribe=One-Click$/i

export const listUnsubscribe: Subject = (mail, report) => {
  const leave = mail.fields.find(({ key }) => key === 'list-unsubscribe')
  const post = mail.fields.find(({ key }) => key === 'list-unsubscribe-post')
  if (!leave) {
    if (post) {
      report({
        id: 'one-click',
        level: 'error',
        title: 'List-Unsubscribe-Post stands without List-Unsubscribe',
        explanation: 'It says how to use that field, so it does nothing alone (RFC 8058 3.1). Add List-Unsubscribe.',
        place: post.place,
      })
    } else if (mail.links.some(({ unsubscribe }) => unsubscribe)) {
      report({
        id: 'list-unsubscribe-missing',
        level: 'warning',
        title: 'There is a link to unsubscribe, and no List-Unsubscribe header',
        explanation:
          'Gmail and Yahoo ask it of everybody who sends in bulk, and show a button for it. Add “List-Unsubscribe: <https://…>” and “List-Unsubscribe-Post: List-Unsubscribe=One-Click”.',
      })
    }
    return {}
  }

  const value = leave.value.replace(/\([^()]*\)/g, '')
  const addresses = [...value.matchAll(/<([^<>\s]*)>/g)].map(([, address = '']) => address)
  const wrong = addresses.find(address => !/^(?:https?:|mailto:.)/i.test(address) || !URL.canParse(address))
  if (!ADDRESSES.test(value) || wrong !== undefined) {
    report({
      id: 'list-unsubscribe-malformed',
      level: 'error',
      title: `List-Unsubscribe cannot be used: ${shown(wrong ?? leave.value)}`,
      explanation:
        'Clients then show no button. Write addresses in angle brackets with commas between: “<https://example.com/leave?u=1>, <mailto:leave@example.com>” (RFC 2369).',
      place: leave.place,
    })
    return {}
  }
  const hasHttps = addresses.some(address => /^https:/i.test(address))
  if (post && !ONE_CLICK.test(post.value)) {
    report({
      id: 'one-click',
      level: 'error',
      title: `List-Unsubscribe-Post says ${shown(post.value)}`,
      explanation: 'It has to be “List-Unsubscribe=One-Click”, word for word (RFC 8058 3.1).',
      place: post.place,
    })
  } else if (post && !hasHttps) {
    report({
      id: 'one-click',
      level: 'error',
      title: 'List-Unsubscribe-Post stands without an https: address to post to',
      explanation:
        'One click is a POST to the https: address in List-Unsubscribe (RFC 8058 3.1). Add one that unsubscribes without a question.',
      place: leave.place,
    })
  } else if (!post) {
    report({
      id: 'one-click',
      level: 'warning',
      title: 'One click does not unsubscribe',
      explanation:
        'Gmail and Yahoo ask it of everybody who sends in bulk. Add “List-Unsubscribe-Post: List-Unsubscribe=One-Click”, and answer a POST to the https: address by unsubscribing (RFC 8058).',
      place: leave.place,
    })
  }
  return {}
}
