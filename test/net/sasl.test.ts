import { describe, expect, test } from 'vitest'
import { beginExchange, type Credentials, MECHANISMS, passes } from '../../server/net/sasl.js'

const challenge = () => '<1896.697170952@postoffice.reston.mci.net>'

/** What an exchange makes of responses. */
function exchange(mechanism: string, ...responses: string[]) {
  const begun = beginExchange(mechanism, challenge)
  if (begun === undefined) throw new Error(`there is no ${mechanism}`)
  return responses.map(response => begun.step(Buffer.from(response, 'latin1'))).at(-1)
}

function credentialsOf(mechanism: string, ...responses: string[]): Credentials {
  const step = exchange(mechanism, ...responses)
  if (step?.type !== 'credentials') throw new Error(`no credentials: ${step?.type}`)
  return step.credentials
}

describe('the examples of the RFCs', () => {
  test.each([
    ['PLAIN', 'tim', 'tanstaaftanstaaf', ['\0tim\0tanstaaftanstaaf']], // RFC 4616 4
    ['PLAIN', 'Kurt', 'xipj3plmq', ['Ursel\0Kurt\0xipj3plmq']],
    ['CRAM-MD5', 'tim', 'tanstaaftanstaaf', ['tim b913a602c7eda7a495b4e6e7334d3890']], // RFC 2195 2
    // RFC 7628 4.1
    [
      'OAUTHBEARER',
      'user@example.com',
      'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
      [
        'n,a=user@example.com,\x01host=server.example.com\x01port=143\x01' +
          'auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01',
      ],
    ],
    ['XOAUTH2', 'someuser@example.com', 'ya29.vF9', ['user=someuser@example.com\x01auth=Bearer ya29.vF9\x01\x01']],
    ['LOGIN', 'tim', 'tanstaaf', ['tim', 'tanstaaf']],
  ])('%s of %s', (mechanism, username, password, responses) => {
    const credentials = credentialsOf(mechanism, ...responses)
    expect(credentials).toMatchObject({ mechanism, username })
    expect(credentials.madeWith(password)).toBe(true)
    expect(credentials.madeWith(`${password} `)).toBe(false)
    expect(
      passes(credentials, [
        { username: 'other', password: 'other' },
        { username, password },
      ]),
    ).toBe(true)
    expect(passes(credentials, [{ username: 'other', password }])).toBe(false)
  })
})

describe('who passes', () => {
  const nobody = credentialsOf('PLAIN', '\0\0')
  test('anybody where no accounts are given', () => expect(passes(nobody, null)).toBe(true))
  test('nobody where there are none', () => expect(passes(credentialsOf('PLAIN', '\0a\0b'), [])).toBe(false))
  test('never an empty name or password', () => {
    expect(passes(nobody, [{ username: '', password: '' }])).toBe(false)
    expect(passes(credentialsOf('PLAIN', '\0a\0'), [{ username: 'a', password: '' }])).toBe(false)
  })
  test('only after every password was looked at, so that the time does not tell which names there are', () => {
    const accounts = ['ada', 'grace', 'hedy'].map(username => ({ username, password: `of ${username}` }))
    for (const username of ['ada', 'hedy', 'nobody']) {
      const seen: string[] = []
      const madeWith = (password: string) => seen.push(password) > 0 && password === `of ${username}`
      expect(passes({ mechanism: 'PLAIN', username, madeWith }, accounts)).toBe(username !== 'nobody')
      expect(seen).toEqual(accounts.map(({ password }) => password))
    }
  })
  test('names and passwords in UTF-8', () => {
    const step = beginExchange('plain', challenge)?.step(Buffer.from('\0jürgen\0pässword'))
    if (step?.type !== 'credentials') throw new Error('no credentials')
    expect(passes(step.credentials, [{ username: 'jürgen', password: 'pässword' }])).toBe(true)
  })
})

test.each(MECHANISMS)('%s takes any bytes without an exception', mechanism => {
  for (let n = 0; n < 256; n++) {
    const byte = String.fromCharCode(n)
    for (const response of [byte, `a${byte}b`, `${byte}${byte}${byte}`, '']) exchange(mechanism, response, response)
  }
})

test('a mechanism that there is not', () => expect(beginExchange('GSSAPI', challenge)).toBeUndefined())
