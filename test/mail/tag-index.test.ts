/** Which tags there are, kept up with by looking at what changed: the same as counting anew. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Contents } from '../../server/mail/content.js'
import { TagIndex } from '../../server/mail/tag-index.js'
import { append, makeStore, stillLoop } from './make.js'

const tagged = (...tags: string[]) => ({ raw: Buffer.from(`X-Tags: ${tags.join(',')}\r\n\r\n`) })

function makeIndex() {
  const store = makeStore({ maxMessages: 20 })
  const contents = new Contents({ loop: stillLoop })
  return { store, contents, index: new TagIndex({ store, contents, loop: stillLoop }) }
}

test('tags are counted whatever their case, in order, as they were first seen', async () => {
  const { store, index } = makeIndex()
  expect(await index.counts()).toEqual([])
  await append(store, tagged('b', 'Spring'))
  const { id } = await append(store, tagged('spring'))
  await append(store)
  expect(await index.counts()).toEqual([
    ['b', 1],
    ['Spring', 2],
  ])
  await store.flag([id], { tags: ['a'] })
  await store.remove([store.list()[2]?.id ?? ''])
  expect(await index.counts()).toEqual([['a', 1]])
})

test('after any changes it is as if counted anew', async () => {
  const name = fc.constantFrom('a', 'b', 'A', 'c')
  const step = fc.oneof(
    fc.record({ type: fc.constant('add' as const), tags: fc.array(name, { maxLength: 3 }) }),
    fc.record({ type: fc.constant('flag' as const), nth: fc.nat(20), tags: fc.array(name, { maxLength: 2 }) }),
    fc.record({ type: fc.constant('remove' as const), nth: fc.nat(20) }),
    fc.record({ type: fc.constant('ask' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const { store, contents, index } = makeIndex()
      const nth = (n: number) => store.list()[n % (store.total || 1)]?.id ?? ''
      for (const each of steps) {
        if (each.type === 'add') await append(store, tagged(...each.tags))
        else if (each.type === 'flag') await store.flag([nth(each.nth)], { tags: each.tags })
        else if (each.type === 'remove') await store.remove([nth(each.nth)])
        else await Promise.all([index.counts(), index.counts()])
      }
      const counts = (found: [string, number][]) => found.map(([tag, count]) => [tag.toLowerCase(), count])
      const anew = new TagIndex({ store, contents, loop: stillLoop })
      expect(counts(await index.counts())).toEqual(counts(await anew.counts()))
    }),
    { numRuns: 50 },
  )
})
