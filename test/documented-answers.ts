/**
 * Holds the tables of docs/mailboxes.md to the dialogues: each answer that a row names is shown by a dialogue for one of
 * its commands, each command has a row, and each is answered by at least one dialogue as its row says.
 */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** What dialogues show, and how a line is read. */
export interface Shown {
  readonly says: Iterable<readonly string[]>
  /** Of a client's line: which command, and whom its answer is for. */
  command(line: string): { verb: string; tag: string } | null
  /** Of a server's line: the answer as the table has it, and whom it is for. */
  answer(line: string): { text: string; tag: string } | null
}

const DOCUMENT = readFileSync(new URL('../docs/mailboxes.md', import.meta.url), 'utf8')
const QUOTED = /`([^`]+)`/g

/** Checks the first table below the heading. */
export function expectDocumented(heading: string, verbs: readonly string[], shown: Shown): void {
  const answers = answersByVerb(verbs, shown)
  const [, section = ''] = DOCUMENT.split(`\n## ${heading}\n`)
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? []
  const rows = [...table.matchAll(/^\| (`.*?) \| (.*) \|$/gm)]
  const documented = new Map<string, string[]>()
  for (const [, commands = '', answered = ''] of rows) {
    const names = quotedIn(commands)
    const wanted = quotedIn(answered).filter(text => shown.answer(`S: a ${text}`) ?? shown.answer(`S: ${text}`))
    for (const text of wanted) {
      const isShown = names.some(name => answers.get(name)?.has(text))
      expect(isShown, `a dialogue in which ${names.join(' or ')} is answered ${text}`).toBe(true)
    }
    for (const name of names) documented.set(name, [...(documented.get(name) ?? []), ...wanted])
  }
  expect([...documented.keys()].sort()).toEqual([...verbs].sort())
  for (const [name, wanted] of documented) {
    const isShown = wanted.length === 0 || wanted.some(text => answers.get(name)?.has(text))
    expect(isShown, `a dialogue in which ${name} is answered as its row says`).toBe(true)
  }
}

function quotedIn(text: string): string[] {
  return [...text.matchAll(QUOTED)].map(([, quoted = '']) => quoted)
}

function answersByVerb(verbs: readonly string[], { says, command, answer }: Shown): Map<string, Set<string>> {
  const answers = new Map(verbs.map(verb => [verb, new Set<string>()]))
  for (const lines of says) {
    const spoken = new Map<string, string>()
    for (const line of lines) {
      const said = line.startsWith('S: ') ? answer(line) : null
      if (said !== null) answers.get(spoken.get(said.tag) ?? '')?.add(said.text)
      if (!line.startsWith('C')) continue
      // More than one may be said at a time, as `C>` does.
      for (const each of line.slice(3).split('\\r\\n')) {
        const begun = command(each)
        if (begun !== null && answers.has(begun.verb)) spoken.set(begun.tag, begun.verb)
      }
    }
  }
  return answers
}
