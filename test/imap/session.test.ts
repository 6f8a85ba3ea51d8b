import { describe, test } from 'vitest'
import { DIALOGUES } from './any-bytes.js'
import { play } from './play.js'

for (const [group, dialogues] of Object.entries(DIALOGUES)) {
  describe(group, () => {
    for (const dialogue of dialogues) test(dialogue.name, () => play(dialogue))
  })
}
