/** `import 'maildouble/vitest'`: teaches Vitest's `expect` the matchers, and their types. */
import { expect } from 'vitest'
import { type MailMatchers, matchers } from './matchers.js'

export type { MailMatchers } from './matchers.js'

declare module 'vitest' {
  interface Matchers<T> extends MailMatchers {}
}

expect.extend(matchers)
