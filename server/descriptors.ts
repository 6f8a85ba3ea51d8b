/**
 * File descriptors that are left. What Node could not load once, since no file could be opened, it cannot load for as long
 * as the process lives: whoever loads something late looks here first.
 */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/** Loading takes a few at a time, and connections that come meanwhile take some. */
const ENOUGH = 32

/** Whether enough files can be opened now. */
export function canOpenFiles(): boolean {
  const open: number[] = []
  try {
    while (open.length < ENOUGH) open.push(openSync(devNull, 'r'))
    return true
  } catch {
    return false
  } finally {
    for (const descriptor of open) closeSync(descriptor)
  }
}
