/** What make.ts makes, for tests: closed when they are over. */
import { onTestFinished } from 'vitest'
import { type Fixture, type Given, newApp } from './make.js'

export * from './make.js'

/** An app that is closed when the test is over. */
export async function makeApp(given: Given = {}): Promise<Fixture> {
  const fixture = await newApp(given)
  onTestFinished(() => fixture.app.close())
  return fixture
}
