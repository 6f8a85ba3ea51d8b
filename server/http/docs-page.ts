/**
 * /docs: the OpenAPI document as a page to read. HTML alone, no script, nothing loaded from anywhere, so that it works
 * offline and its policy can forbid everything but its own style. Only the document goes into it: nothing that a request
 * or a mail says. Pure.
 */
import { Markup, markup } from '../mail/markup.js'
import { FILTER_FIELDS } from '../mail/query.js'
import { DOCS_STYLE } from './docs-style.js'
import {
  type Answer,
  type Media,
  type OpenApi,
  type Operation,
  type Parameter,
  type Schema,
  shapeName,
} from './openapi-document.js'

/** The route whose filters stand for those of all others. */
const FILTERS_AT = '/api/messages'
const GET = 'get'

/** An operation with its place. */
interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** The page. `origin` is where the examples ask: this server's address. */
export function docsPage(document: OpenApi, origin: string): string {
  const entries = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Entry => ({ method, path, operation })),
  )
  const tags = [...new Set(entries.flatMap(({ operation }) => operation.tags))].map(name => ({
    name,
    entries: entries.filter(({ operation }) => operation.tags.includes(name)),
  }))
  const shapes = Object.entries(document.components.schemas)
  const filters = filtersOf(document)
  const groups = [
    ...tags.map(tag => group(tag.name, tag.entries.map(entryLink))),
    group('errors', []),
    group('shapes', shapes.map(shapeLink)),
  ]
  const routes = tags.map(tag => [heading(tag.name), ...tag.entries.map(entry => routeCard(entry, filters, origin))])
  const { title, version, description } = document.info
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>The HTTP API - ${title}</title>
<style>${new Markup(DOCS_STYLE)}</style>
</head>
<body>
<nav aria-label="Routes">
<a class="name" href="./">${title}</a>
${groups}
</nav>
<main>
<h1>The HTTP API</h1>
<p>${words(description)} Version ${version}. For programs: <a href="openapi.json">openapi.json</a>, for agents: <a href="llms.txt">llms.txt</a>.</p>
<p>JSON in camelCase; times are RFC 3339 in UTC, sizes are bytes. Reading never changes anything. <code>latest</code> serves as
the id of a message, narrowed by the filters. Errors have one shape, <a href="#shape-ApiError">ApiError</a>, with a stable code.</p>
${routes.flat()}
<h2 id="errors">Errors</h2>
<section class="card">
<p>A body of <a href="#shape-ApiError">ApiError</a>: <code>error</code> is stable, <code>message</code> says what was wrong, <code>fix</code> what to do. With an example each:</p>
${errorRows(entries)}
</section>
<h2 id="shapes">Shapes</h2>
${shapes.map(([name, schema]) => shapeCard(name, schema))}
</main>
</body>
</html>
`.html
}

type AnchorLink = readonly [anchor: string, label: Markup]

function group(title: string, links: readonly AnchorLink[]): Markup {
  const items = links.map(([anchor, label]) => markup`<li><a href="#${anchor}">${label}</a></li>`)
  return markup`<h2><a href="#${title}">${title}</a></h2><ul>${items}</ul>\n`
}

const heading = (title: string) => markup`<h2 id="${title}">${title}</h2>\n`
const entryLink = (entry: Entry): AnchorLink => [anchorOf(entry), routeOf(entry)]
const shapeLink = ([name]: readonly [string, Schema]): AnchorLink => [`shape-${name}`, markup`${name}`]

/** Dots stay: `{id}.html` is another route than `{id}/html`. */
function anchorOf({ method, path }: Entry): string {
  return `${method}-${path.replace(/[^\w.]+/g, '-').replace(/^-|-$/g, '')}`
}

function routeOf({ method, path }: Entry): Markup {
  return markup`<span class="method ${method}">${method.toUpperCase()}</span> ${path}`
}

/** The filters, which many routes take and are told once, by their names. */
type Filters = ReadonlyMap<string, Parameter>

function filtersOf({ paths }: OpenApi): Filters {
  const fields: readonly string[] = FILTER_FIELDS
  const parameters = paths[FILTERS_AT]?.[GET]?.parameters ?? []
  return new Map(parameters.filter(({ name }) => fields.includes(name)).map(parameter => [parameter.name, parameter]))
}

/** Whether a parameter has the name of a filter and is another thing: `text` of a link. */
function differs({ name, description }: Parameter, filters: Filters): boolean {
  const filter = filters.get(name)
  return filter !== undefined && filter.description !== description
}

function routeCard(entry: Entry, filters: Filters, origin: string): Markup {
  const { operation } = entry
  const anchor = anchorOf(entry)
  const all = operation.parameters ?? []
  const parameters = [
    ...all.filter(({ in: place }) => place === 'path'),
    ...all.filter(({ in: place }) => place === 'query'),
  ]
  const isShared = (parameter: Parameter) => filters.has(parameter.name) && !differs(parameter, filters)
  const shared = parameters.filter(isShared).length
  const isFirst = entry.path === FILTERS_AT && entry.method === GET
  // A route that has few of them has its own.
  const taken = isFirst || shared < filters.size / 2 ? 0 : shared
  const own = taken === 0 ? parameters : parameters.filter(parameter => !isShared(parameter))
  const answers = Object.entries(operation.responses)
  const good = answers.filter(([status]) => status.startsWith('2'))
  const errors = answers.filter(([status]) => !status.startsWith('2'))
  const body = Object.entries(operation.requestBody?.content ?? {})
  const others = taken === filters.size ? 'the filters' : `${taken} of the filters`
  return markup`<section class="card" id="${anchor}">
<h3><a class="here" href="#${anchor}">${routeOf(entry)}</a></h3>
<p>${words(`${operation.summary} ${operation.description ?? ''}`)}</p>
${own.length > 0 ? markup`<h4>Parameters</h4>${fields(own.map(parameterRow))}` : ''}
${taken > 0 ? markup`<p>And ${others} of <a href="#get-api-messages">GET ${FILTERS_AT}</a>.</p>` : ''}
${body.length > 0 ? markup`<h4>Body</h4>${fields(body.map(mediaRow))}` : ''}
<h4>Answer</h4>
${fields(good.map(answerRow))}
<p class="errors">${errors.map(([status, answer]) => errorsOf(status, answer))}</p>
<h4>Example</h4>
<pre tabindex="0"><code>${curlOf(entry, filters, origin)}</code></pre>
</section>
`
}

/** A row of a list: a term, and what explains it. */
type Row = readonly [term: string, explanation: Markup]

function fields(rows: readonly Row[]): Markup {
  return markup`<dl>${rows.map(([term, explanation]) => markup`<dt>${term}</dt><dd>${explanation}</dd>`)}</dl>`
}

function parameterRow({ name, in: place, description = '', schema, example }: Parameter): Row {
  const type = place === 'path' ? markup`<span class="type">in the path</span>` : typed(schema)
  return [
    name,
    markup`${type}${words(description)}${example === undefined ? '' : markup` <code>${String(example)}</code>`}`,
  ]
}

function mediaRow([type, { schema }]: [type: string, media: Media]): Row {
  return [type, markup`${typed(schema)}${words(schema.description ?? '')}`]
}

function answerRow([status, { description, content = {} }]: [status: string, answer: Answer]): Row {
  const bodies = Object.entries(content).map(([type, { schema }]) => markup` ${typed(schema)}<code>${type}</code>`)
  return [status, markup`${words(description)}${bodies}`]
}

/** A status and the codes under it, which are explained once. */
function errorsOf(status: string, { content = {} }: Answer): Markup {
  const codes = Object.keys(content['application/json']?.examples ?? {})
  return markup`${status} ${codes.map(code => markup`<a href="#error-${code}">${code}</a> `)}`
}

/** Every error once: its status, what is said and what to do. */
function errorRows(entries: readonly Entry[]): Markup {
  const rows = new Map<string, Markup>()
  for (const { operation } of entries) {
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      if (status.startsWith('2')) continue
      for (const [code, { value }] of Object.entries(content['application/json']?.examples ?? {})) {
        const { message, fix } = value as { message: string; fix: string }
        const said = markup`<span class="type">${status}</span>${words(message)} ${words(fix)}`
        rows.set(`${status} ${code}`, markup`<dt id="error-${code}">${code}</dt><dd>${said}</dd>`)
      }
    }
  }
  const inOrder = [...rows].sort(([one], [other]) => (one < other ? -1 : 1))
  return markup`<dl>${inOrder.map(([, row]) => row)}</dl>`
}

function shapeCard(name: string, schema: Schema): Markup {
  const { properties, required = [], description = '' } = schema
  const rows = Object.entries(properties ?? {}).map(([field, property]): Row => {
    const optional = required.includes(field) ? '' : markup` <span class="type">optional</span>`
    return [field, markup`${typed(property)}${words(property.description ?? '')}${optional}`]
  })
  return markup`<section class="card" id="shape-${name}">
<h3><a class="here" href="#shape-${name}">${name}</a></h3>
<p>${words(description)}</p>
${properties ? fields(rows) : markup`<p>${typed(schema)}</p>`}
${exampleOf(schema)}
</section>
`
}

function exampleOf({ examples = [] }: Schema): Markup {
  if (examples.length === 0) return markup``
  const shown = JSON.stringify(examples[0], undefined, 2)
  return markup`<details><summary>Example</summary><pre tabindex="0"><code>${shown}</code></pre></details>`
}

/** Sentences, in which backticks mean code. */
function words(text: string): Markup {
  return markup`${text.split('`').map((piece, n) => (n % 2 === 1 ? markup`<code>${piece}</code>` : markup`${piece}`))}`
}

/** The type of a value, shapes as links. */
function typed(schema: Schema): Markup {
  const type = typeOf(schema)
  if (type === '') return markup``
  const pieces = type
    .split(/@(\w+)/)
    .map((piece, n) => (n % 2 === 1 ? markup`<a href="#shape-${piece}">${piece}</a>` : markup`${piece}`))
  return markup`<span class="type">${pieces}</span>`
}

/** The type of a value in words; shapes are marked with an @. */
function typeOf(schema: Schema): string {
  const name = shapeName(schema)
  if (name) return `@${name}`
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ')
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.type === 'array') return `${schema.items ? typeOf(schema.items) : 'unknown'}[]`
  if (schema.type === 'object' && schema.properties) return `{ ${Object.keys(schema.properties).join(', ')} }`
  const { minimum, maximum } = schema
  const range = minimum !== undefined && maximum !== undefined ? ` ${minimum} to ${maximum}` : ''
  return `${schema.type ?? ''}${range}`
}

/** What to type to try it. */
function curlOf({ method, path, operation }: Entry, filters: Filters, origin: string): string {
  const search = (operation.parameters ?? [])
    .filter(parameter => EXEMPLARY.includes(parameter.name) || differs(parameter, filters))
    .flatMap(({ name, example }) => (example === undefined ? [] : `${name}=${example}`))
  const url = `${origin}${path
    .replace('{id}.', 'latest.')
    .replace(/messages\/\{id\}/, 'messages/latest')
    .replace('{part}', '2')}`
  const address = search.length > 0 && method === GET ? `'${url}?${search.join('&')}'` : `'${url}'`
  const flag = method === GET ? '' : `-X ${method.toUpperCase()} `
  const [[type, media] = []] = Object.entries(operation.requestBody?.content ?? {})
  if (type === undefined) return `curl ${flag}${address}`
  const [example] = Object.values(media?.examples ?? {})
  const body = example ? `-d '${JSON.stringify(example.value)}'` : '--data-binary @message.eml'
  return `curl ${flag}${address} \\\n  -H 'content-type: ${type}' ${body}`
}

/** Parameters that are worth showing in an example. */
const EXEMPLARY: readonly string[] = ['to', 'wait']
