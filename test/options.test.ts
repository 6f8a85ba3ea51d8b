import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  documentationTable,
  helpLines,
  OPTIONS,
  OptionError,
  readArguments,
  readEnvironment,
  readOptions,
  strayVariables,
  withDefaults,
} from '../server/options.js'

const fault = (fn: () => unknown): OptionError => {
  try {
    fn()
  } catch (error) {
    if (error instanceof OptionError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('values', () => {
  const good: [flag: string, value: string, name: string, read: unknown][] = [
    // ports
    ['--smtp-port', '0', 'smtpPort', [{ port: 0, inbox: null }]],
    [
      '--smtp-port',
      '1025,1026=billing',
      'smtpPort',
      [
        { port: 1025, inbox: null },
        { port: 1026, inbox: 'billing' },
      ],
    ],
    ['--http-port', '65535', 'httpPort', 65_535],
    // sizes are powers of 1024
    ['--max-message-bytes', '64M', 'maxMessageBytes', 64 * 1024 ** 2],
    ['--max-bytes', '512k', 'maxBytes', 512 * 1024],
    ['--max-bytes', '1000', 'maxBytes', 1000],
    // durations have a unit
    ['--idle-timeout', '500ms', 'idleTimeout', 500],
    ['--max-age', '1h', 'maxAge', 3_600_000],
    // choices, lists, names
    ['--when-full', 'refuse', 'whenFull', 'refuse'],
    ['--host', '127.0.0.1,::1', 'host', ['127.0.0.1', '::1']],
    ['--allow-host', 'mail.example.com', 'allowHost', ['mail.example.com']],
    ['--smtp-name', 'mx.test', 'smtpName', 'mx.test'],
    ['--smtp-without', 'chunking,DSN', 'smtpWithout', ['CHUNKING', 'DSN']],
    ['--smtp-auth', 'ada:se:cret', 'smtpAuth', ['ada:se:cret']],
    ['--smtp-auth', '@accounts.txt', 'smtpAuth', ['@accounts.txt']],
    ['--ca-dir', '/var/lib/ca', 'caDir', '/var/lib/ca'],
    // rules stay text: given-rules.ts reads it
    ['--rules', 'rules.json', 'rules', 'rules.json'],
    [
      '--rules',
      '[{ "preset": "greylist" }, { "reply": "451" }]',
      'rules',
      '[{ "preset": "greylist" }, { "reply": "451" }]',
    ],
    ['--max-auth-line-bytes', '16k', 'maxAuthLineBytes', 16 * 1024],
  ]
  test.each(good)('%s %s', (flag, value, name, read) => {
    expect(readArguments([flag, value]).options).toEqual({ [name]: read })
    expect(readArguments([`${flag}=${value}`]).options).toEqual({ [name]: read })
    const variable = `MAILDOUBLE_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`
    expect(readEnvironment({ [variable]: value })).toEqual({ [name]: read })
  })

  const bad: [argv: string[], message: RegExp, fix?: RegExp][] = [
    // a negative or malformed value is refused by the option's name
    [['--smtp-port', '-1'], /^--smtp-port: "-1" is not a port/],
    [['--smtp-port', '1026=a b'], /^--smtp-port: "1026=a b" is not a port/],
    [['--smtp-port', '65536'], /^--smtp-port: "65536" is not a port/],
    [['--smtp-port', '1e3'], /^--smtp-port: "1e3"/],
    [['--max-messages', '0'], /^--max-messages: "0" is not a whole number of 1 or more/],
    [['--max-messages', '1.5'], /^--max-messages/],
    [['--max-bytes', '64X'], /^--max-bytes: "64X" is not a size/],
    [['--max-bytes', '0'], /^--max-bytes: "0" is not a size/],
    [['--idle-timeout', '5'], /^--idle-timeout: "5" is not a duration/, /--idle-timeout/],
    [['--when-full', 'burst'], /is not one of evict, refuse/],
    [['--host', 'a b'], /^--host/],
    [['--host', ''], /^--host/],
    [['--smtp-without', 'STARTLS'], /^--smtp-without: .*is not one of PIPELINING, SIZE,/],
    [['--smtps-port', 'x'], /^--smtps-port: "x" is not a port/],
    [['--rules', ''], /^--rules: "" is not the path of a file of JSON, or JSON that begins with \[ or \{$/],
    // a secret is never repeated
    [['--smtp-auth', 'hunter2'], /^--smtp-auth: a value is not an account: user:pass, or @ and the path/],
    [['--smtp-auth', ':hunter2'], /^--smtp-auth: a value is not/],
    [['--open=perhaps'], /^--open: "perhaps" is not true or false/],
    // a flag that is not there, one without its value, one said twice
    [['--smpt-port', '25'], /^there is no flag --smpt-port$/, /Did you mean --smtp-port\?/],
    [['--frobnicate'], /^there is no flag --frobnicate$/, /--help/],
    [['--smtp-port'], /^--smtp-port lacks its value$/],
    [['--http-port', '1', '--http-port', '2'], /^--http-port is given twice$/],
  ]
  test.each(bad)('%j is refused', (argv, message, fix = /./) => {
    const { problem: said, fix: advice } = fault(() => readArguments(argv))
    expect(said).toMatch(message)
    expect(advice).toMatch(fix)
  })

  test('a bad variable is named as a variable', () => {
    expect(fault(() => readEnvironment({ MAILDOUBLE_SMTP_PORT: 'x' })).problem).toMatch(/^MAILDOUBLE_SMTP_PORT: "x"/)
  })

  test('a mistyped variable is named with the one that was meant; those of others are left alone', () => {
    expect(
      strayVariables({ MAILDOUBLE_SMTP_PROT: '1', MAILDOUBLE_SMTP_PORT: '1', MAILDOUBLE_SERVICE_HOST: 'x', HOME: '/' }),
    ).toEqual(['MAILDOUBLE_SMTP_PROT is no option and is passed over; did you mean MAILDOUBLE_SMTP_PORT?'])
  })

  test('an empty variable is none, as compose files have them', () => {
    expect(readEnvironment({ MAILDOUBLE_SMTP_PORT: '' })).toEqual({})
  })
})

describe('in-process and in a config file', () => {
  test('values may be of their own type, or text', () => {
    expect(readOptions({ smtpPort: 0, maxBytes: '64M', idleTimeout: '5m', host: '127.0.0.1', open: false })).toEqual({
      smtpPort: [{ port: 0, inbox: null }],
      maxBytes: 64 * 1024 ** 2,
      idleTimeout: 300_000,
      host: ['127.0.0.1'],
      open: false,
    })
    expect(readOptions({ idleTimeout: 250, maxAge: null, smtpName: undefined })).toEqual({
      idleTimeout: 250,
      maxAge: null,
    })
  })

  test('rules are a list, or one, or text', () => {
    const rule = { preset: 'greylist' }
    expect(readOptions({ rules: [rule, rule] })).toEqual({ rules: [rule, rule] })
    expect(readOptions({ rules: rule })).toEqual({ rules: [rule] })
    expect(readOptions({ rules: 'rules.json' })).toEqual({ rules: 'rules.json' })
  })

  test('an unknown name is refused, and the nearest one named', () => {
    const { problem, fix } = fault(() => readOptions({ smtpport: 1 }))
    expect(problem).toBe('smtpport is no option')
    expect(fix).toBe('Did you mean smtpPort?')
    expect(fault(() => readOptions({ constructor: 1 })).problem).toBe('constructor is no option')
  })

  test('there is at least one port for mail', () => {
    expect(fault(() => readOptions({ smtpPort: [] })).problem).toMatch(/^smtpPort: \[\] is not a port/)
    expect(readOptions({ host: [], allowHost: [] })).toEqual({ host: [], allowHost: [] })
  })

  test('null is only a value where there is nothing by default', () => {
    expect(fault(() => readOptions({ smtpPort: null })).problem).toMatch(/^smtpPort: null/)
  })
})

test('a password may have commas where accounts do not come as one text', () => {
  expect(readArguments(['--smtp-auth', 'a:b,c', '--smtp-auth', 'd:e']).options).toEqual({ smtpAuth: ['a:b,c', 'd:e'] })
  expect(readOptions({ smtpAuth: ['a:b,c'] })).toEqual({ smtpAuth: ['a:b,c'] })
  expect(readEnvironment({ MAILDOUBLE_SMTP_AUTH: 'a:b,c:d' })).toEqual({ smtpAuth: ['a:b', 'c:d'] })
})

test('flag before environment before file before default', () => {
  const options = withDefaults(
    { smtpsPort: 1, httpPort: 1, maxMessages: 1 },
    { smtpsPort: 2, httpPort: 2 },
    { smtpsPort: 3 },
  )
  expect(options).toMatchObject({ smtpsPort: 3, httpPort: 2, maxMessages: 1, maxRecipients: 10_000 })
})

test('words and the two questions', () => {
  expect(readArguments(['version'])).toMatchObject({ words: ['version'], help: false })
  expect(readArguments(['-h'])).toMatchObject({ help: true })
  expect(readArguments(['--version'])).toMatchObject({ version: true })
})

test('help names every option once, with its default', () => {
  const help = helpLines()
  expect(help).toHaveLength(Object.keys(OPTIONS).length)
  expect(help.join('\n')).toContain('--http-port <port>')
  expect(help.join('\n')).not.toContain('undefined')
})

test('docs/options.md has the table as it is', () => {
  const page = readFileSync(new URL('../docs/options.md', import.meta.url), 'utf8')
  expect(page).toContain(documentationTable())
})
