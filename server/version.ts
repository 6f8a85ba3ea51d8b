/** The version of this package, apart from all else: a command that only asks a server need not load one. */
import { readFileSync } from 'node:fs'

/** As in package.json, which is beside both the sources and what was built of them. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
