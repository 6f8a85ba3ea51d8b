/** Mailpit's tags: listed, set, renamed and taken away. */
import { Type } from 'typebox'
import { queryMatcher } from '../../../mail/match.js'
import type { Stored } from '../../../mail/message.js'
import { cleanTag, cleanTags } from '../../../mail/tags.js'
import type { App } from '../../parts.js'
import { readJson } from '../lenient.js'
import { ToolError } from '../shared.js'
import { type MailpitParts, OK } from './parts.js'
import { RenameTag, SetTags } from './shapes.js'

const params = Type.Object({ tag: Type.String() })

export function tagRoutes(app: App, parts: MailpitParts): void {
  const { store, contents, loop, now, tagIndex } = parts

  app.get('/api/v1/tags', async (): Promise<string[]> => (await tagIndex.counts()).map(([tag]) => tag))

  app.put('/api/v1/tags', async ({ body }, reply) => {
    const { IDs: ids = [], Tags: tags = [] } = readJson(SetTags, body)
    await store.flag(ids, { tags: cleanTags(tags) })
    return reply.type('text/plain').send(OK)
  })

  app.put('/api/v1/tags/:tag', { schema: { params } }, async ({ body, params: { tag } }, reply) => {
    const name = cleanTag(readJson(RenameTag, body).Name)
    if (name === '') throw new ToolError(400, `A tag needs letters or digits: ${JSON.stringify(body)} names none`)
    await replace(tag, [name])
    return reply.type('text/plain').send(OK)
  })

  app.delete('/api/v1/tags/:tag', { schema: { params } }, async ({ params: { tag } }, reply) => {
    await replace(tag, [])
    return reply.type('text/plain').send(OK)
  })

  /** Puts other tags in the place of one, on every message that has it. */
  async function replace(tag: string, others: readonly string[]): Promise<void> {
    const same = (one: string) => one.toLowerCase() === tag.toLowerCase()
    const found: Stored[] = []
    const has = queryMatcher({ type: 'term', operator: 'tag', value: { kind: 'exact', text: tag } }, glance, now)
    for await (const message of store.search(one => has.look(one, loop))) found.push(message)
    if (found.length === 0) throw new ToolError(404, `tag not found: ${tag}`)
    for (const message of found) {
      const tags = cleanTags([...glance(message).tags.filter(one => !same(one)), ...others])
      await store.flag([message.id], { tags })
    }
  }

  function glance(message: Stored) {
    return contents.glance(message)
  }
}
