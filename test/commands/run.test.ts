/** Which command is meant, what it takes, and what it says of itself. */
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../server/commands/table.js'
import { maildouble } from './helpers.js'

/** Nothing listens there: port 1 is reserved, and asked on loopback only. */
const NOWHERE = 'http://127.0.0.1:1'

describe('help', () => {
  test('of all names every command and every option', async () => {
    const { code, stdout } = await maildouble(NOWHERE, ['help'])
    expect(code).toBe(0)
    for (const { name, summary } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
    expect(stdout).toContain('--smtp-port <port[=inbox]>')
  })

  test.each(COMMANDS.map(({ name }) => name))('of %s says how it is used, with an example', async name => {
    const { code, stdout } = await maildouble(NOWHERE, ['help', name])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: maildouble ${name} .+\n\n`))
    expect(stdout).toMatch(/\nExamples:\n {2}/)
    expect(stdout).not.toContain('undefined')
    expect((await maildouble(NOWHERE, [name, '--help'])).stdout).toBe(stdout)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(130)
  })
})

describe('what is used wrongly is refused with 2, and told in two lines', () => {
  const faults: [argv: string[], stderr: RegExp][] = [
    // commands
    [['wiat'], /^maildouble: there is no command wiat\nDid you mean wait\?\n$/],
    [['frobnicate'], /^maildouble: there is no command frobnicate\nSee maildouble help\.\n$/],
    [['help', 'sed-test'], /no command sed-test\nDid you mean send-test\?/],
    // flags
    [['wait', '--subjet', 'x'], /^maildouble: there is no flag --subjet\nDid you mean --subject\?\n$/],
    [['wait', '--timeout', '5'], /--timeout: "5" is not a duration/],
    [['wait', '--timeout', '1h'], /--timeout: 3600000 ms is longer than anything waits\nGive 10m at most/],
    [['wait', '--count', '0'], /--count: "0" is not a whole number of 1 or more/],
    [['list', '--frobnicate'], /there is no flag --frobnicate\nSee maildouble help list\.\n$/],
    [['list', 'from:ada'], /list takes no "from:ada"\nWrite a query as --q 'from:ada'\. More: maildouble help list/],
    [['list', '--', '--to'], /list takes no "--to"/],
    [['list', '--to'], /--to lacks its value/],
    [['show', '--raw', '--json'], /--raw and --json are two answers/],
    [['show', 'x', '--timeout', '1s'], /--timeout waits for mail, and x is there or not/],
    [['attempts', '--timeout', '1s'], /--timeout waits for a number of attempts\nSay how many: --count 3/],
    [['sessions', 'x', '--helo', 'y'], /--helo chooses among many, and x is one/],
    [['rule', 'ad'], /rule does not ad\nDid you mean add\?/],
    [['rule', 'add', 'greylst'], /there is no preset greylst\nDid you mean greylist\?/],
    [['rule', 'add', '{ x }'], /the rule is not JSON: .*\nWrite '\{/],
    [['rule', '--to', 'x', '--reply', '550'], /rule list has no --to\nmaildouble rule add/],
    [['rule', 'clear', '--to', 'x'], /rule clear has no --to\n/],
    [['rule', 'clear', 'r1'], /rule clear does not take r1\nmaildouble rule remove <id>/],
    [['rule', 'remove'], /remove lacks the id of a rule\nmaildouble rule list shows them/],
    [['exec'], /exec lacks its command\nWrite it behind --: maildouble exec -- npm test/],
    [['exec', 'npm', 'test'], /exec takes no "npm"/],
    [['exec', '--env', 'X={prot}', '--', 'true'], /--env: "X=\{prot\}" is not a variable: NAME=/],
    [['exec', '--open', '--', 'true'], /--open is for a server that is looked at\nLeave it out with exec/],
    [['send-test', '--to', 'Ada <a@b.test>'], /--to: "Ada <a@b.test>" is not an address/],
    [['send-test', '--smtp-url', 'localhost:25'], /"localhost:25" is no URL of a mail server/],
    // filters, in the words of the query language
    [['wait', '--larger', 'big'], /larger=big is not a size/],
    [['wait', '--q', 'form:ada'], /form/],
  ]
  test.each(faults)('%j', async (argv, wanted) => {
    const { code, stdout, stderr } = await maildouble(NOWHERE, argv)
    expect(stderr).toMatch(wanted)
    expect(stderr).toMatch(/^maildouble: [^\n]+\n[^\n]+\n$/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test.each([
    ['list'],
    ['wait'],
    ['show'],
    ['otp'],
    ['clear'],
    ['sessions'],
    ['attempts'],
    ['rule'],
    ['doctor'],
    ['report'],
    ['send-test'],
  ])('%s without a server names where it looked', async name => {
    const { code, stderr } = await maildouble(NOWHERE, [name])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^maildouble: maildouble at http:\/\/127\.0\.0\.1:1 cannot be reached: .*\nStart one with maildouble, or say where it is: --url, or MAILDOUBLE_URL\.\n$/,
    )
  })

  test('--url outranks the variable, and has to be a URL', async () => {
    expect((await maildouble('http://127.0.0.1:2', ['list', '--url', NOWHERE])).stderr).toContain(
      'at http://127.0.0.1:1 ',
    )
    expect((await maildouble(NOWHERE, ['list', '--url', 'mail'])).stderr).toMatch(/"mail" is no URL of a server/)
  })

  test('a report does not go to a terminal', async () => {
    const { code, stderr } = await maildouble(NOWHERE, ['report'], { isTTY: true })
    expect(code).toBe(2)
    expect(stderr).toContain('maildouble report > mail.html')
  })
})
