/** `maildouble report > mail.html`: the mail and what was said, for those who look when the server is gone. */
import { OptionError } from '../flags.js'
import { parseFilter } from '../mail/query.js'
import { MailHandle } from '../testing/client.js'
import type { FilterObject } from '../testing/filter.js'
import { reach } from '../testing/remote.js'
import { command, EXIT } from './command.js'
import { filterFlags, filterParams, serverFlags, urlOf, words } from './server.js'

export const report = command({
  usage: '[filters] > mail.html',
  maxWords: 0,
  about:
    'Writes the mail down as one HTML file that is whole without the server: messages as they look, with remote content blocked,\n' +
    'their envelopes and headers, and what was said on the connections. With filters: the matches, and what brought no mail.',
  examples: ['maildouble report > mail.html', 'maildouble report --inbox billing --title "Nightly run" > mail.html'],
  flags: {
    title: { kind: words('<text>'), help: 'its heading', default: 'Mail' },
    ...filterFlags,
    ...serverFlags,
  },
  async run(call) {
    if (call.stdout.isTTY)
      throw new OptionError('a report is an HTML file, and this is a terminal', 'Write: maildouble report > mail.html')
    const params = filterParams(call.options)
    const filter: FilterObject | undefined = Object.keys(params).length > 0 ? parseFilter(params) : undefined
    const { backend } = await reach(urlOf(call), {})
    const handle = new MailHandle({ backend, warn: () => {} }, undefined, 0)
    try {
      call.stdout.write(await handle.report(call.options.title, filter))
      return EXIT.done
    } finally {
      await handle.stop()
    }
  },
})
