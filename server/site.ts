/**
 * Where the page is and who may ask, from the options: a public URL is a Host, an Origin and a path in one. Options that
 * contradict each other, or would open a door that nobody meant, are an OptionError.
 */
import type { Site } from './http/parts.js'
import { flagOf, OptionError, type Options } from './options.js'

/** What stands directly below the root: under such a path nobody could tell whether a proxy has stripped it. */
const OWN_PATHS = ['api', 'assets', 'docs', 'healthz', 'readyz', 'openapi.json', 'llms.txt', 'ui']

type SiteOptions = Pick<Options, 'publicUrl' | 'basePath' | 'allowHost' | 'corsOrigin' | 'httpAuth'>

/** Reads where the page is. */
export function readSite({ publicUrl, basePath, allowHost, corsOrigin, httpAuth }: SiteOptions): Site {
  const publicPath = publicUrl === null ? '/' : `${new URL(publicUrl).pathname}/`.replace(/\/+$/, '/')
  if (publicPath !== '/' && basePath !== '/' && basePath !== publicPath)
    throw new OptionError(
      `${flagOf('basePath')} ${basePath} is not the path of ${flagOf('publicUrl')} ${publicUrl}`,
      `Leave ${flagOf('basePath')} out: the path of the public URL counts, whether the proxy strips it or keeps it.`,
    )
  const path = publicPath === '/' ? basePath : publicPath
  const [, first = ''] = path.split('/')
  if (OWN_PATHS.includes(first))
    throw new OptionError(
      `the page cannot be under ${path}, which is a path of its own`,
      'Choose another, such as /mail.',
    )
  // A browser sends the password that it remembers along with a WebSocket of any page.
  if (corsOrigin.includes('*') && httpAuth.length > 0)
    throw new OptionError(
      `${flagOf('corsOrigin')} * with ${flagOf('httpAuth')} would let every site use the password that a browser remembers`,
      `Name the sites: ${flagOf('corsOrigin')} https://app.example.com.`,
    )
  return {
    basePath: path,
    publicUrl: publicUrl === null ? null : new URL(publicUrl).origin + path.slice(0, -1),
    allowHosts: allowHost,
    corsOrigins: corsOrigin,
  }
}
