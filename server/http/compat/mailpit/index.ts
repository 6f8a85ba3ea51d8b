/**
 * The API of Mailpit (`/api/v1`, `/api/events`, `/view`), for clients that were written for it. A folder and no file,
 * since it is as large as all others together: one file for each of its resources.
 */
import { TagIndex } from '../../../mail/tag-index.js'
import type { Adapter } from '../adapter.js'
import { takeBodiesAsText, takeParametersLeniently } from '../lenient.js'
import { tellErrorsAsText } from '../shared.js'
import { chaosRoutes } from './chaos.js'
import { eventRoutes } from './events.js'
import { oneMessageRoutes } from './message.js'
import { messageRoutes } from './messages.js'
import type { MailpitParts } from './parts.js'
import { sendRoutes } from './send.js'
import { systemRoutes } from './system.js'
import { tagRoutes } from './tags.js'

export const mailpit: Adapter = (app, routeParts) => {
  const parts: MailpitParts = {
    ...routeParts,
    tagIndex: new TagIndex(routeParts),
    // A version as theirs are written (some clients compare it), and whose it is.
    shownVersion: `v${routeParts.version}+maildouble`,
  }
  tellErrorsAsText(app, parts.report)
  takeBodiesAsText(app)
  takeParametersLeniently(app)
  messageRoutes(app, parts)
  oneMessageRoutes(app, parts)
  sendRoutes(app, parts)
  tagRoutes(app, parts)
  chaosRoutes(app, parts)
  eventRoutes(app, parts)
  systemRoutes(app, parts)
}
