/** `import 'maildouble/jest'`: teaches Jest's `expect` the matchers, and their types. */
import { expect } from '@jest/globals'
import { type MailMatchers, matchers } from './matchers.js'

export type { MailMatchers } from './matchers.js'

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends MailMatchers<R> {}
}

/** The global `expect` of @types/jest. */
declare global {
  namespace jest {
    interface Matchers<R, T> extends MailMatchers<R> {}
  }
}

expect.extend({ ...matchers })
