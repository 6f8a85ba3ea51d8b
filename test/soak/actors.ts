/**
 * An actor does one thing again and again until it is told to stop. What it throws is a failure of the soak, told once for
 * each kind; what a client has to reckon with, it catches itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ledger } from './ledger.js'
import type { SoakServer } from './server.js'
import type { Web } from './web.js'

/** What every actor is given. */
export interface Scene {
  server: SoakServer
  web: Web
  ledger: Ledger
  /** Aborted when the time is over. */
  over: AbortSignal
}

export interface Actor {
  name: string
  /** The pause between two acts. */
  everyMs: number
  act(scene: Scene): Promise<void>
}

/** The acts of each actor, for the summary. */
export type Tally = Map<string, number>

/** Runs an actor until the time is over and its last act is done. */
export async function run(actor: Actor, scene: Scene, tally: Tally): Promise<void> {
  const { over, ledger } = scene
  const told = new Set<string>()
  while (!over.aborted) {
    try {
      await actor.act(scene)
      tally.set(actor.name, (tally.get(actor.name) ?? 0) + 1)
    } catch (error) {
      const why = `${actor.name}: ${error instanceof Error ? error.message : error}`
      if (!told.has(why)) ledger.fail(why)
      told.add(why)
    }
    await sleep(actor.everyMs, undefined, { signal: over }).catch(() => {})
  }
}

/** Several of a kind. */
export const times = (count: number, actor: Actor): Actor[] => Array.from({ length: count }, () => actor)

/** Waits, unless the time is over. */
export const pause = (ms: number, over: AbortSignal) => sleep(ms, undefined, { signal: over }).catch(() => {})
