/** Every target, by name. A new parser is a file in targets/, a folder in corpus/, and a line here. */
import type { Target } from './target.js'
import { fetch } from './targets/fetch.js'
import { headers } from './targets/headers.js'
import { html } from './targets/html.js'
import { http } from './targets/http.js'
import { imap } from './targets/imap.js'
import { mbox } from './targets/mbox.js'
import { mime } from './targets/mime.js'
import { pop3 } from './targets/pop3.js'
import { query } from './targets/query.js'
import { rules } from './targets/rules.js'
import { search } from './targets/search.js'
import { smtp } from './targets/smtp.js'

export const TARGETS: readonly Target[] = [
  smtp,
  pop3,
  imap,
  headers,
  mime,
  html,
  query,
  http,
  rules,
  mbox,
  fetch,
  search,
]

/** The target of a name. Throws where there is none. */
export function targetNamed(name: string): Target {
  const target = TARGETS.find(candidate => candidate.name === name)
  if (!target)
    throw new Error(`There is no target ${name}. The targets are ${TARGETS.map(({ name }) => name).join(', ')}.`)
  return target
}
