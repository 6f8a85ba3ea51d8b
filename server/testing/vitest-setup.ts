/** `globalSetup: 'maildouble/vitest/setup'`: one server for the whole run, known to every worker before app code loads. */
import { setUpServer } from './setup.js'

/** Starts the server; Vitest calls what it gives when the run is over. */
export default function setup(): Promise<() => Promise<void>> {
  return setUpServer(process.env)
}
