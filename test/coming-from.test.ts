/** The settings of other tools: what is said of their variables and of their flags. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SETTINGS, settingsTable, TOOLS } from '../server/coming-from.js'
import { flagOf, foreignVariables, OPTIONS, OptionError, readArguments, variableOf } from '../server/options.js'

const page = readFileSync(new URL('../docs/coming-from.md', import.meta.url), 'utf8')

describe('a variable is told with what it is here', () => {
  const cases: [variable: string, sentence: string][] = [
    // an option
    ['MP_WEBROOT', "MP_WEBROOT is Mailpit's; here it is MAILDOUBLE_BASE_PATH (--base-path)"],
    ['MH_HOSTNAME', "MH_HOSTNAME is MailHog's; here it is MAILDOUBLE_SMTP_NAME (--smtp-name)"],
    // several, and something to know
    [
      'MP_UI_BIND_ADDR',
      "MP_UI_BIND_ADDR is Mailpit's; here it is MAILDOUBLE_HTTP_PORT (--http-port) and MAILDOUBLE_HOST (--host): the address and the port are two options, and the address is that of every port",
    ],
    [
      'MAILDEV_WEB_PORT',
      "MAILDEV_WEB_PORT is MailDev's; here it is MAILDOUBLE_HTTP_PORT (--http-port): 8025 where nothing is said, and not 1080",
    ],
    // nothing, and with any end
    [
      'MP_SMTP_RELAY_HOST',
      "MP_SMTP_RELAY_HOST is Mailpit's, and is nothing here: maildouble delivers nothing, to nobody",
    ],
    // nothing that is needed
    [
      'MP_SMTP_AUTH_ACCEPT_ANY',
      "MP_SMTP_AUTH_ACCEPT_ANY is Mailpit's, and not needed: any name and password is taken, and none is needed",
    ],
  ]
  test.each(cases)('%s', (variable, sentence) => {
    expect(foreignVariables({ [variable]: 'x' })).toEqual([{ sentence, needless: sentence.includes('not needed') }])
  })

  test('values are not repeated: some are passwords', () => {
    const said = foreignVariables({ MP_UI_AUTH: 'ada:secret', MAILDEV_INCOMING_PASS: 'secret' })
    expect(said).toHaveLength(2)
    expect(JSON.stringify(said)).not.toMatch(/secret/)
  })

  test('one that is empty, or is of somebody else with the same beginning, is passed over', () => {
    const env = {
      MP_WEBROOT: '',
      MP_ACCESS_TOKEN: 'x',
      MAILDEV_SERVICE_HOST: 'x',
      MAILDEV_PORT_1025_TCP: 'x',
      MH_X: 'x',
    }
    expect(foreignVariables(env)).toEqual([])
  })
})

describe('a flag is refused with what it is here', () => {
  const cases: [argv: string, problem: string, fix: RegExp][] = [
    [
      '--smtp 1025',
      'there is no flag --smtp',
      /^--smtp is Mailpit's and MailDev's; here it is --smtp-port and --host: .*\.$/,
    ],
    ['--web-port 1080', 'there is no flag --web-port', /^--web-port is MailDev's; here it is --http-port/],
    [
      '--ui-bind-addr=:8025',
      'there is no flag --ui-bind-addr',
      /^--ui-bind-addr is MailHog's; here it is --http-port and --host/,
    ],
    // Go takes one hyphen for two
    ['-ui-bind-addr :8025', 'there is no flag -ui-bind-addr', /^-ui-bind-addr is MailHog's/],
    ['-hostname mx', 'there is no flag -hostname', /here it is --smtp-name/],
    ['--smtp-ip 0.0.0.0', 'there is no flag --smtp-ip', /^--smtp-ip is MailCatcher's; here it is --host/],
    ['-l :8025', 'there is no flag -l', /^-l is Mailpit's/],
    ['--no-quit', 'there is no flag --no-quit', /MailCatcher's, and not needed: it cannot be ended/],
    // nobody's: the nearest of ours
    ['--smtp-prot 1', 'there is no flag --smtp-prot', /^Did you mean --smtp-port\?$/],
    ['-x', 'there is no flag -x', /^See maildouble --help\.$/],
  ]
  test.each(cases)('%s', (argv, problem, fix) => {
    let fault: unknown
    try {
      readArguments(argv.split(' '))
    } catch (error) {
      fault = error
    }
    expect(fault).toBeInstanceOf(OptionError)
    expect(fault).toMatchObject({ problem, fix: expect.stringMatching(fix) })
  })
})

describe('the table', () => {
  test('has no name twice for a tool, and none of ours', () => {
    const ours = Object.keys(OPTIONS).map(flagOf)
    for (const tool of TOOLS) {
      const names = SETTINGS.filter(setting => setting.tool === tool).flatMap(setting => setting.names)
      expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([])
      expect(names.filter(name => ours.includes(name))).toEqual([])
    }
  })

  test('says why, where there is no option', () => {
    expect(SETTINGS.filter(({ here, note }) => here.type !== 'options' && note === '')).toEqual([])
  })

  test.each(TOOLS)('of %s stands in docs/coming-from.md', tool => {
    expect(page).toContain(settingsTable(tool, flagOf))
  })
})

describe('docs/coming-from.md', () => {
  test('names no option that there is not', () => {
    const theirs = SETTINGS.flatMap(({ names }) => names)
    const others = ['--http'] // of `mailpit dump`
    const flags = [...page.matchAll(/(?<![\w-])--[a-z][\w-]*\*?/g)].map(([flag]) => flag)
    const ours = Object.keys(OPTIONS).map(flagOf)
    expect(flags.filter(flag => ![...ours, ...theirs, ...others].includes(flag))).toEqual([])
    const variables = [...page.matchAll(/MAILDOUBLE_\w+/g)].map(([variable]) => variable)
    expect(variables.length).toBeGreaterThan(3)
    expect(variables.filter(variable => !Object.keys(OPTIONS).map(variableOf).includes(variable))).toEqual([])
  })
})
