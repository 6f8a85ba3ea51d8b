/**
 * The API of Mailpit (`/api/v1`), for clients that were written for it. A folder and no file, since it is as large as
 * all others together: one file for each of its resources.
 */
import type { Adapter } from '../adapter.js'
import { tellErrorsAsText } from '../shared.js'
import { systemRoutes } from './system.js'

export const mailpit: Adapter = (app, parts) => {
  tellErrorsAsText(app, parts.report)
  systemRoutes(app, parts)
}
