/** A few inputs of every target, always the same ones: `npm run fuzz` tries more. */
import { describe, expect, test } from 'vitest'
import { faultOf } from './attempt.js'
import { whatIsWrong } from './finding.js'
import { corpusOf, inputsOf } from './target.js'
import { TARGETS } from './targets.js'

const SEED = 1
/** Inputs of each target, and how large the largest is: what is larger takes long. */
const INPUTS = 60
const MAX_BYTES = 100_000

describe.each(TARGETS.map(target => ({ name: target.name, target })))('$name', ({ target }) => {
  test('takes every entry of its corpus', async () => {
    const entries = corpusOf(target)
    expect(entries.length).toBeGreaterThan(2)
    for (const entry of entries) expect(await wrongWith(entry), entry.toString('latin1').slice(0, 500)).toBeNull()
  })

  test('takes what is made of it', async () => {
    const inputOf = inputsOf({ ...target, maxBytes: Math.min(target.maxBytes, MAX_BYTES) })
    for (let n = 0; n < INPUTS; n++) expect(await wrongWith(inputOf(SEED, n)), `input ${n}`).toBeNull()
  })

  async function wrongWith(input: Buffer): Promise<string | null> {
    const fault = await faultOf(target, input, false)
    return fault && whatIsWrong(fault)
  }
})
