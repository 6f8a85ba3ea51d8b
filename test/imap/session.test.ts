import { describe, test } from 'vitest'
import { COMMANDS } from '../../server/imap/command.js'
import { expectDocumented } from '../documented-answers.js'
import { DIALOGUES } from './any-bytes.js'
import { play } from './play.js'

for (const [group, dialogues] of Object.entries(DIALOGUES)) {
  describe(group, () => {
    for (const dialogue of dialogues) test(dialogue.name, () => play(dialogue))
  })
}

const COMMAND = /^(\S+) (UID )?(\S+)/
const ANSWER = /^S: (\S+) ((?:OK|NO|BAD)(?: \[[A-Z-]+)?)/

test('docs/mailboxes.md has a row for every command, and a dialogue shows every answer of it', () => {
  expectDocumented('IMAP', Object.keys(COMMANDS), {
    says: Object.values(DIALOGUES)
      .flat()
      .map(({ says }) => says),
    command(line) {
      const [, tag = '', uid = '', verb = ''] = COMMAND.exec(line) ?? []
      return { tag, verb: (uid + verb).toUpperCase() }
    },
    answer(line) {
      const [, tag = '', text = ''] = ANSWER.exec(line) ?? []
      return text === '' ? null : { tag, text: text.includes('[') ? `${text}]` : text }
    },
  })
})
