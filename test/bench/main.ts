/**
 * `npm run bench -- [row ...] [--json]`: measures this machine, ours against its peers, and prints a table. Absolute
 * figures of a shared machine mean little; the ratios are of the same run.
 */
import { cpus, totalmem } from 'node:os'
import type { Figure, Report } from './figures.js'
import { table } from './figures.js'
import { loadName } from './processes.js'
import { rows } from './rows.js'

const args = process.argv.slice(2)
const json = args.includes('--json')
const names = args.filter(arg => arg !== '--json')
const unknown = names.find(name => !rows.some(row => row.name === name))
if (unknown !== undefined) {
  console.error(`bench: there is no row ${unknown}; the rows are ${rows.map(row => row.name).join(', ')}`)
  process.exit(2)
}

/** The progress line: rewritten on a terminal, a line for each row elsewhere. */
function say(row: string, what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${row}: ${what}`)
}

const figures: Figure[] = []
const failed: string[] = []
for (const row of rows) {
  if (names.length > 0 && !names.includes(row.name)) continue
  if (!process.stderr.isTTY) console.error(`measuring ${row.name}: ${row.title}`)
  try {
    figures.push(...(await row.run(what => say(row.name, what))))
  } catch (error) {
    failed.push(`${row.name} could not be measured: ${error instanceof Error ? error.message : error}`)
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')

const gigabytes = Math.round(totalmem() / 2 ** 30)
const report: Report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${gigabytes} GB, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
  load: loadName(),
  figures,
}
console.log(json ? JSON.stringify(report, undefined, 2) : table(report))
for (const line of failed) console.error(`bench: ${line}`)
process.exitCode = failed.length > 0 ? 1 : 0
