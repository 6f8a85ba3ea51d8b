/**
 * Two projects, run by `npm test` one after the other: `unit` is everything that needs no browser, `e2e` drives a real
 * Chromium against the built page. `npx vitest run --project unit test/mail` runs a part.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/bench/**', 'test/examples/**'],
          globalSetup: ['test/built.ts'],
          // A worker loads everything once, not for each file: whoever stubs or fakes undoes it when the test is over.
          isolate: false,
          // Nothing here takes a second on a machine that is free; on one that is not, that is no failure.
          testTimeout: 20_000,
          expect: { poll: { timeout: 10_000, interval: 10 } },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          isolate: false,
          // A browser is several processes of its own: two files at a time keep a small machine busy and no wait short.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // What a page shows is asked for until it does.
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
})
