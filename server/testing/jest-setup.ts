/** `globalSetup: 'maildouble/jest/setup'`: one server for the whole run, known to every worker before app code loads. */
import { setUpServer } from './setup.js'

/** Starts the server. It ends with Jest: nothing of it keeps the process alive. */
export default async function setup(): Promise<void> {
  await setUpServer(process.env)
}
