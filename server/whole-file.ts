/**
 * Files that are there whole or not at all: they grow beside their place and take it once they are complete, so that a full
 * disk or a crash leaves what was there before, and who waits for one may read it at once. What is no file but a pipe or a
 * device is written to as it is: nothing may take its place.
 */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** Where a file grows: in the same folder, since only there can it take its place at once. */
export function growingPath(path: string): string {
  return isFileOrNothing(path) ? `${path}.part` : path
}

/** Writes a file, whole or not at all. Throws what the system says. */
export function writeWhole(path: string, text: string, mode?: number): void {
  const growing = growingPath(path)
  try {
    writeFileSync(growing, text, mode === undefined ? {} : { mode })
    if (growing !== path) renameSync(growing, path)
  } catch (error) {
    if (growing !== path) rmSync(growing, { force: true })
    throw error
  }
}

/** Takes a file away that was written so; a pipe or a device stays. */
export function removeWhole(path: string): void {
  if (isFileOrNothing(path)) rmSync(path, { force: true })
}

function isFileOrNothing(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true
}
