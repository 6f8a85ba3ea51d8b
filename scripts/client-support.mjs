/**
 * Makes server/mail/checks/support-data.ts: which mail clients know which HTML, CSS and image formats.
 *
 *   npm pack caniemail && tar xzf caniemail-*.tgz
 *   node scripts/client-support.mjs package/data/caniemail.json 'caniemail 2.0.2' && npx biome check --write server/mail/checks
 *
 * The data is that of caniemail.com, as the npm package brings it; the server never asks for it at run time. Kept is how
 * the newest tested version of each client does, one character a client; notes and older versions are left out.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [dataFile, packageVersion] = process.argv.slice(2)
if (!dataFile || !packageVersion) {
  console.error("Give caniemail.json of the npm package and its name: package/data/caniemail.json 'caniemail 2.0.2'")
  process.exit(1)
}
const { data, nicenames, last_update_date: updated } = JSON.parse(readFileSync(dataFile, 'utf8'))

/** Of the data and of the package that brings it, word for word. */
const LICENSE = `
Copyright (c) 2019 HTeuMeuLeu
Copyright (c) Avi Goldman
Copyright (c) Andrew Powell <andrew@shellscape.org>

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

/** A client of which less is known says nothing about a mail. */
const MIN_TESTED = 150
/** Its support ended with the year 2024. */
const DISCONTINUED = ['outlook.windows-mail']
const FAMILIES = { yahoo: 'Yahoo Mail', thunderbird: 'Thunderbird', protonmail: 'Proton Mail', 'ionos-1and1': '1&1' }
const PLATFORMS = {
  'desktop-webmail': 'the web',
  'mobile-webmail': 'the mobile web',
  'outlook-com': 'the web',
  windows: 'Windows',
  macos: 'macOS',
  ios: 'iOS',
  android: 'Android',
}

const features = data.filter(({ category }) => ['css', 'html', 'image'].includes(category))
const resultOf = ({ stats }, client) => {
  const [family, platform] = client.split('.')
  const versions = Object.values(stats[family]?.[platform] ?? {})
  return versions.at(-1)?.[0] ?? 'u'
}
const known = new Set(data.flatMap(({ stats }) => Object.entries(stats).flatMap(pairsOf)))
const clients = [...known].filter(
  client =>
    !DISCONTINUED.includes(client) && features.filter(one => resultOf(one, client) !== 'u').length >= MIN_TESTED,
)

function pairsOf([family, platforms]) {
  return Object.keys(platforms).map(platform => `${family}.${platform}`)
}

const literal = text => `'${text.replace(/[\\']/g, '\\$&')}'`
const clientLines = clients.map(client => {
  const [family, platform] = client.split('.')
  const name = FAMILIES[family] ?? nicenames.family[family]
  return `  { family: ${literal(name)}, platform: ${literal(PLATFORMS[platform] ?? platform)} },`
})
const featureLines = features
  .map(feature => ({ ...feature, results: clients.map(client => resultOf(feature, client)).join('') }))
  .filter(({ results }) => results.includes('n'))
  .map(({ slug, title, results }) => `  ${literal(slug)}: [${literal(title.trim())}, ${literal(results)}],`)

const file = fileURLToPath(new URL('../server/mail/checks/support-data.ts', import.meta.url))
writeFileSync(
  file,
  `/**
 * Which mail clients know which HTML, CSS and image formats. Made by scripts/client-support.mjs; not written by hand.
 *
 * Source: https://www.caniemail.com, by way of the npm package ${packageVersion}. Date of the data: ${updated.slice(0, 10)}.
 *
 * @license MIT
 *
 * ${LICENSE.trim().split('\n').join('\n * ').replace(/ +$/gm, '')}
 */

/** When the data was last changed. */
export const SUPPORT_DATE = '${updated.slice(0, 10)}'

/** A mail client; the place of its character in what is said of a feature is its place here. */
export const CLIENTS: readonly { family: string; platform: string }[] = [
${clientLines.join('\n')}
]

/** For each feature its title, and for each client whether it knows it: yes, almost (in part), no, unknown. */
export const FEATURES: Readonly<Record<string, readonly [title: string, support: string]>> = {
${featureLines.join('\n')}
}
`,
)
console.log(`${featureLines.length} features, ${clients.length} clients -> ${file}`)
