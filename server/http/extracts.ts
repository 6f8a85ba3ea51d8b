/**
 * What scripts, tests in any language and agents ask of a message: its code, a link, all of it as Markdown. Plain text,
 * so that a shell needs nothing to read it.
 */
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { explainNoCode, explainNoLink } from '../mail/explain.js'
import { markdownOf } from '../mail/markdown.js'
import { choosing, content, messageIds } from './content.js'
import { Problem } from './errors.js'
import { query } from './parameters.js'
import type { App, RouteParts } from './parts.js'
import { ApiError, type Message, named } from './schema.js'
import { sendText } from './send.js'

export function extractRoutes(app: App, parts: RouteParts): void {
  const { contents, finder } = parts
  const tags = ['messages']
  const errors = { '4xx': named(ApiError) }

  const otpSchema = {
    tags,
    summary: 'The one-time code.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: content('text/plain', 'The code.', '739204'), ...errors },
  }
  app.get('/api/messages/:id/otp', { schema: otpSchema }, async (request, reply) => {
    const { otp, otps, subject } = await contents.message(await finder.one(request.params.id, request.query, reply))
    if (otp === null) throw new Problem('not_found', explainNoCode(subject, otps), 'Read the message, or its `otps`.')
    return sendText(reply, otp)
  })

  const { text: _text, ...choosingLink } = choosing
  const linkSchema = {
    tags,
    summary: 'The address of a link.',
    params: messageIds,
    querystring: query({
      ...choosingLink,
      text: Type.Optional(
        Type.String({ description: 'Contained in its words or its address.', examples: ['Confirm'] }),
      ),
    }),
    response: { 200: content('text/plain', 'The address.', 'https://app.example/confirm?token=7'), ...errors },
  }
  app.get('/api/messages/:id/link', { schema: linkSchema }, async (request, reply) => {
    const { text, ...choice } = request.query
    const message = await contents.message(await finder.one(request.params.id, choice, reply))
    return sendText(reply, linkOf(message, text))
  })

  const markdownSchema = {
    tags,
    summary: 'The message as compact Markdown, for people and agents.',
    description:
      'Envelope, headers, text (HTML as words), code, links and parts. What comes from the mail stands in fences that it cannot close, labelled as content of a mail.',
    params: messageIds,
    querystring: query(choosing),
    response: { 200: content('text/markdown', 'The message.'), ...errors },
  }
  app.get('/api/messages/:id.md', { schema: markdownSchema }, async (request, reply) => {
    const message = await contents.message(await finder.one(request.params.id, request.query, reply))
    return sendMarkdown(reply, markdownOf(message, parts.site.basePath))
  })
}

/** The first link of those words; without words the only one that there is, unsubscribing aside. */
function linkOf({ links, subject }: Message, text: string | undefined): string {
  const wanted = text?.toLowerCase()
  if (wanted === undefined) {
    const addresses = new Set(links.filter(link => !link.unsubscribe).map(link => link.href))
    const [only] = addresses
    if (only !== undefined && addresses.size === 1) return only
  } else {
    const link = links.find(
      ({ text, href }) => text.toLowerCase().includes(wanted) || href.toLowerCase().includes(wanted),
    )
    if (link) return link.href
  }
  const asked = text === undefined ? 'no words to tell them apart' : JSON.stringify(text)
  throw new Problem('not_found', explainNoLink(subject, asked, links), 'Give some of its words: ?text=Confirm')
}

function sendMarkdown(reply: FastifyReply, markdown: string) {
  return reply.type('text/markdown; charset=utf-8').send(markdown)
}
