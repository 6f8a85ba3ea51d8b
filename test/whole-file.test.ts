import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { removeWhole, writeWhole } from '../server/whole-file.js'

/** A device on which every write finds the disk full; Linux has it. */
const FULL = '/dev/full'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maildouble-'))
  path = join(folder, 'ready.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('takes the place of what was there, with the rights that it is given', () => {
  writeFileSync(path, 'old')
  writeWhole(path, 'new', 0o600)
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(readdirSync(folder)).toEqual(['ready.json'])
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  removeWhole(path)
  removeWhole(path)
  expect(existsSync(path)).toBe(false)
})

test('a folder of that name stays, and nothing is left beside it', () => {
  expect(() => writeWhole(folder, 'x')).toThrow(/EISDIR/)
  expect(existsSync(`${folder}.part`)).toBe(false)
})

describe.skipIf(!existsSync(FULL))('a full disk', () => {
  test('leaves what was there, and nothing beside it', () => {
    writeFileSync(path, 'old')
    symlinkSync(FULL, `${path}.part`)
    expect(() => writeWhole(path, 'new')).toThrow(/ENOSPC/)
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['ready.json'])
  })

  test('a device is written to as it is, and stays in its place', () => {
    symlinkSync(FULL, path)
    expect(() => writeWhole(path, 'x')).toThrow(/ENOSPC/)
    removeWhole(path)
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
  })
})
